"""Random model programs in the ways people write them: some right, some with a wrong width or rank in them.

`program(seed)` gives the source of one file and how to run it. The generator follows the shape of `x` through the
stages that it strings together, so most programs run; a few numbers are then made wrong on purpose. What a program
really does is not decided here but by running it in PyTorch (oracle.py).
"""

# The templates read best on one line each.
# ruff: noqa: E501

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Program:
    """A file, and how to run it: `entry` is an expression that gives the model ('' for a script that runs itself),
    `shape` the shape of its input, `tokens` the size of the vocabulary where that input is token numbers."""

    seed: int
    source: str
    entry: str
    shape: tuple[int, ...]
    tokens: int = 0


def program(seed: int) -> Program:
    """The program of a seed; about half of them have a defect."""
    shape_of = random.Random(f"defects {seed}")
    count = shape_of.choices((0, 1, 2), (45, 45, 10))[0]
    clean = _Writer(seed, frozenset())
    clean.write()
    places = frozenset(shape_of.sample(range(clean.places), min(count, clean.places)))
    return _Writer(seed, places).write() if places else clean.program


class _Writer:
    """Writes one program. `x` is the value under way, `shape` its shape, both as the program goes along."""

    def __init__(self, seed: int, defects: frozenset[int]) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.bad = random.Random(f"bad {seed}")
        self.defects = defects
        self.places = 0
        self.names = 0
        self.top: list[str] = []
        self.init: list[str] = []
        self.forward: list[str] = []
        self.helpers: dict[str, str] = {}
        self.shape: list[int] = []
        self.width = self.rng.choice((4, 6, 8, 12, 16))
        self.program = Program(seed, "", "", ())

    # ---- small things

    def pick(self, *values: T) -> T:
        return self.rng.choice(values)

    def maybe(self, chance: float = 0.5) -> bool:
        return self.rng.random() < chance

    def name(self, stem: str) -> str:
        self.names += 1
        return f"{stem}{self.names}"

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.shape) - 2

    @property
    def channels(self) -> int:
        return self.shape[1]

    def _wrong_here(self) -> bool:
        self.places += 1
        return self.places - 1 in self.defects

    def _other(self, size: int) -> int:
        return self.bad.choice(
            [n for n in (size * 2, size + 1, size // 2, size - 1, size + 8, 3) if n > 0 and n != size]
        )

    def expr(self, size: int, rng: random.Random | None = None) -> str:
        """An expression for a width in the constructor of the model."""
        rng = rng or self.rng
        ways = [str(size)]
        if size % self.width == 0:
            factor = size // self.width
            ways += ["width"] * 2 if factor == 1 else [f"width * {factor}", f"{factor} * width"]
        elif self.width % size == 0:
            ways.append(f"width // {self.width // size}")
        else:
            ways.append(f"width + {size - self.width}" if size > self.width else f"width - {self.width - size}")
        if rng.random() < 0.1 and size % 2 == 0:
            ways.append(f"make_divisible({size - 1}, {2})")
            self.helpers["make_divisible"] = _MAKE_DIVISIBLE
        return rng.choice(ways)

    def norm_width(self, size: int) -> str:
        """The width of a BatchNorm: the one place where a program may be wrong."""
        right = self.expr(size)
        return self.expr(self._other(size), self.bad) if self._wrong_here() else right

    def norm(self, size: int, rank: int | None = None) -> str:
        """A construction of a BatchNorm."""
        rank = max(1, self.rank if rank is None else rank)
        wrong = self._wrong_here()
        options = self.pick("", "", "", ", eps=1e-3", ", momentum=0.01", ", affine=True")
        width = self.expr(size)
        key = self.pick("", "", "num_features=")
        if wrong and self.bad.random() < 0.35:
            rank = self.bad.choice([r for r in (1, 2, 3) if r != rank])
        elif wrong:
            width = self.expr(self._other(size), self.bad)
        return f"nn.BatchNorm{rank}d({key}{width}{options})"

    def conv(self, into: int, out: int, kernel: int = 1, more: str = "") -> str:
        """A convolution that keeps the spatial sizes."""
        padding = f", padding={kernel // 2}" if kernel > 1 else ""
        form = self.rng.random()
        if self._wrong_here():
            into = self._other(into)
        if form < 0.7:
            return f"nn.Conv{self.rank}d({self.expr(into)}, {self.expr(out)}, {kernel}{padding}{more})"
        return f"nn.Conv{self.rank}d({self.expr(into)}, out_channels={self.expr(out)}, kernel_size={kernel}{padding}{more})"

    def act(self) -> str:
        return self.pick(
            "nn.ReLU()", "nn.ReLU(inplace=True)", "nn.SiLU()", "nn.GELU()", "nn.LeakyReLU(0.1)", "nn.Tanh()"
        )

    def other_width(self) -> int:
        return self.pick(self.width, self.width * 2, self.width * 3, self.width // 2 * 2, 8, 10, 20, 24)

    def say(self, line: str) -> None:
        self.forward.append(line)

    def set_channels(self, size: int) -> None:
        self.shape[1] = size

    # ---- stages: each writes code for __init__ and forward, and moves `shape` on

    def attributes(self) -> None:
        """self.conv, self.bn, F.relu."""
        out, conv, bn = self.other_width(), self.name("conv"), self.name("bn")
        self.init += [
            f"self.{conv} = {self.conv(self.channels, out, self.pick(1, 3))}",
            f"self.{bn} = {self.norm(out)}",
        ]
        if self.maybe():
            self.say(f"x = F.relu(self.{bn}(self.{conv}(x)))")
        else:
            self.forward += [
                f"x = self.{conv}(x)",
                f"x = self.{bn}(x)",
                self.pick("x = torch.relu(x)", "x = x.relu()", "x = F.gelu(x)"),
            ]
        self.set_channels(out)

    def sequential(self) -> None:
        out, name = self.other_width(), self.name("block")
        items = [self.conv(self.channels, out, self.pick(1, 3)), self.norm(out), self.act()]
        if self.maybe(0.3):
            third = self.other_width()
            items += [self.conv(out, third), self.norm(third)]
            out = third
        if self.maybe(0.3):
            self.helpers["OrderedDict"] = "from collections import OrderedDict"
            pairs = ", ".join(f'("layer{i}", {item})' for i, item in enumerate(items))
            self.init.append(f"self.{name} = nn.Sequential(OrderedDict([{pairs}]))")
        elif self.maybe(0.3):
            self.init.append(f"self.{name} = nn.Sequential()")
            self.init += [f'self.{name}.add_module("part{i}", {item})' for i, item in enumerate(items)]
        else:
            self.init += [f"self.{name} = nn.Sequential(", *(f"    {item}," for item in items), ")"]
        style = self.rng.random()
        if style < 0.6:
            self.say(f"x = self.{name}(x)")
        elif style < 0.8:
            self.say(f"for layer in self.{name}:")
            self.say("    x = layer(x)")
        else:
            self.say(f"x = self.{name}[1:](self.{name}[0](x))")
        self.set_channels(out)

    def factory(self) -> None:
        """A function that makes conv, norm, activation."""
        d, name, out = self.rank, self.name("make"), self.other_width()
        stride = self.pick(1, 1, 2) if min(self.shape[2:]) >= 4 else 1
        width = self.wrong("c_out", ["c_in", "c_out * 2", "c_out + 1"])
        body = [
            f"def {name}(c_in, c_out, kernel=3, stride=1, norm=None):",
            f"    norm = {self.pick(f'norm or nn.BatchNorm{d}d', f'nn.BatchNorm{d}d if norm is None else norm')}",
            "    layers = [",
            f"        nn.Conv{d}d(c_in, c_out, kernel, stride, kernel // 2, bias=False),",
            f"        norm({width}),",
            f"        {self.act()},",
            "    ]",
            "    return nn.Sequential(*layers)",
        ]
        self.top.append("\n".join(body))
        attr = self.name("stem")
        self.init.append(
            f"self.{attr} = {name}({self.expr(self.channels)}, {self.expr(out)}{f', stride={stride}' if stride > 1 else ''})"
        )
        self.say(f"x = self.{attr}(x)")
        self.set_channels(out)
        self.stride(stride)

    def wrong(self, right: str, others: list[str]) -> str:
        """A width inside a helper: the right expression, or one that may well be wrong."""
        return self.bad.choice(others) if self._wrong_here() else right

    def stride(self, by: int, kernel: int = 3, padding: int = 1) -> None:
        self.shape[2:] = [(n + 2 * padding - kernel) // by + 1 for n in self.shape[2:]]

    def subclassed_sequential(self) -> None:
        d, name, out = self.rank, self.name("ConvBN"), self.other_width()
        groups = self.maybe(0.3)
        body = [
            f"class {name}(nn.Sequential):",
            "    def __init__(self, c_in, c_out, kernel=3, groups=1):",
            "        padding = (kernel - 1) // 2",
            "        super().__init__(",
            f"            nn.Conv{d}d(c_in, c_out, kernel, 1, padding, groups=groups, bias=False),",
            f"            nn.BatchNorm{d}d({self.wrong('c_out', ['c_in', 'c_out - 1', 'kernel', 'c_out * 2'])}),",
            f"            {self.act()},",
            "        )",
        ]
        self.top.append("\n".join(body))
        attr = self.name("unit")
        if groups:
            out = self.channels
        self.init.append(
            f"self.{attr} = {name}({self.expr(self.channels)}, {self.expr(out)}{f', groups={self.expr(self.channels)}' if groups else ''})"
        )
        self.say(f"x = self.{attr}(x)")
        self.set_channels(out)

    def residual(self) -> None:
        """ResNet blocks through _make_layer, with an expansion and a running self.inplanes."""
        d, block, expansion = self.rank, self.name("Bottleneck"), self.pick(1, 2, 4)
        planes = self.pick(4, 6, 8)
        stride = self.pick(1, 2) if min(self.shape[2:]) >= 4 else 1
        body = [
            f"class {block}(nn.Module):",
            f"    expansion = {expansion}",
            "",
            "    def __init__(self, inplanes, planes, stride=1, downsample=None):",
            "        super().__init__()",
            f"        self.conv1 = nn.Conv{d}d(inplanes, planes, 1, bias=False)",
            f"        self.bn1 = nn.BatchNorm{d}d({self.wrong('planes', ['inplanes', 'planes * 2', 'planes + 1'])})",
            f"        self.conv2 = nn.Conv{d}d(planes, planes * self.expansion, 3, stride, 1, bias=False)",
            f"        self.bn2 = nn.BatchNorm{d}d({self.wrong('planes * self.expansion', ['planes', 'inplanes', 'planes * self.expansion * 2'])})",
            "        self.relu = nn.ReLU(inplace=True)",
            "        self.downsample = downsample",
            "",
            "    def forward(self, x):",
            "        identity = x",
            "        out = self.relu(self.bn1(self.conv1(x)))",
            "        out = self.bn2(self.conv2(out))",
            "        if self.downsample is not None:",
            "            identity = self.downsample(x)",
            "        out += identity",
            "        return self.relu(out)",
        ]
        self.top.append("\n".join(body))
        attr, method = self.name("layer"), self.name("_make_layer")
        blocks = self.pick(1, 2, 3)
        lines = [
            f"def {method}(self, block, planes, blocks, stride=1):",
            "    downsample = None",
            "    if stride != 1 or self.inplanes != planes * block.expansion:",
            "        downsample = nn.Sequential(",
            f"            nn.Conv{d}d(self.inplanes, planes * block.expansion, 1, stride, bias=False),",
            f"            nn.BatchNorm{d}d({self.wrong('planes * block.expansion', ['planes', 'self.inplanes', 'planes * block.expansion + 2'])}),",
            "        )",
            "    layers = [block(self.inplanes, planes, stride, downsample)]",
            "    self.inplanes = planes * block.expansion",
            f"    for {self.pick('_', 'i')} in range(1, blocks):",
            "        layers.append(block(self.inplanes, planes))",
            "    return nn.Sequential(*layers)",
        ]
        self.methods.append(lines)
        self.init += [
            f"self.inplanes = {self.expr(self.channels)}",
            f"self.{attr} = self.{method}({block}, {planes}, {blocks}{f', stride={stride}' if stride > 1 else ''})",
        ]
        self.say(f"x = self.{attr}(x)")
        self.set_channels(planes * expansion)
        self.stride(stride)

    def dense(self) -> None:
        """Concatenation in a loop over a ModuleList."""
        d, growth, count, attr = self.rank, self.pick(2, 4, 6), self.pick(2, 3), self.name("dense")
        start = self.expr(self.channels)
        width = self.wrong(f"{start} + i * {growth}", [start, f"{start} + (i + 1) * {growth}", f"i * {growth} + 1"])
        make = f"nn.Sequential(nn.BatchNorm{d}d({width}), nn.ReLU(), nn.Conv{d}d({start} + i * {growth}, {growth}, 3, padding=1))"
        if self.maybe():
            self.init.append(f"self.{attr} = nn.ModuleList([{make} for i in range({count})])")
        else:
            self.init += [
                f"self.{attr} = nn.ModuleList()",
                f"for i in range({count}):",
                f"    self.{attr}.append({make})",
            ]
        if self.maybe():
            self.forward += [
                f"for layer in self.{attr}:",
                f"    x = torch.cat([x, layer(x)], {self.pick('1', 'dim=1')})",
            ]
        else:
            self.forward += [
                "features = [x]",
                f"for layer in self.{attr}:",
                "    features.append(layer(torch.cat(features, 1)))",
                "x = torch.cat(features, dim=1)",
            ]
        self.set_channels(self.channels + growth * count)
        if self.maybe():
            bn = self.name("norm")
            self.init.append(f"self.{bn} = {self.norm(self.channels)}")
            self.say(f"x = self.{bn}(x)")

    def inception(self) -> None:
        names = [self.name("branch") for _ in range(self.pick(2, 3))]
        widths = [self.pick(4, 6, 8, self.width) for _ in names]
        for name, width in zip(names, widths, strict=True):
            items = [self.conv(self.channels, width, self.pick(1, 3, 5)), *([self.norm(width)] if self.maybe() else [])]
            self.init.append(f"self.{name} = nn.Sequential({', '.join(items)})")
        total, bn = sum(widths), self.name("bn")
        self.init.append(f"self.{bn} = {self.norm(total)}")
        if self.maybe():
            self.say(f"x = torch.cat([{', '.join(f'self.{n}(x)' for n in names)}], dim=1)")
        else:
            self.say(f"outs = [branch(x) for branch in ({', '.join(f'self.{n}' for n in names)})]")
            self.say(
                f"x = torch.{self.pick('cat', 'concat')}(outs, {self.pick('1', 'dim=1', f'dim=-{self.rank + 1}')})"
            )
        self.say(f"x = F.relu(self.{bn}(x))")
        self.set_channels(total)

    def module_dict(self) -> None:
        out, attr = self.other_width(), self.name("parts")
        keys = ["conv", "norm", "act"]
        values = [self.conv(self.channels, out, 3), self.norm(out), self.act()]
        pairs = ", ".join(f'"{k}": {v}' for k, v in zip(keys, values, strict=True))
        self.init.append(f"self.{attr} = nn.ModuleDict({{{pairs}}})")
        if self.maybe():
            self.forward += [f"for key in {keys!r}:", f"    x = self.{attr}[key](x)"]
        else:
            self.forward += [f"for part in self.{attr}.values():", "    x = part(x)"]
        self.set_channels(out)

    def config_loop(self) -> None:
        """A VGG-like list of widths and pools."""
        d, attr = self.rank, self.name("features")
        config: list[int | str] = []
        size, space = self.channels, min(self.shape[2:])
        for _ in range(self.pick(2, 3, 4)):
            if space >= 4 and config and self.maybe(0.3):
                config.append("M")
                space //= 2
            else:
                config.append(self.pick(4, 8, 12, self.width))
        table = self.name("CFG")
        self.top.append(f"{table} = {config!r}")
        method = self.name("_features")
        lines = [
            f"def {method}(self, config, c_in):",
            "    layers = []",
            "    for v in config:",
            '        if v == "M":',
            f"            layers.append(nn.MaxPool{d}d(2, 2))",
            "            continue",
            f"        layers += [nn.Conv{d}d(c_in, v, 3, padding=1), nn.BatchNorm{d}d({self.wrong('v', ['c_in', 'v * 2', 'v + 1'])}), nn.ReLU()]",
            "        c_in = v",
            "    return nn.Sequential(*layers)",
        ]
        self.methods.append(lines)
        self.init.append(f"self.{attr} = self.{method}({table}, {self.expr(self.channels)})")
        self.say(f"x = self.{attr}(x)")
        for item in config:
            if item == "M":
                self.shape[2:] = [n // 2 for n in self.shape[2:]]
            else:
                size = int(item)
        self.set_channels(size)

    def depthwise(self) -> None:
        c, out, a, b = self.channels, self.other_width(), self.name("dw"), self.name("pw")
        self.init += [
            f"self.{a} = nn.Sequential(nn.Conv{self.rank}d({self.expr(c)}, {self.expr(c)}, 3, 1, 1, groups={self.expr(c)}, bias=False), {self.norm(c)})",
            f"self.{b} = nn.Sequential({self.conv(c, out, 1, ', bias=False')}, {self.norm(out)})",
        ]
        self.say(f"x = self.{b}(self.{a}(x).clamp(0, 6))")
        self.set_channels(out)

    def gate(self) -> None:
        """Squeeze and excitation."""
        d, c, attr = self.rank, self.channels, self.name("se")
        mid = max(2, c // 4)
        self.init.append(
            f"self.{attr} = nn.Sequential(nn.AdaptiveAvgPool{d}d(1), {self.conv(c, mid)}, nn.ReLU(), {self.conv(mid, c)}, nn.Sigmoid())"
        )
        bn = self.name("bn")
        self.init.append(f"self.{bn} = {self.norm(c)}")
        self.say(
            self.pick(
                f"x = x * self.{attr}(x)",
                f"x = x.mul(self.{attr}(x))",
                f"x = torch.mul(x, self.{attr}(x).expand_as(x))",
            )
        )
        self.say(f"x = self.{bn}(x)")

    def halves(self) -> None:
        """Split the channels, treat one half, join."""
        c = self.channels
        if c % 2:
            return self.attributes()
        half, attr = c // 2, self.name("half")
        self.init.append(f"self.{attr} = nn.Sequential({self.conv(half, half, 3)}, {self.norm(half)}, {self.act()})")
        self.say(
            self.pick(
                "a, b = x.chunk(2, dim=1)",
                "a, b = torch.chunk(x, 2, 1)",
                f"a, b = torch.split(x, {half}, dim=1)",
                f"a, b = x[:, :{half}], x[:, {half}:]",
                f"a, b = x.split([{half}, {half}], 1)",
                "a, b = x[:, : x.size(1) // 2], x[:, x.shape[1] // 2 :]",
                f"a, b = x.narrow(1, 0, {half}), x.narrow(1, {half}, {half})",
            )
        )
        self.say(f"x = torch.cat((a, self.{attr}(b)), 1)")
        if self.maybe():
            if self.rank == 2:
                self.forward += [
                    "n, c, h, w = x.size()",
                    "x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)",
                ]
            bn = self.name("bn")
            self.init.append(f"self.{bn} = {self.norm(c)}")
            self.say(f"x = self.{bn}(x)")
        return None

    def strided_pool(self) -> None:
        d = self.rank
        if min(self.shape[2:]) < 5:
            return self.attributes()
        kernel, stride, padding, ceil = self.pick(
            (2, 2, 0, False), (3, 2, 1, False), (3, 2, 0, True), (3, 2, 1, True), (2, 2, 0, True)
        )
        attr, kind = self.name("pool"), self.pick("Max", "Avg")
        self.init.append(
            f"self.{attr} = nn.{kind}Pool{d}d({kernel}, {stride}, padding={padding}{', ceil_mode=True' if ceil else ''})"
        )
        self.say(f"x = self.{attr}(x)")
        sizes: list[int] = []
        for n in self.shape[2:]:
            span = n + 2 * padding - kernel + (stride - 1 if ceil else 0)
            count = span // stride + 1
            if ceil and (count - 1) * stride >= n + padding:
                count -= 1
            sizes.append(count)
        self.shape[2:] = sizes
        return None

    def strided_conv(self) -> None:
        if min(self.shape[2:]) < 5:
            return self.attributes()
        out, conv, bn = self.other_width(), self.name("down"), self.name("bn")
        kernel, stride, padding, dilation = self.pick(
            (3, 2, 1, 1), (4, 2, 1, 1), (3, 1, 0, 1), (3, 2, 2, 2), (5, 3, 2, 1)
        )
        self.init.append(
            f"self.{conv} = nn.Conv{self.rank}d({self.expr(self.channels)}, {self.expr(out)}, {kernel}, stride={stride}, padding={padding}, dilation={dilation})"
        )
        self.init.append(f"self.{bn} = {self.norm(out)}")
        self.say(f"x = F.leaky_relu(self.{bn}(self.{conv}(x)), 0.2)")
        self.set_channels(out)
        self.shape[2:] = [(n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for n in self.shape[2:]]
        return None

    def transposed(self) -> None:
        if max(self.shape[2:]) > 32:
            return self.attributes()
        d, out, up, bn = self.rank, self.other_width(), self.name("up"), self.name("bn")
        kernel, stride, padding, extra = self.pick((2, 2, 0, 0), (4, 2, 1, 0), (3, 2, 1, 1), (3, 1, 1, 0))
        self.init.append(
            f"self.{up} = nn.ConvTranspose{d}d({self.expr(self.channels)}, {self.expr(out)}, {kernel}, {stride}, {padding}, output_padding={extra})"
        )
        self.init.append(f"self.{bn} = {self.norm(out)}")
        self.say(f"x = self.{bn}(self.{up}(x))")
        self.set_channels(out)
        self.shape[2:] = [(n - 1) * stride - 2 * padding + kernel + extra for n in self.shape[2:]]
        return None

    def pixel_shuffle(self) -> None:
        if self.rank != 2 or max(self.shape[2:]) > 24:
            return self.attributes()
        out, conv, bn = self.pick(4, 6, 8), self.name("expand"), self.name("bn")
        self.init.append(f"self.{conv} = {self.conv(self.channels, out * 4, 3)}")
        self.init.append(f"self.{bn} = {self.norm(out)}")
        if self.maybe():
            ps = self.name("shuffle")
            self.init.append(f"self.{ps} = nn.PixelShuffle(2)")
            self.say(f"x = self.{bn}(self.{ps}(self.{conv}(x)))")
        else:
            self.say(f"x = self.{bn}(F.pixel_shuffle(self.{conv}(x), 2))")
        self.set_channels(out)
        self.shape[2:] = [n * 2 for n in self.shape[2:]]
        return None

    def skip(self) -> None:
        """A U-Net step: down, up, join with what was before."""
        if min(self.shape[2:]) < 4 or any(n % 2 for n in self.shape[2:]):
            return self.attributes()
        d, c, mid = self.rank, self.channels, self.other_width()
        down, bn, up, fuse = (self.name(n) for n in ("down", "bn", "up", "fuse"))
        out = self.other_width()
        self.init += [
            f"self.{down} = nn.Conv{d}d({self.expr(c)}, {self.expr(mid)}, 3, 2, 1)",
            f"self.{bn} = {self.norm(mid)}",
            f"self.{up} = {self.pick('nn.Upsample(scale_factor=2)', f'nn.ConvTranspose{d}d({self.expr(mid)}, {self.expr(mid)}, 2, 2)')}",
            f"self.{fuse} = nn.Sequential({self.norm(c + mid)}, {self.conv(c + mid, out, 1)})",
        ]
        self.forward += ["skip = x", f"x = F.relu(self.{bn}(self.{down}(x)))", f"x = self.{up}(x)"]
        self.say(self.pick("x = torch.cat([skip, x], dim=1)", "x = torch.cat((x, skip), 1)"))
        self.say(f"x = self.{fuse}(x)")
        self.set_channels(out)
        return None

    def interpolated(self) -> None:
        d, c, mid = self.rank, self.channels, self.pick(4, 8)
        a, bn = self.name("context"), self.name("bn")
        self.init += [
            f"self.{a} = nn.Sequential(nn.AdaptiveAvgPool{d}d({self.pick(1, 2)}), {self.conv(c, mid)})",
            f"self.{bn} = {self.norm(c + mid)}",
        ]
        self.say(f"pooled = F.interpolate(self.{a}(x), size=x.shape[2:], mode='nearest')")
        self.say(f"x = self.{bn}(torch.cat([x, pooled], dim=1))")
        self.set_channels(c + mid)

    def tokens(self) -> None:
        """To (N, L, C) for a Linear or attention, and back."""
        c, out = self.channels, self.other_width()
        lin, bn = self.name("proj"), self.name("bn")
        self.init.append(f"self.{lin} = nn.Linear({self.expr(c)}, {self.expr(out)})")
        if self.maybe() and self.rank == 2:
            self.init.append(f"self.{bn} = {self.norm(out)}")
            self.forward += ["n, c, h, w = x.shape", "x = x.flatten(2).transpose(1, 2)", f"x = self.{lin}(x)"]
            self.say(
                self.pick("x = x.transpose(1, 2).reshape(n, -1, h, w)", "x = x.permute(0, 2, 1).view(n, -1, h, w)")
            )
            self.say(f"x = self.{bn}(x)")
        elif self.rank == 2:
            self.init.append(f"self.{bn} = {self.norm(out)}")
            self.forward += [
                f"x = self.{lin}(x.permute(0, 2, 3, 1))",
                f"x = self.{bn}({self.pick('x.permute(0, 3, 1, 2)', 'x.movedim(-1, 1)', 'x.permute((0, 3, 1, 2)).contiguous()')})",
            ]
        elif self.rank == 1:
            self.init.append(f"self.{bn} = {self.norm(out)}")
            self.say(f"x = self.{bn}(self.{lin}(x.transpose(1, 2)).transpose({self.pick('1, 2', '2, 1', '-1, -2')}))")
        else:
            self.init.append(f"self.{bn} = {self.norm(out)}")
            self.say(f"x = self.{bn}(self.{lin}(x.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3))")
        self.set_channels(out)

    def attention(self) -> None:
        c = self.channels
        if c % 2 or self.rank != 2:
            return self.attributes()
        qkv, bn = self.name("qkv"), self.name("bn")
        self.init += [
            f"self.{qkv} = nn.Conv2d({self.expr(c)}, {self.expr(c * 3)}, 1, bias=False)",
            f"self.{bn} = {self.norm(c)}",
        ]
        self.forward += [
            "n, c, h, w = x.shape",
            f"q, k, v = self.{qkv}(x).reshape(n, 3, 2, c // 2, h * w).unbind(1)",
            self.pick(
                "weights = (q.transpose(-2, -1) @ k).softmax(dim=-1)",
                "weights = F.softmax(torch.matmul(q.transpose(2, 3), k), -1)",
            ),
            self.pick(
                "x = (v @ weights.transpose(-2, -1)).reshape(n, c, h, w)",
                "x = torch.einsum('nhcl,nhml->nhcm', v, weights).reshape(n, c, h, w)",
            ),
            f"x = self.{bn}(x)",
        ]
        return None

    def functional(self) -> None:
        """F.batch_norm with the parts of a layer."""
        c, bn = self.channels, self.name("bn")
        self.init.append(f"self.{bn} = {self.norm(c)}")
        self.say(
            f"x = F.batch_norm(x, self.{bn}.running_mean, self.{bn}.running_var, self.{bn}.weight, self.{bn}.bias, self.{self.pick(bn + '.', '')}training)"
        )

    def other_norms(self) -> None:
        d, c, norm, conv, bn = self.rank, self.channels, self.name("norm"), self.name("conv"), self.name("bn")
        dropout = f"nn.Dropout{self.pick('', f'{d}d')}(0.1)"
        self.init.append(
            f"self.{norm} = {self.pick(f'nn.GroupNorm(1, {self.expr(c)})', f'nn.InstanceNorm{d}d({self.norm_width(c)}, affine=True)', 'nn.Identity()', dropout)}"
        )
        out = self.other_width()
        self.init += [f"self.{conv} = {self.conv(c, out, 3)}", f"self.{bn} = {self.norm(out)}"]
        self.say(f"x = self.{bn}(self.{conv}(self.{norm}(x)))")
        self.set_channels(out)

    def named(self) -> None:
        """setattr and getattr with computed names."""
        d, count, stem = self.rank, self.pick(2, 3), self.name("stage")
        out = self.other_width()
        first = self.expr(self.channels)
        width = self.wrong(self.expr(out), [first, str(out * 2), f"{out} + i"])
        self.init += [
            f"for i in range({count}):",
            f"    c_in = {first} if i == 0 else {self.expr(out)}",
            f'    setattr(self, f"{stem}_conv{{i}}", nn.Conv{d}d(c_in, {self.expr(out)}, 1))',
            self.pick(
                f'    self.add_module(f"{stem}_bn{{i}}", nn.BatchNorm{d}d({width}))',
                f'    setattr(self, "{stem}_bn%d" % i, nn.BatchNorm{d}d({width}))',
            ),
        ]
        self.forward += [
            f"for i in range({count}):",
            f'    x = getattr(self, f"{stem}_conv{{i}}")(x)',
            f'    x = getattr(self, "{stem}_bn" + str(i))(x)',
        ]
        self.set_channels(out)

    def builder(self) -> None:
        """Layers by name: strings, lambdas, partial, dicts of classes."""
        d, attr, bn = self.rank, self.name("conv"), self.name("norm")
        out = self.other_width()
        table = self.name("NORMS")
        style = self.rng.randrange(4)
        self.init.append(f"self.{attr} = {self.conv(self.channels, out, 3)}")
        width = self.norm_width(out)
        if style == 0:
            self.top.append(f'{table} = {{"batch": nn.BatchNorm{d}d, "none": lambda c: nn.Identity()}}')
            self.init.append(f'self.{bn} = {table}["batch"]({width})')
        elif style == 1:
            self.helpers["partial"] = "from functools import partial"
            self.top.append(f"{table} = partial(nn.BatchNorm{d}d, eps=1e-3, momentum=0.01)")
            self.init.append(f"self.{bn} = {table}({width})")
        elif style == 2:
            function = self.name("get_norm")
            self.top.append(
                "\n".join(
                    [
                        f"def {function}(kind, c):",
                        '    if kind == "bn":',
                        f"        return nn.BatchNorm{d}d(c)",
                        '    elif kind == "gn":',
                        "        return nn.GroupNorm(1, c)",
                        '    raise ValueError(f"unknown {kind}")',
                    ]
                )
            )
            self.init.append(f'self.{bn} = {function}("bn", {width})')
        else:
            self.init.append(f'self.{bn} = getattr(nn, "BatchNorm{d}d")({width})')
        self.say(f"x = self.{bn}(self.{attr}(x))")
        self.set_channels(out)

    def configured(self) -> None:
        """Widths from a dataclass, NamedTuple, dict or namespace."""
        d, config, out = self.rank, self.name("Config"), self.other_width()
        wrong = self.wrong("out", ["hidden", "out * 2"])
        hidden = self.other_width()
        style = self.rng.randrange(4)
        if style == 0:
            self.helpers["dataclass"] = "from dataclasses import dataclass, field"
            self.top.append(f"@dataclass\nclass {config}:\n    hidden: int = {hidden}\n    out: int = {out}")
            read = "cfg.{}"
            make = f"cfg = {config}()"
        elif style == 1:
            self.helpers["NamedTuple"] = "from typing import NamedTuple"
            self.top.append(f"class {config}(NamedTuple):\n    hidden: int\n    out: int = {out}")
            read = "cfg.{}"
            make = f"cfg = {config}(hidden={hidden})"
        elif style == 2:
            self.top.append(f'{config} = {{"hidden": {hidden}, "out": {out}}}')
            read = 'cfg["{}"]'
            make = f"cfg = {config}"
        else:
            self.helpers["SimpleNamespace"] = "from types import SimpleNamespace"
            read = "cfg.{}"
            make = f"cfg = SimpleNamespace(hidden={hidden}, out={out})"
        width = (
            wrong.replace("hidden", read.format("hidden")).replace("out", read.format("out"))
            if wrong != "out"
            else read.format("out")
        )
        attr = self.name("body")
        hid, o = read.format("hidden"), read.format("out")
        self.init += [
            make,
            f"self.{attr} = nn.Sequential(nn.Conv{d}d({self.expr(self.channels)}, {hid}, 1), nn.BatchNorm{d}d({hid}), nn.ReLU(), nn.Conv{d}d({hid}, {o}, 1), nn.BatchNorm{d}d({width}))",
        ]
        self.say(f"x = self.{attr}(x)")
        self.set_channels(out)

    def inherited(self) -> None:
        """A base class that calls methods its subclass overrides."""
        d, base, cls, out = self.rank, self.name("Base"), self.name("Derived"), self.other_width()
        width = self.wrong("c_out", ["c_in", "c_out * 2"])
        self.top.append(
            "\n".join(
                [
                    f"class {base}(nn.Module):",
                    "    def __init__(self, c_in, c_out):",
                    "        super().__init__()",
                    "        self.c_out = c_out",
                    "        self.conv = self.make_conv(c_in, c_out)",
                    f"        self.norm = self.make_norm({width})",
                    "",
                    "    def make_conv(self, c_in, c_out):",
                    "        raise NotImplementedError",
                    "",
                    "    def make_norm(self, c):",
                    f"        return nn.BatchNorm{d}d(c)",
                    "",
                    "    @property",
                    "    def out_channels(self):",
                    "        return self.c_out",
                    "",
                    "    def forward(self, x):",
                    "        return F.relu(self.norm(self.conv(x)))",
                ]
            )
        )
        self.top.append(
            "\n".join(
                [
                    f"class {cls}({base}):",
                    "    def make_conv(self, c_in, c_out):",
                    f"        return nn.Conv{d}d(c_in, c_out, kernel_size=3, padding='same')",
                ]
            )
        )
        attr, bn = self.name("derived"), self.name("bn")
        wrong = self._wrong_here()
        width = f"self.{attr}.out_channels" + (" + 1" if wrong else "")
        self.init += [
            f"self.{attr} = {cls}({self.expr(self.channels)}, c_out={self.expr(out)})",
            f"self.{bn} = nn.BatchNorm{d}d({width})",
        ]
        self.say(f"x = self.{bn}(self.{attr}(x))")
        self.set_channels(out)

    def conditional(self) -> None:
        """A flag of the constructor that is known, and an optional layer."""
        c, flag = self.channels, self.name("use_norm")
        out, conv, bn = self.other_width(), self.name("conv"), self.name("bn")
        on = self.maybe(0.7)
        self.parameters.append(f"{flag}={on}")
        self.init += [f"self.{conv} = {self.conv(c, out, 3)}", f"self.{bn} = {self.norm(out)} if {flag} else None"]
        self.say(
            self.pick(
                f"x = self.{conv}(x)\nif self.{bn} is not None:\n    x = self.{bn}(x)",
                f"x = self.{conv}(x)\nx = self.{bn}(x) if self.{bn} else x",
            )
        )
        self.set_channels(out)

    def stacked(self) -> None:
        """stack, sum, mean, repeat, expand, roll, pad."""
        c, bn = self.channels, self.name("bn")
        lines, factor = self.pick(
            (["x = torch.stack([x, x * 2], dim=0).mean(0)"], 1), (["x = torch.stack((x, -x), 1).sum(dim=1)"], 1),
            ([f"x = x.repeat(1, 2, {', '.join('1' * self.rank)})"], 2), (["x = torch.cat([x] * 3, dim=1)"], 3),
            (["x = x.roll(1, dims=1).flip(1)"], 1), (["x = x.repeat_interleave(2, dim=1)"], 2),
            (["x = x - x.mean(dim=1, keepdim=True)"], 1), (["x = torch.where(x > 0, x, torch.zeros_like(x))"], 1),
            (["x = x / (x.norm(dim=1, keepdim=True) + 1e-6)"], 1), (["x = x[:, torch.arange(x.size(1))]"], 1),
            ([f"gate = torch.ones(x.size(1), {', '.join('1' * self.rank)})", "x = x * gate"], 1),
            (["x = torch.max(x, torch.zeros_like(x))"], 1), (["x = x.unsqueeze(1).expand(-1, 2, " + ", ".join(["-1"] * (self.rank + 1)) + ").flatten(1, 2)"], 2),
            (["x = F.normalize(x, dim=1)"], 1), ([f"x = F.pad(x, ({', '.join('0, 0' for _ in range(self.rank))}, 1, 1))"], 0),
        )  # fmt: skip
        size = c + 2 if factor == 0 else c * factor
        self.init.append(f"self.{bn} = {self.norm(size)}")
        self.forward += [*lines, f"x = self.{bn}(x)"]
        self.set_channels(size)
        if size > 64:
            self.attributes()

    def copies(self) -> None:
        """deepcopy, children, a list of clones."""
        c, block, attr = self.channels, self.name("block"), self.name("clones")
        self.helpers["copy"] = "import copy"
        self.init.append(f"{block} = nn.Sequential({self.conv(c, c, 3)}, {self.norm(c)}, {self.act()})")
        self.init.append(
            self.pick(
                f"self.{attr} = nn.ModuleList(copy.deepcopy({block}) for _ in range(2))",
                f"self.{attr} = nn.ModuleList([copy.deepcopy({block}) for _ in range(2)])",
                f"self.{attr} = nn.Sequential(*list({block}.children()), copy.deepcopy({block}))",
            )
        )
        self.forward += [f"for clone in self.{attr}:", "    x = clone(x)"]

    def loops(self) -> None:
        """zip, enumerate, while, generators over lists of widths."""
        d, widths, convs, norms = (
            self.rank,
            [self.pick(4, 6, 8) for _ in range(self.pick(2, 3))],
            self.name("convs"),
            self.name("norms"),
        )
        every = [self.channels, *widths]
        style = self.rng.randrange(4)
        width = self.wrong("b", ["a", "b * 2", "a + b"])
        if style == 0:
            pairs = f"zip({every[:-1]!r}, {every[1:]!r})"
        elif style == 1:
            self.init.append(f"widths = [{self.expr(self.channels)}] + {widths!r}")
            pairs = "zip(widths, widths[1:])"
        elif style == 2:
            self.init.append(f"widths = ({self.expr(self.channels)}, *{tuple(widths)!r})")
            pairs = "[(widths[i], widths[i + 1]) for i in range(len(widths) - 1)]"
        else:
            function = self.name("pairs")
            self.top.append(
                f"def {function}(values):\n    for i, value in enumerate(values[1:]):\n        yield values[i], value"
            )
            pairs = f"{function}({every!r})"
        self.init += [
            f"self.{convs}, self.{norms} = nn.ModuleList(), nn.ModuleList()",
            f"for a, b in {pairs}:",
            f"    self.{convs}.append(nn.Conv{d}d(a, b, 1))",
            f"    self.{norms}.append(nn.BatchNorm{d}d({width}))",
        ]
        self.say(
            self.pick(
                f"for conv, norm in zip(self.{convs}, self.{norms}):\n    x = F.relu(norm(conv(x)))",
                f"for i in range(len(self.{convs})):\n    x = self.{norms}[i](self.{convs}[i](x))",
                f"for i, conv in enumerate(self.{convs}):\n    x = conv(x)\n    x = self.{norms}[i](x)",
                f"i = 0\nwhile i < len(self.{convs}):\n    x = self.{norms}[i](self.{convs}[i](x))\n    i += 1",
            )
        )
        self.set_channels(widths[-1])

    def grouped(self) -> None:
        c = self.channels
        if c % 2:
            return self.attributes()
        out, conv, bn = self.pick(4, 8, 16), self.name("conv"), self.name("bn")
        self.init += [
            f"self.{conv} = nn.Conv{self.rank}d({self.expr(c)}, {self.expr(out)}, 3, padding=1, groups=2)",
            f"self.{bn} = {self.norm(out)}",
        ]
        self.forward += [f"x = self.{conv}(x)"]
        if self.rank == 2 and self.maybe():
            self.forward += ["b, c, h, w = x.shape", "x = x.reshape(b, 2, c // 2, h, w).sum(1)"]
            self.init[-1] = f"self.{bn} = {self.norm(out // 2)}"
            out //= 2
        self.say(f"x = self.{bn}(x)")
        self.set_channels(out)
        return None

    def channels_last(self) -> None:
        """A feature map turned to channels last and back, with the norm before, or wrongly between."""
        if self.rank != 2 or self.shape[2] == self.channels:
            return self.attributes()
        c, bn = self.channels, self.name("bn")
        self.init.append(f"self.{bn} = nn.BatchNorm2d({self.expr(c)})")
        if self._wrong_here():
            self.forward += ["x = x.permute(0, 2, 3, 1)", f"x = self.{bn}(x)", "x = x.permute(0, 3, 1, 2)"]
        else:
            self.forward += [
                f"x = self.{bn}(x)",
                "x = x.permute(0, 2, 3, 1)",
                "x = torch.tanh(x)",
                "x = x.permute(0, 3, 1, 2)",
            ]
        return None

    def shared(self) -> None:
        """One layer at two places: allowed, and reported as a warning."""
        c, conv, bn = self.channels, self.name("conv"), self.name("bn")
        self.init += [f"self.{conv} = {self.conv(c, c, 3)}", f"self.{bn} = {self.norm(c)}"]
        self.forward += [f"x = self.{bn}(x)", f"x = self.{bn}(self.{conv}(x))"]

    def unused(self) -> None:
        conv, bn = self.name("conv"), self.name("bn")
        self.init += [
            f"self.{bn} = nn.BatchNorm{self.rank}d({self.other_width()})",
            f"self.{conv} = {self.conv(self.channels, self.channels)}",
        ]
        self.say(f"x = self.{conv}(x)")

    # ---- heads

    def vector_head(self) -> None:
        """Feature map to vector, then Linear and BatchNorm1d."""
        d = self.rank
        how = self.rng.randrange(5)
        size = self.channels
        if how == 0:
            pool = self.name("pool")
            self.init.append(f"self.{pool} = nn.AdaptiveAvgPool{d}d(1)")
            self.say(
                self.pick(
                    f"x = torch.flatten(self.{pool}(x), 1)",
                    f"x = self.{pool}(x).flatten(1)",
                    f"x = self.{pool}(x).view(x.size(0), -1)",
                    f"x = self.{pool}(x).reshape(x.shape[0], -1)",
                )
            )
        elif how == 1:
            self.say(f"x = x.mean({self.pick('dim=', '')}{tuple(range(2, d + 2)) if d > 1 else 2!r})")
        elif how == 2:
            size = self.channels
            for n in self.shape[2:]:
                size *= n
            if size > 4096:
                self.say(f"x = F.adaptive_max_pool{d}d(x, 1).flatten(1)")
                size = self.channels
            else:
                self.say(
                    self.pick("x = torch.flatten(x, 1)", "x = x.view(x.size(0), -1)", "x = x.flatten(start_dim=1)")
                )
        elif how == 3:
            pool = self.name("pool")
            self.init.append(f"self.{pool} = nn.Sequential(nn.AdaptiveMaxPool{d}d(2), nn.Flatten())")
            self.say(f"x = self.{pool}(x)")
            size *= 2**d
        else:
            self.say(f"x = F.adaptive_avg_pool{d}d(x, 1)" + ".squeeze(-1)" * d)
        self.shape = [self.shape[0], size]

    def mlp(self) -> None:
        out, attr = self.other_width(), self.name("head")
        if self.maybe():
            self.init.append(
                f"self.{attr} = nn.Sequential(nn.Linear({self.expr(self.channels)}, {self.expr(out)}), {self.norm(out, 1)}, nn.ReLU(), nn.Dropout(0.5))"
            )
            self.say(f"x = self.{attr}(x)")
        else:
            bn = self.name("bn")
            self.init += [
                f"self.{attr} = nn.Linear({self.expr(self.channels)}, {self.expr(out)}, bias=False)",
                f"self.{bn} = {self.norm(out, 1)}",
            ]
            self.say(f"x = F.relu(self.{bn}(self.{attr}(x)))")
        self.set_channels(out)

    def recurrent(self) -> None:
        """(N, L, C) through an LSTM or GRU, normalised over the features."""
        n, length, c = self.shape
        hidden, both, rnn, bn = self.pick(4, 8), self.maybe(), self.name("rnn"), self.name("bn")
        kind = self.pick("LSTM", "GRU")
        out = hidden * (2 if both else 1)
        self.init += [
            f"self.{rnn} = nn.{kind}({self.expr(c)}, {hidden}, batch_first=True{', bidirectional=True' if both else ''})",
            f"self.{bn} = {self.norm(out, 1)}",
        ]
        self.say(f"x, _ = self.{rnn}(x)")
        if self.maybe():
            self.say(f"x = self.{bn}(x[:, -1])")
            self.shape = [n, out]
        else:
            self.say(f"x = self.{bn}(x.transpose(1, 2))")
            self.shape = [n, out, length]

    def sequence_linear(self) -> None:
        n, length, c = self.shape
        out, lin, bn = self.other_width(), self.name("fc"), self.name("bn")
        self.init += [f"self.{lin} = nn.Linear({self.expr(c)}, {self.expr(out)})", f"self.{bn} = {self.norm(out, 1)}"]
        if self.maybe():
            self.forward += [f"x = self.{lin}(x)", f"x = self.{bn}(x.permute(0, 2, 1)).permute(0, 2, 1)"]
        else:
            self.forward += ["b, t, _ = x.shape", f"x = self.{bn}(self.{lin}(x).view(b * t, -1)).view(b, t, -1)"]
        self.shape = [n, length, out]

    # ---- the whole

    def write(self) -> Program:
        """The program, from a random input to a random head."""
        self.methods: list[list[str]] = []
        self.parameters: list[str] = []
        start = self.rng.random()
        tokens = 0
        if start < 0.62:
            self.shape = [2, self.pick(3, 1, 4), self.pick(16, 20, 32), self.pick(16, 24)]
        elif start < 0.76:
            self.shape = [2, self.pick(1, 2, 6), self.pick(32, 40)]
        elif start < 0.84:
            self.shape = [2, self.pick(1, 3), 8, self.pick(12, 16), 12]
        elif start < 0.93:
            self.shape = [4, self.pick(10, 20, 32)]
        else:
            tokens = 50
            self.shape = [3, 7]
        given = tuple(self.shape)
        if len(self.shape) > 2:
            self.attributes() if self.maybe(0.6) else self.factory()
            stages: list[Callable[[], None]] = [
                self.attributes, self.sequential, self.factory, self.subclassed_sequential, self.residual, self.dense,
                self.inception, self.module_dict, self.config_loop, self.depthwise, self.gate, self.halves,
                self.strided_pool, self.strided_conv, self.transposed, self.pixel_shuffle, self.skip, self.interpolated,
                self.tokens, self.attention, self.functional, self.other_norms, self.named, self.builder,
                self.configured, self.inherited, self.conditional, self.stacked, self.copies, self.loops, self.grouped,
                self.channels_last, self.shared, self.unused,
            ]  # fmt: skip
            for _ in range(self.rng.randint(1, 5)):
                self.rng.choice(stages)()
            if self.maybe():
                self.vector_head()
                if self.maybe(0.8):
                    self.mlp()
        elif tokens:
            size, emb = self.pick(8, 12), self.name("embed")
            self.init.append(f"self.{emb} = nn.Embedding({tokens}, {size})")
            self.say(f"x = self.{emb}(x)")
            self.shape = [*self.shape, size]
            if self.maybe():
                self.sequence_linear()
            self.recurrent()
            if len(self.shape) == 2 and self.maybe():
                self.mlp()
        else:
            for _ in range(self.rng.randint(1, 3)):
                self.mlp()
        return self._assemble(given, tokens)

    def _assemble(self, given: tuple[int, ...], tokens: int) -> Program:
        lines = [
            "import torch",
            "import torch.nn.functional as F",
            "from torch import nn",
            *sorted(v for v in self.helpers.values() if "\n" not in v),
            "",
        ]
        lines += [part for v in self.helpers.values() if "\n" in v for part in ("", v, "")]
        for block in self.top:
            lines += ["", block, ""]
        takes_default = self.maybe(0.7)
        parameters = ", ".join([f"width={self.width}" if takes_default else "width", *self.parameters])
        lines += ["", "class Net(nn.Module):", f"    def __init__(self, {parameters}):", "        super().__init__()"]
        lines += [f"        {line}" for text in self.init for line in text.split("\n")]
        for method in self.methods:
            lines += ["", *(f"    {line}" for line in method)]
        lines += [
            "",
            "    def forward(self, x):",
            *(f"        {line}" for text in self.forward for line in text.split("\n")),
            "        return x",
            "",
        ]
        argument = "" if takes_default else str(self.width)
        entry = f"Net({argument})"
        kind = self.rng.random()
        if kind < 0.35:
            lines += ["", "def build():", f"    return {entry}", ""]
            entry = "build()"
        elif kind < 0.7:
            sample = (
                f"torch.randint(0, {tokens}, {given!r})" if tokens else f"torch.randn({', '.join(map(str, given))})"
            )
            lines += [
                "",
                'if __name__ == "__main__":',
                f"    model = {entry}",
                "    model.eval()",
                f"    x = {sample}",
                "    print(model(x).shape)",
                "",
            ]
            entry = ""
        elif not takes_default:
            lines += ["", f"model = {entry}", ""]
            entry = "model"
        self.program = Program(self.seed, "\n".join(lines), entry, given, tokens)
        return self.program


_MAKE_DIVISIBLE = """def make_divisible(value, divisor=8):
    return max(divisor, int(value + divisor / 2) // divisor * divisor)
"""
