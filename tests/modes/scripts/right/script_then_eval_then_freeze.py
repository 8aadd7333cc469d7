import torch
from torch import nn
from nets import Mlp


scripted = torch.jit.script(Mlp())
scripted.eval()
frozen = torch.jit.freeze(scripted)
