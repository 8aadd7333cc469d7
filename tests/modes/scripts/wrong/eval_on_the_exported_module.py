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


program = torch.export.export(Mlp().eval(), (torch.randn(4, 8),))
module = program.module()
module.eval()  # expect: BN204
