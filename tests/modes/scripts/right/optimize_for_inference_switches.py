import torch
from torch import nn
from nets import Mlp


optimized = torch.jit.optimize_for_inference(torch.jit.script(Mlp().eval()))
