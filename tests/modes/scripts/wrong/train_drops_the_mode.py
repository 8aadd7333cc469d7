# proof: Detector().eval().training
import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)
        self.steps = 0

    def train(self, mode=True):  # expect: BN210
        self.steps = 0
        return super().train()

    def forward(self, x):
        return self.bn(self.conv(x))
