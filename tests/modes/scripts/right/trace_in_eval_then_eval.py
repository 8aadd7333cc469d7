import torch
from torch import nn
from nets import Mlp


traced = torch.jit.trace(Mlp().eval(), torch.randn(4, 8))
traced.eval()
traced.save("mlp.pt")
