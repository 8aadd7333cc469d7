# %% store of components wrong: Net() (2, 3, 8, 8)
import enum
from collections.abc import Collection, Hashable, Mapping


class Kind(enum.Enum):
    A = "a"


def look_up(option, supported):
    if not isinstance(option, Hashable):
        raise ValueError("no option")
    if isinstance(supported, enum.EnumMeta):
        return supported(option)
    if isinstance(supported, Mapping) and option in supported:
        return supported[option]
    if isinstance(supported, Collection) and option in supported:
        return option
    raise ValueError(option)


class Store:
    def __init__(self):
        self.parts = {}

    def add(self, name):
        def enter(function):
            self.parts[name.upper()] = function
            return function

        return enter

    def __getattr__(self, key):
        return key if key in self.parts else super().__getattribute__(key)

    def __getitem__(self, args):
        name, *args = args
        assert look_up("a", Kind) is Kind.A and look_up("b", ["b"]) == "b"
        return look_up(name.upper(), self.parts)(*args)


Norm = Store()


@Norm.add("batch")
def batch(dim):
    return (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[dim - 1]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 3)
        self.bn = Norm[Norm.BATCH, 2](64)  # BN101

    def forward(self, x):
        return self.bn(self.conv(x))


# %% argument by its name in the signature wrong: Net() (2, 3, 8, 8)
import inspect


def make(norm, channels):
    names = inspect.signature(norm).parameters
    given = {name: channels for name in ("num_features", "num_channels") if name in names}
    return norm(**given)  # BN101


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 32, 3), make(nn.BatchNorm2d, 64))

    def forward(self, x):
        return self.layers(x)


# %% checks and weights wrong: Net() (2, 3, 8, 8)
import os

from torch.nn.modules.batchnorm import _NormBase


def load(urls):
    for url in [urls] if isinstance(urls, (str, os.PathLike)) else list(urls):
        if isinstance(url, os.PathLike):
            raise TypeError("a path")
        if not isinstance(url, str):
            raise TypeError("no text")


def has_shape(x, shape, raises=True):
    if len(x.shape) != len(shape):
        if raises:
            raise TypeError(x.shape)
        return False
    return True


class Net(nn.Module):
    def __init__(self, size=64):
        super().__init__()
        load(["x", str(size)])
        nn.LSTM(8, 8).flatten_parameters()
        self.conv = nn.Conv2d(3, 2 ** (size.bit_length() - 2), 3)
        self.bn = nn.BatchNorm2d(64)  # BN101
        self.widths = [m.weight.shape[0] for m in self.modules() if isinstance(m, (_NormBase, nn.modules.conv._ConvNd))]
        self.width = sum(self.widths)

    def forward(self, x):
        has_shape(x, ["B", "3", "H", "W"])
        return self.bn(self.conv(x))


# %% container of a script wrong: net (2, 3, 8, 8)
net = nn.Sequential(
    nn.Conv2d(3, 32, 3),
    nn.BatchNorm2d(64),  # BN101
)


def train(batches):
    for x in batches:
        net(x)


# %% container whose layers are called one by one right: net[0] (2, 3, 8, 8)
net = nn.Sequential(nn.Conv2d(3, 32, 3), nn.BatchNorm2d(64))
y = net[1](torch.randn(2, 64, 8, 8))
