"""Layers that get other channels, or another rank, than they were built for."""

import torch
from torch import nn


#: | eager | BN903 | built for 32 channels and receives 16
class InSequential(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3),
            nn.BatchNorm2d(32),  # built
            nn.ReLU(),
        )

    def forward(self, x):
        return self.features(x)  # called


#: | eager | BN903 | built for 16 channels and receives 32
class AfterCat(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(3, 16, 3)
        self.right = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)  # built

    def forward(self, x):
        joined = torch.cat([self.left(x), self.right(x)], 1)
        return self.bn(joined)  # called


#: | eager | BN903 | built for 24 channels and receives 16
class InList(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 if i == 0 else 16, 16, 3) for i in range(4))
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(16 + 8 * (i == 2))  # built
            for i in range(4)
        )

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = norm(conv(x))  # called
        return x


def block(inputs, outputs, norm):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3),
        nn.BatchNorm2d(norm),
        nn.ReLU(),
    )


#: @block | eager | BN903 | `second.1` (BatchNorm2d(8)) fails in eager mode: it was built for 8 channels and receives 16
class FromFactoryFunction(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = block(3, 8, 8)
        self.second = block(8, 16, 8)

    def forward(self, x):
        return self.second(self.first(x))


#: --input 4x10 | eager | BN903 | expected 4D input (got 2D input)
class WrongRank(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(10, 20),
            nn.BatchNorm2d(20),  # built
        )

    def forward(self, x):
        return self.layers(x)  # called


#: | eager | BN903 | expected 2D or 3D input (got 4D input)
class VectorNormOnImage(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm1d(8)  # built

    def forward(self, x):
        return self.bn(self.conv(x))  # called


#: --input 2x12x32 | eager | BN903 | built for 32 channels and receives 12
class TokensNotTransposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(32, 32)
        self.bn = nn.BatchNorm1d(32)  # built

    def forward(self, tokens):
        return self.bn(self.embed(tokens))  # called


#: --input 2x3x16x16 | eager | BN903 | built for 8 channels and receives 14
class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)  # built

    def forward(self, x):
        x = self.conv(x).permute(0, 2, 3, 1)
        return self.bn(x)  # called


#: | eager | BN903 | built for 32 channels and receives 8
class AfterPixelShuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Sequential(nn.Conv2d(3, 32, 3), nn.PixelShuffle(2))
        self.norm = nn.BatchNorm2d(32)  # built

    def forward(self, x):
        x = self.up(x)
        return self.norm(x)  # called


class Residual(nn.Module):
    def __init__(self, inputs, width, norm_layer=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, padding=1)
        self.bn1 = norm_layer(width)
        self.conv2 = nn.Conv2d(width, width * 2, 1)
        self.bn2 = norm_layer(width)  # deep built

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        return self.bn2(self.conv2(x))  # deep called


#: (depth=3) @Residual | eager | BN903 | `stages.0.bn2` (BatchNorm2d(8)) fails in eager mode: it was built for 8 channels and receives 16
def deep(depth):
    return nested(depth)


def nested(depth):
    model = nn.Module()
    model = nn.Sequential()
    model.add_module("stages", nn.Sequential(*[Residual(3 if i == 0 else 16, 8) for i in range(depth)]))
    return model


#: | eager | BN903 | Attempted to use an uninitialized parameter
class NeverMaterialised(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.LazyBatchNorm2d()
        self.bn.register_forward_pre_hook(lambda module, args: None)

    def forward(self, x):
        weight = self.bn.weight
        return self.conv(x) * weight.numel()  # called


#: | eager | BN903 | running_mean must be defined in evaluation mode
class FunctionalWithoutStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return nn.functional.batch_norm(self.conv(x), None, None, training=False)  # called
