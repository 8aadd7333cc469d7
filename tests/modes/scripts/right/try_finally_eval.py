import torch
from nets import ConvNet

model = ConvNet()
try:
    model.train()
    model(torch.randn(4, 3, 16, 16)).sum().backward()
finally:
    model.eval()
torch.export.export(model, (torch.randn(2, 3, 16, 16),))
