import torch
from torch import nn
from nets import Mlp
from torch.optim.swa_utils import AveragedModel


model = Mlp()
swa = AveragedModel(model)
swa.update_parameters(model)
torch.jit.trace(swa.module, torch.randn(4, 8))  # expect: BN201
