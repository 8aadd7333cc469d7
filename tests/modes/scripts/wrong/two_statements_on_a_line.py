import torch
from torch import nn
from nets import Mlp


model = Mlp(); torch.export.export(model, (torch.randn(4, 8),))  # expect: BN201
