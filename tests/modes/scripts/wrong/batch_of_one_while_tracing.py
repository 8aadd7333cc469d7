# raises: ValueError
import torch
from torch import nn
from nets import Mlp


dummy = torch.randn(1, 8)
torch.jit.trace(Mlp(), dummy)  # expect: BN201, BN214
