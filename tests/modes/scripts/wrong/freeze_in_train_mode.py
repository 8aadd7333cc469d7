# raises: RuntimeError
import torch
from torch import nn
from nets import Mlp


scripted = torch.jit.script(Mlp())
frozen = torch.jit.freeze(scripted)  # expect: BN201
