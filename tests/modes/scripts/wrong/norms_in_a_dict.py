# proof: model.norms["clean"].training and not model.training
import torch
from torch import nn


class DomainNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norms = {"clean": nn.BatchNorm2d(8), "noisy": nn.BatchNorm2d(8)}  # expect: BN207

    def forward(self, x):
        return self.norms["clean"](self.conv(x))


model = DomainNorm()
model.eval()
torch.export.export(model.conv, (torch.randn(1, 3, 8, 8),))
