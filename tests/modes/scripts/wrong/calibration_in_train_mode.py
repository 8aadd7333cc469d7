import torch
from nets import ConvNet

model = ConvNet()
model.qconfig = torch.ao.quantization.get_default_qconfig("x86")
prepared = torch.ao.quantization.prepare(model)  # expect: BN206
for _ in range(3):
    prepared(torch.randn(4, 3, 16, 16))
