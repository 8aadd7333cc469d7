# proof: created_in_forward
import torch
from torch import nn


def normalized(x, channels):
    norm = nn.BatchNorm1d(channels)
    return norm(x)


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 16)

    def forward(self, x):
        return normalized(self.fc(x), 16)  # expect: BN208


Head().eval()(torch.randn(4, 8))
