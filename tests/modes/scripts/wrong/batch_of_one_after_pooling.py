# raises: ValueError
import torch
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2),
    nn.AdaptiveAvgPool2d(1),
    nn.BatchNorm2d(16),
)
features = net(torch.zeros(1, 3, 64, 64))  # expect: BN214
