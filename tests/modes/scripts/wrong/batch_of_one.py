# raises: ValueError
import torch
from torch import nn
from nets import Mlp


model = Mlp()
print(model(torch.randn(1, 8)).shape)  # expect: BN214
