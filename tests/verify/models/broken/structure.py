"""Wrong channels in layers that are built in roundabout ways: the line that built them is still the one to blame."""

import copy
from collections import OrderedDict
from functools import partial

import torch
from torch import nn


#: | eager | BN903 | `body.norm` (BatchNorm2d(4))
class NamedSequential(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 8, 3),
                norm=nn.BatchNorm2d(4),  # built
            )
        )

    def forward(self, x):
        return self.body(x)  # called


#: | eager | BN903 | `norms.deep` (BatchNorm2d(8))
class Dictionary(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleDict({"shallow": nn.Conv2d(3, 8, 3), "deep": nn.Conv2d(8, 16, 3)})
        self.norms = nn.ModuleDict()
        for name in ("shallow", "deep"):
            self.norms[name] = nn.BatchNorm2d(8)  # built

    def forward(self, x):
        for name in ("shallow", "deep"):
            x = self.convs[name](x)
            x = self.norms[name](x)  # called
        return x


class Norm(nn.BatchNorm2d):
    def __init__(self, width):
        super().__init__(width, eps=1e-3)


#: | eager | BN903 | built for 12 channels and receives 8
class OwnSubclass(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = Norm(12)  # built

    def forward(self, x):
        return self.norm(self.conv(x))  # called


#: | eager | BN903 | built for 6 channels and receives 8
class FromPartial(nn.Module):
    def __init__(self, norm_layer=partial(nn.BatchNorm2d, eps=1e-3)):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = norm_layer(6)  # built

    def forward(self, x):
        return self.norm(self.conv(x))  # called


#: | eager | BN903 | `blocks.1.1` (BatchNorm2d(3))
class Copies(nn.Module):
    def __init__(self):
        super().__init__()
        block = nn.Sequential(
            nn.Conv2d(3, 3, 3),
            nn.BatchNorm2d(3),  # built
        )
        self.blocks = nn.ModuleList(copy.deepcopy(block) for _ in range(2))
        self.blocks[1][0] = nn.Conv2d(3, 5, 3)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)  # called
        return x


#: | eager | BN903 | built for 8 channels and receives 16
class SharedByTwoWidths(nn.Module):
    def __init__(self):
        super().__init__()
        self.narrow = nn.Conv2d(3, 8, 3)
        self.wide = nn.Conv2d(8, 16, 3)
        self.norm = nn.BatchNorm2d(8)  # built

    def forward(self, x):
        x = self.norm(self.narrow(x))
        return self.norm(self.wide(x))  # called


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 3)
        self.bn = nn.BatchNorm2d(64)

    def forward(self, x):
        return self.bn(self.conv(x))


#: @Plain | eager | BN903 | built for 64 channels and receives 48
def pruned():
    model = Plain()
    model.conv = nn.Conv2d(3, 48, 3)
    return model


#: --input 2x3x8x8 | eager | BN903 | built for 8 channels and receives 288
class AfterFlatten(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm1d(8)  # built

    def forward(self, x):
        x = torch.flatten(self.conv(x), 1)
        return self.norm(x)  # called


#: | eager | BN903 | built for 16 channels and receives 8
class AfterChunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.add_module("norm", nn.BatchNorm2d(16))  # built

    def forward(self, x):
        left, right = self.conv(x).chunk(2, 1)
        return self.norm(left) * right  # called
