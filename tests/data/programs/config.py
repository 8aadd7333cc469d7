# %% dataclass config wrong: Net(Cfg()) (2, 3, 8, 8)
from dataclasses import dataclass, field
from typing import List


@dataclass
class Cfg:
    in_chans: int = 3
    widths: List[int] = field(default_factory=lambda: [16, 32])
    mult: float = 1.5


class Net(nn.Module):
    def __init__(self, cfg: Cfg):
        super().__init__()
        w = [int(x * cfg.mult) for x in cfg.widths]
        self.a = nn.Conv2d(cfg.in_chans, w[0], 3)
        self.b = nn.BatchNorm2d(cfg.widths[0])  # BN101

    def forward(self, x):
        return self.b(self.a(x))


def build():
    return Net(Cfg())


# %% yaml style rows evaluated by name wrong: Model() (2, 3, 32, 32)
class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c1)  # BN101
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        return torch.cat(x, self.d)


CFG = {'backbone': [[-1, 1, 'Conv', [16, 3, 2]], [-1, 2, 'Conv', [16, 3, 1]], [[-1, -2], 1, 'Concat', [1]]]}


def parse_model(d, ch):
    layers, save, c2 = [], [], ch[-1]
    for i, (f, n, m, args) in enumerate(d['backbone']):
        m = eval(m) if isinstance(m, str) else m
        for j, a in enumerate(args):
            try:
                args[j] = eval(a) if isinstance(a, str) else a
            except NameError:
                pass
        if m in {Conv}:
            c1, c2 = ch[f], args[0]
            args = [c1, c2, *args[1:]]
        elif m is Concat:
            c2 = sum(ch[x] for x in f)
        m_ = nn.Sequential(*(m(*args) for _ in range(n))) if n > 1 else m(*args)
        m_.i, m_.f = i, f
        save.extend(x % i for x in ([f] if isinstance(f, int) else f) if x != -1)
        layers.append(m_)
        if i == 0:
            ch = []
        ch.append(c2)
    return nn.Sequential(*layers), sorted(save)


class Model(nn.Module):
    def __init__(self, cfg=CFG, ch=3):
        super().__init__()
        self.model, self.save = parse_model(cfg, [ch])

    def forward(self, x):
        y = []
        for m in self.model:
            if m.f != -1:
                x = y[m.f] if isinstance(m.f, int) else [x if j == -1 else y[j] for j in m.f]
            x = m(x)
            y.append(x if m.i in self.save else None)
        return x


# %% deepcopy and partial wrong: Net() (2, 3, 8, 8)
import copy
from functools import partial


class Net(nn.Module):
    def __init__(self, norm=None):
        super().__init__()
        norm = norm or partial(nn.BatchNorm2d, eps=1e-3)
        block = nn.Sequential(nn.Conv2d(3, 16, 3), norm(16))
        self.first = copy.deepcopy(block)
        self.second = nn.Sequential(nn.Conv2d(16, 24, 3), norm(num_features=16))  # BN101

    def forward(self, x):
        return self.second(self.first(x))


# %% temporal model on reshaped frames wrong: Net() (2, 3, 4, 16, 16)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.AdaptiveAvgPool2d(1))
        self.temporal = nn.Conv1d(8, 16, 3, padding=1)
        self.bn = nn.BatchNorm1d(8)  # BN101

    def forward(self, x):
        b, c, t, h, w = x.shape
        x = x.transpose(1, 2).reshape(b * t, c, h, w)
        x = self.cnn(x).flatten(1)
        x = x.view(b, t, -1).permute(0, 2, 1)
        return self.bn(self.temporal(x))


# %% input size checked by two conditions wrong: Net() (2, 3, 32, 32)
class Encoder(nn.Module):
    def __init__(self, **options):
        super().__init__()
        given = {"width": 8, "stride": 2}
        assert not given.keys() & options.keys()
        self.conv = nn.Conv2d(3, given["width"], 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder(depth=3)
        self.bn = nn.BatchNorm2d(16)  # BN101

    def forward(self, x):
        h, w = x.shape[-2:]
        if h % 32 != 0 or w % 32 != 0:
            raise RuntimeError(f"{h} x {w}")
        return self.bn(self.encoder(x))


# %% config object wrong: Net(Config()) (2, 3, 8, 8)
class Config:
    width, out, extra = 8, 16, 0


class Stem(nn.Module):
    def __init__(self, h):
        super().__init__()
        self.conv = nn.Conv2d(3, h.width, 3, padding=1)
        self.bn = nn.BatchNorm2d(h.width * 2)  # BN101

    def forward(self, x):
        return self.conv(x) if x is None else self.bn(self.conv(x))


class Net(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.stem = Stem(cfg)
        self.bn1 = nn.BatchNorm2d(cfg.width)
        self.conv = nn.Conv2d(cfg.width, cfg.out, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(cfg.out * 2)  # BN101

    def forward(self, x):
        return self.bn2(self.conv(self.bn1(self.stem(x))))


