# proof: created_in_forward
import torch
from torch import nn


class Adapter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        x = self.conv(x)
        return nn.BatchNorm2d(x.shape[1])(x)  # expect: BN208


model = Adapter().eval()
model(torch.randn(2, 3, 8, 8))
