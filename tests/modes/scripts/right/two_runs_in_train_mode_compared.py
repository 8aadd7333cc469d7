import torch
from nets import ConvNet

model = ConvNet()
x = torch.randn(4, 3, 16, 16)
first = model(x)
second = model(x)
assert torch.allclose(first, second, atol=1e-4)
model.eval()
torch.export.export(model, (x,))
