# raises: AssertionError, NotImplementedError
import torch
from nets import ConvNet
from torch.ao.quantization import fuse_modules


model = ConvNet().eval()
fuse_modules(model, [["bn", "conv"]], inplace=True)  # expect: BN206
