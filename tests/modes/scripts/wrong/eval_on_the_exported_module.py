# raises: NotImplementedError
import torch
from torch import nn
from nets import Mlp


program = torch.export.export(Mlp().eval(), (torch.randn(4, 8),))
module = program.module()
module.eval()  # expect: BN204
