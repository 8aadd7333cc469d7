import torch
from torch import nn
from nets import Mlp


program = torch.export.export(Mlp().eval(), (torch.randn(4, 8),))
print(program.module()(torch.randn(4, 8)).shape)
