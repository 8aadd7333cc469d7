import torch
from torch import nn
from nets import Mlp


model = Mlp()
traced = torch.jit.trace(model.forward, torch.randn(4, 8))  # expect: BN201
