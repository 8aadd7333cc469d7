import argparse

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


parser = argparse.ArgumentParser()
parser.add_argument("--eval", action="store_true", default=True)
args = parser.parse_args([])
model = Mlp()
model.train(not args.eval)
traced = torch.jit.trace(model, torch.randn(4, 8))
traced.eval()
