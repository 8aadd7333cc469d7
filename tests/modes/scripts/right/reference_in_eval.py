import torch
from nets import ConvNet

model = ConvNet().eval()
x = torch.randn(2, 3, 16, 16)
reference = model(x)
program = torch.export.export(model, (x,))
torch.testing.assert_close(program.module()(x), reference)
