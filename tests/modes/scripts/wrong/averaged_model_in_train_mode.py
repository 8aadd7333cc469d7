import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel


class Mlp(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.fc1 = nn.Linear(8, width)
        self.bn = nn.BatchNorm1d(width)
        self.fc2 = nn.Linear(width, 4)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn(self.fc1(x))))


model = Mlp()
swa = AveragedModel(model)
swa.update_parameters(model)
torch.jit.trace(swa.module, torch.randn(4, 8))  # expect: BN201
