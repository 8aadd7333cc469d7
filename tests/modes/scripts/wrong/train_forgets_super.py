# proof: model.bn.training
import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def train(self, mode=True):  # expect: BN210
        self.training = mode
        return self

    def forward(self, x):
        return self.bn(self.conv(x))


model = Detector().eval()
torch.export.export(model, (torch.randn(2, 3, 8, 8),))  # expect: BN201
