import torch
from torch import nn


class LazyHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = None

    def forward(self, x):
        if self.bn is None:
            self.bn = nn.BatchNorm1d(x.shape[1])
        return self.bn(x)


model = LazyHead()
model(torch.randn(4, 8))
model.eval()
torch.export.export(model, (torch.randn(4, 8),))
