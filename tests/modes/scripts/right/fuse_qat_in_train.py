import torch
from nets import ConvNet

model = ConvNet().train()
fused = torch.ao.quantization.fuse_modules_qat(model, [["conv", "bn"]])
