import torch
from torch import nn


net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
print(net(torch.randn(1, 3, 16, 16)).shape)
