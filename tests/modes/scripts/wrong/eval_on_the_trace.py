# proof: not torch.allclose(traced(x)[0], traced(torch.cat([x[:1], x[:1] * 3]))[0], atol=1e-3)
import torch
from torch import nn
from nets import Mlp


x = torch.randn(4, 8)
traced = torch.jit.trace(Mlp(), x)  # expect: BN201
traced.eval()  # expect: BN204
