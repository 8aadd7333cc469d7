# proof: not torch.allclose(traced(x)[0], traced(torch.cat([x[:1], x[:1] * 3]))[0], atol=1e-3)
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


x = torch.randn(4, 8)
traced = torch.jit.trace(Mlp(), x)  # expect: BN201
traced.eval()  # expect: BN204
