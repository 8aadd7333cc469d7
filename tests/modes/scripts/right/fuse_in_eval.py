import torch
from nets import ConvNet

model = ConvNet().eval()
fused = torch.ao.quantization.fuse_modules(model, [["conv", "bn"]])
