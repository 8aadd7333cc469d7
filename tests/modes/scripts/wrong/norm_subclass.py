import torch
from torch import nn


class BatchNormAct(nn.BatchNorm2d):
    def forward(self, x):
        return torch.relu(super().forward(x))


net = nn.Sequential(nn.Conv2d(3, 4, 3), BatchNormAct(4))
torch.jit.trace(net, torch.randn(2, 3, 8, 8))  # expect: BN201
