import torch
from torch import nn
from nets import Mlp


scripted = torch.jit.script(Mlp())
scripted.save("mlp.pt")
