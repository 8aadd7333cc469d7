"""Blocks that are built in loops and under names, as 3-D segmentation networks are."""

from torch import nn


class Unit(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv3d(cin, cout, 3, padding=1)
        self.adn = nn.Sequential()
        self.adn.add_module("N", nn.BatchNorm3d(cout))
        self.adn.add_module("A", nn.PReLU())

    def forward(self, x):
        x = self.conv(x)
        return self.adn(x)


class Block(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Sequential()
        for i in range(2):
            self.conv.add_module(f"unit{i}", Unit(cin if i == 0 else cout, cout))

    def forward(self, x):
        return self.conv(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(Block(1, 16), Block(16, 32))
        self.head = nn.ModuleList([nn.Conv3d(32, 8, 1), nn.BatchNorm3d(8)])

    def forward(self, x):
        x = self.model(x)
        for layer in self.head:
            x = layer(x)
        return x
