import torch
from nets import ConvNet

model = torch.compile(ConvNet(), backend="eager")
model(torch.randn(4, 3, 16, 16)).sum().backward()
