# raises: AssertionError
import torch
from nets import ConvNet

model = ConvNet()
model.eval()
model.qconfig = torch.ao.quantization.get_default_qat_qconfig("x86")
prepared = torch.ao.quantization.prepare_qat(model)  # expect: BN206
