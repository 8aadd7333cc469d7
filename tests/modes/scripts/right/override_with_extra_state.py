import torch
from torch import nn


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(4)
        self.epochs = 0

    def train(self, mode: bool = True):
        if mode:
            self.epochs += 1
        return super().train(mode)

    def forward(self, x):
        return self.bn(x)


model = Counter()
model.train()
model.eval()
torch.export.export(model, (torch.randn(2, 4),))
