import torch
from torch import nn
from nets import Mlp


model = Mlp().eval()
print(model(torch.randn(1, 8)).shape)
