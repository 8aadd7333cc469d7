import torch
from torch import nn


class OverLastDim(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        *dims, _ = x.size()
        rows = 1
        for dim in dims:
            rows *= dim
        return self.module(x.view(rows, -1)).view(*dims, -1)


class Layer(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.bn = OverLastDim(nn.BatchNorm1d(size))

    def forward(self, x):
        return self.bn(x)


Layer(4)(torch.randn(2, 3, 4))
