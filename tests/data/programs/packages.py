
# %% a helper in another file, misled: Net(32) (2, 3, 8, 8)
from .blocks import norm


class Fine(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 3)
        self.bn = norm("batch", 64)

    def forward(self, x):
        return self.bn(self.conv(x))


class Net(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.bn = norm("batch", 64)  # BN101

    def forward(self, x):
        return self.bn(self.conv(x))
# -> blocks.py
def norm(kind, channels):
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.Identity()


# %% a helper in another file, wrong: Net() (2, 3, 8, 8)
from .blocks import block


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = block(3, 8), block(8, 16)

    def forward(self, x):
        return self.b(self.a(x))
# -> blocks.py
def block(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3), nn.BatchNorm2d(cin))  # BN101


# %% a base class in another file: Net() (2, 3, 8, 8)
from .base import Base


class Net(Base):
    def __init__(self):
        super().__init__(16)  # BN101
        self.conv = nn.Conv2d(3, 32, 3)

    def forward(self, x):
        return self.bn(self.conv(x))
# -> base.py
class Base(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.bn = nn.BatchNorm2d(width)


# %% convolutions of helpers in another file: Net() (2, 3, 8, 8)
from .blocks import conv3x3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = conv3x3(3, 16)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = conv3x3(32, 16)  # BN104

    def forward(self, x):
        return self.conv2(self.bn1(self.conv1(x)))
# -> blocks.py
def conv3x3(cin, cout):
    return nn.Conv2d(cin, cout, 3, padding=1)


# %% a registry filled by modules that nobody names: Net() (2, 3, 8, 8)
from . import backbones
from .registry import MODELS, build


class Net(nn.Module):
    def __init__(self, backbone=dict(type="Tiny", width=24), channels=32):
        super().__init__()
        self.backbone = build(backbone, MODELS)
        self.bn = nn.BatchNorm2d(channels)  # BN101

    def forward(self, x):
        return self.bn(self.backbone(x))
# -> registry.py
class Tables(type):
    def __init__(cls, *args):
        cls.tables = {}
        super().__init__(*args)


class Registry(metaclass=Tables):
    def __init__(self, name):
        self.modules = self.tables.setdefault(name, {})

    def register_module(self, name=None):
        def enter(cls):
            self.modules[name or cls.__name__] = cls
            return cls

        return enter


def build(cfg, registry):
    args = dict(cfg)
    kind = args.pop("type")
    if kind not in registry.modules:
        raise KeyError(kind)
    return registry.modules[kind](**args)


MODELS = Registry("model")
# -> backbones/__init__.py
import importlib

tiny = importlib.import_module(".tiny", __name__)
# -> backbones/tiny.py
from ..registry import MODELS


@MODELS.register_module()
class Tiny(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)


# %% behind flags and a table by number: Net(11, use_bn=True, norm="bn") (2, 3, 8, 8)
class Block(nn.Module):
    def __init__(self, cin, cout, use_bn=False):
        super().__init__()
        layers = [nn.Conv2d(cin, cout, 3)]
        if use_bn:
            layers.append(nn.BatchNorm2d(cin))  # BN101
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return self.body(x)


class Net(nn.Module):
    widths = {11: (8, 16), 13: (16, 32)}

    def __init__(self, depth, use_bn=False, norm="none"):
        super().__init__()
        first, second = self.widths[depth]
        self.a, self.b = Block(3, first, use_bn), Block(first, second, use_bn)
        self.norm = nn.BatchNorm2d(first) if norm == "bn" else None  # BN101

    def forward(self, x):
        x = self.b(self.a(x))
        return x if self.norm is None else self.norm(x)
