"""The small models that the examples of the mode rules are made of."""

from __future__ import annotations

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        return self.bn(self.conv(x))


model = Net()
x = torch.randn(1, 3, 32, 32)
"""
"""Line 15 builds the model, the lines from 17 on use it."""
