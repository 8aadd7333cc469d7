import os
import sys

import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return self.head(x.mean((2, 3)))


def main(argv):
    if len(argv) > 5:
        print("usage: export.py [path]")
        return 2
    path = os.environ.get("MODEL_PATH", "model.pt2")
    model = ConvNet()
    if os.path.exists(path + ".ckpt"):
        model.load_state_dict(torch.load(path + ".ckpt"))
    program = torch.export.export(model, (torch.randn(2, 3, 16, 16),))  # expect: BN201
    torch.export.save(program, path)
    return 0


if __name__ == "__main__":
    main(sys.argv[:1])
