import torch
from nets import ConvNet

model = ConvNet()
optimized = torch.compile(model, backend="tensorrt", dynamic=False)  # expect: BN201
with torch.no_grad():
    optimized(torch.randn(2, 3, 32, 32))
