# proof: Matcher().eval() is None
import torch
from torch import nn


class Matcher(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))
        self.cache = {}

    def eval(self):  # expect: BN210
        self.cache.clear()
        super().eval()

    def forward(self, x):
        return self.net(x)
