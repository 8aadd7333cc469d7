import torch
from nets import ConvNet

model = ConvNet()
optimized = torch.compile(model, backend="tensorrt")
optimized.eval()
optimized(torch.randn(2, 3, 16, 16))
