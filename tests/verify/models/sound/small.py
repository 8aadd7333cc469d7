"""Small sound models that look like the broken ones."""

import torch
import torch.nn.functional as F
from torch import nn


#: | passed
#: --exporter torchscript | passed
class ConvNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.bn = nn.BatchNorm2d(width)
        self.head = nn.Sequential(nn.Conv2d(width, 8, 3), nn.BatchNorm2d(8), nn.ReLU())

    def forward(self, x):
        return self.head(self.bn(self.conv(x))).mean((2, 3))


#: --input 4x3x32x32 --dynamic 0=1..8 | passed
class DynamicBatch(ConvNet):
    pass


#: --input 4x16 | passed
#: --input 4x16x32 | passed
class Vector(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(16, affine=False)

    def forward(self, x):
        return self.bn(x)


#: | passed
class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 8, 3)
        self.bn = nn.BatchNorm3d(8)

    def forward(self, x):
        return self.bn(self.conv(x))


#: | passed
class Conditional(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.register_buffer("mean", torch.zeros(16))
        self.register_buffer("var", torch.ones(16))
        self.scale = nn.Linear(16, 16)

    def forward(self, x):
        x = self.conv(x)
        weight = self.scale(x.mean((0, 2, 3)))
        return F.batch_norm(x, self.mean, self.var, weight, weight)


#: --input image=2x3x32x32 --input mask=2x1x32x32 | passed
class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, image, mask):
        return self.bn(self.conv(image)) * mask
