import torch
from torch import nn


def conv_bn(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU())


def make_net(widths=(8, 16)):
    layers, c = [], 3
    for width in widths:
        layers.append(conv_bn(c, width))
        c = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 10))


net = make_net()
features = net[:-2]
torch.export.export(features, (torch.randn(2, 3, 16, 16),))  # expect: BN201
