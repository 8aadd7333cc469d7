import torch
from nets import ConvNet

model = ConvNet()
model.qconfig = torch.ao.quantization.get_default_qat_qconfig("x86")
prepared = torch.ao.quantization.prepare_qat(model.train())
