"""A small U-Net: channels through a skip connection add up, and every BatchNorm is built for the sum.

Run it: python examples/right/unet.py
"""

import torch
from torch import nn


def double_conv(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


class Up(nn.Module):
    def __init__(self, in_channels, skip_channels, out_channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
        self.norm = nn.BatchNorm2d(out_channels + skip_channels)
        self.conv = double_conv(out_channels + skip_channels, out_channels)

    def forward(self, x, skip):
        return self.conv(self.norm(torch.cat([self.up(x), skip], dim=1)))


class UNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=2, widths=(16, 32, 64)):
        super().__init__()
        inputs = [in_channels, *widths[:-1]]
        self.down = nn.ModuleList(double_conv(i, o) for i, o in zip(inputs, widths))
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ModuleList(Up(widths[i + 1], widths[i], widths[i]) for i in reversed(range(len(widths) - 1)))
        self.head = nn.Conv2d(widths[0], num_classes, 1)

    def forward(self, x):
        skips = []
        for index, block in enumerate(self.down):
            x = block(x if index == 0 else self.pool(x))
            skips.append(x)
        for up, skip in zip(self.up, reversed(skips[:-1])):
            x = up(x, skip)
        return self.head(x)


if __name__ == "__main__":
    model = UNet()
    model.eval()
    print(model(torch.randn(1, 3, 64, 64)).shape)
