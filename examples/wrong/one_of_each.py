"""One mistake of each kind, in a model as it may be found. `bn-lint check --fix` mends all but the last.

Run it after that: python examples/wrong/one_of_each.py
"""

import torch
from torch import nn


class Branch(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels * 2, 3, padding=1)
        self.bn = nn.BatchNorm2d(out_channels)  # BN101: the convolution gives twice as many
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.bn(self.conv(x)))


class Net(nn.Module):
    def __init__(self, width=8, scales=3):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.branches = nn.ModuleList(Branch(width, width) for _ in range(scales))
        self.norms = [nn.BatchNorm2d(width * 2) for _ in range(scales)]  # BN207: invisible to eval() and to()
        self.head = nn.Sequential(
            nn.Conv2d(width * 2 * scales, 10, 1),
            nn.BatchNorm2d(10, track_running_stats=False),  # BN301: TensorRT answers wrongly
        )

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([norm(branch(x)) for norm, branch in zip(self.norms, self.branches)], dim=1)
        return self.head(x)


def export_net():
    model = Net()
    model.eval  # BN202: not called
    program = torch.export.export(model, (torch.randn(2, 3, 32, 32),))  # BN201: still in train mode
    print(f"exported {len(program.graph.nodes)} nodes")


def compile_branch():
    branch = Branch(3, 4)
    return torch.export.export(branch, (torch.randn(2, 3, 32, 32),))  # BN201: never put in eval mode


if __name__ == "__main__":
    export_net()
    compile_branch()
