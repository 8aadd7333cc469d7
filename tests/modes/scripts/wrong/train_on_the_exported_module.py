# raises: NotImplementedError
import torch
from torch import nn


class Mlp(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.fc1 = nn.Linear(8, width)
        self.bn = nn.BatchNorm1d(width)
        self.fc2 = nn.Linear(width, 4)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn(self.fc1(x))))


def fine_tune(model, x):
    captured = torch.export.export(model, (x,)).module()
    captured.train()  # expect: BN204
    return captured


fine_tune(Mlp().eval(), torch.randn(4, 8))
