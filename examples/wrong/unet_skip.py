"""A U-Net whose BatchNorm forgets the skip connection: the tensor has out + skip channels after the cat."""

import torch
from torch import nn


class Up(nn.Module):
    def __init__(self, in_channels, skip_channels, out_channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        self.norm = nn.BatchNorm2d(out_channels)  # BN101: the skip connection's channels are missing
        self.conv = nn.Conv2d(out_channels + skip_channels, out_channels, 3, padding=1)

    def forward(self, x, skip):
        return self.conv(self.norm(torch.cat([self.up(x), skip], dim=1)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.down = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.up = Up(32, 16, 16)

    def forward(self, x):
        skip = self.stem(x)
        return self.up(self.down(skip), skip)
