# raises: AssertionError
import torch
from nets import ConvNet

model = ConvNet()
fused = torch.ao.quantization.fuse_modules(model, [["conv", "bn"]])  # expect: BN206
