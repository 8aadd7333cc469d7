import torch
from torch import nn


model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(8, affine=True), nn.ReLU())
torch.jit.trace(model, torch.randn(2, 3, 16, 16))
