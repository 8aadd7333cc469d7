import torch
from nets import ConvNet

model = ConvNet().eval()
model.qconfig = torch.ao.quantization.get_default_qconfig("x86")
prepared = torch.ao.quantization.prepare(model)
prepared(torch.randn(4, 3, 16, 16))
prepared(torch.randn(4, 3, 16, 16))
