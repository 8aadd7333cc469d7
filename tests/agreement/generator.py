"""Random model programs in the ways people write them: some right, some with a wrong width or rank in them.

`program(seed)` gives the source of one file and how to run it. The generator follows the shape of `x` through the
stages that it strings together, so most programs run; a few numbers are then made wrong on purpose. What a program
really does is not decided here but by running it in PyTorch (oracle.py).

The stages are in stages.txt. A stage begins at a line `## name | when it fits | what it fixes first | what it leaves
behind`, three pieces of Python over the rank `d`, the channels `c` and the spatial sizes `s` ("-": only at the end).
Its lines belong into the constructor, those after `>` into forward, after `+` among the methods, after `|` to the top
of the file. `¦` separates alternatives, `{...}` is computed, `$name` gets a number of its own.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Program:
    """A file, and how to run it: `entry` is an expression that gives the model ('' for a script that runs itself),
    `shape` the shape of its input, `tokens` the size of the vocabulary where that input is token numbers."""

    seed: int
    source: str
    entry: str
    shape: tuple[int, ...]
    tokens: int = 0


@dataclass(frozen=True)
class _Stage:
    fits: str
    before: str
    after: str
    lines: list[str]


def _read(text: str) -> dict[str, _Stage]:
    found: dict[str, _Stage] = {}
    for part in text.split("## ")[1:]:
        head, *lines = part.rstrip().split("\n")
        name, fits, before, after = (field.strip() for field in head.split("|"))
        found[name] = _Stage(fits or "True", before, after, lines)
    return found


_STAGES = _read(Path(__file__).with_name("stages.txt").read_text(encoding="utf-8"))
_BODY = [name for name in _STAGES if not name.startswith("-")]
# What keeps the spatial sizes: a line, by how much it multiplies the channels, how many it adds.
_STACKED = [
    ("x = torch.stack([x, x * 2], dim=0).mean(0)", 1, 0), ("x = torch.stack((x, -x), 1).sum(dim=1)", 1, 0),
    ("x = x.repeat(1, 2, ONES)", 2, 0), ("x = torch.cat([x] * 3, dim=1)", 3, 0),
    ("x = x.roll(1, dims=1).flip(1)", 1, 0), ("x = x.repeat_interleave(2, dim=1)", 2, 0),
    ("x = x - x.mean(dim=1, keepdim=True)", 1, 0), ("x = torch.where(x > 0, x, torch.zeros_like(x))", 1, 0),
    ("x = x / (x.norm(dim=1, keepdim=True) + 1e-6)", 1, 0), ("x = x[:, torch.arange(x.size(1))]", 1, 0),
    ("x = x * torch.ones(x.size(1), ONES)", 1, 0), ("x = torch.max(x, torch.zeros_like(x))", 1, 0),
    ("x = x.unsqueeze(1).expand(-1, 2, KEEP).flatten(1, 2)", 2, 0), ("x = F.normalize(x, dim=1)", 1, 0),
    ("x = F.pad(x, (ZEROS1, 1))", 1, 2),
]  # fmt: skip
_IMPORTS = """\
import copy
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn


def make_divisible(value, divisor=8):
    return max(divisor, int(value + divisor / 2) // divisor * divisor)
"""


def program(seed: int) -> Program:
    """The program of a seed; about half of them have a defect."""
    shape_of = random.Random(f"defects {seed}")
    count = shape_of.choices((0, 1, 2), (45, 45, 10))[0]
    clean = _Writer(seed, frozenset())
    written = clean.write()
    places = frozenset(shape_of.sample(range(clean.places), min(count, clean.places)))
    return _Writer(seed, places).write() if places else written


class _Writer:
    """Writes one program, with a defect at those of the places for one that `defects` numbers."""

    def __init__(self, seed: int, defects: frozenset[int]) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.bad = random.Random(f"bad {seed}")
        self.defects = defects
        self.places = 0
        self.stages = 0
        self.width = self.rng.choice((4, 6, 8, 12, 16))
        self.text: dict[str, list[str]] = {"|": [], "+": [], ">": [], "": []}
        self.env: dict[str, Any] = {
            "pick": lambda *options: self.rng.choice(options), "maybe": lambda chance: self.rng.random() < chance,
            "other": lambda: self.rng.choice((self.width, self.width * 2, self.width * 3, 8, 10, 20, 24)),
            "w": self.expression, "norm": self.norm, "conv": self.conv, "size": self.size, "act": self.act,
            "bad": lambda right, *others: self.bad.choice(others) if self.wrong() else right,
            "stepped": lambda s, k, step, pad: [(n + 2 * pad - k) // step + 1 for n in s], "pooled": _pooled,
            "width": self.width, "math": math, "STACKED": _STACKED,
        }  # fmt: skip

    def wrong(self) -> bool:
        """Whether to put a defect here."""
        self.places += 1
        return self.places - 1 in self.defects

    def another(self, size: int) -> int:
        return self.bad.choice(
            [n for n in (size * 2, size + 1, size // 2, size - 1, size + 8, 3) if n > 0 and n != size]
        )

    def expression(self, size: int, rng: random.Random | None = None) -> str:
        """An expression for a width in the constructor of the model."""
        rng, width = rng or self.rng, self.width
        ways = [str(size)]
        if size % width == 0:
            ways += [f"width * {size // width}", f"{size // width} * width"] if size > width else ["width"] * 2
        elif width % size == 0:
            ways.append(f"width // {width // size}")
        else:
            ways.append(f"width + {size - width}" if size > width else f"width - {width - size}")
        if rng.random() < 0.1 and size % 2 == 0:
            ways.append(f"make_divisible({size - 1}, 2)")
        return rng.choice(ways)

    def size(self, size: int) -> str:
        """The width of a BatchNorm that something else constructs."""
        right = self.expression(size)
        return self.expression(self.another(size), self.bad) if self.wrong() else right

    def norm(self, size: int, rank: int | None = None) -> str:
        """A construction of a BatchNorm."""
        rank, wrong = rank or self.env["d"], self.wrong()
        key = self.rng.choice(("", "", "num_features="))
        options = self.rng.choice(("", "", "", ", eps=1e-3", ", momentum=0.01", ", affine=True"))
        width = self.expression(size)
        if wrong and self.bad.random() < 0.35:
            rank = self.bad.choice([r for r in (1, 2, 3) if r != rank])
        elif wrong:
            width = self.expression(self.another(size), self.bad)
        return f"nn.BatchNorm{rank}d({key}{width}{options})"

    def conv(self, into: int, out: int, kernel: int = 1) -> str:
        """A convolution that keeps the spatial sizes."""
        padding = f", padding={kernel // 2}" if kernel > 1 else ""
        if self.stages > 1 and self.wrong():  # what the first layer receives is nowhere said
            into = self.another(into)
        names = self.rng.choice((("", ""), ("", ""), ("out_channels=", "kernel_size=")))
        given = f"{names[0]}{self.expression(out)}, {names[1]}{kernel}{padding}"
        return f"nn.Conv{self.env['d']}d({self.expression(into)}, {given})"

    def act(self) -> str:
        return self.rng.choice(
            ("nn.ReLU()", "nn.ReLU(inplace=True)", "nn.SiLU()", "nn.GELU()", "nn.LeakyReLU(0.1)", "nn.Tanh()")
        )

    def add(self, name: str) -> None:
        """Write a stage, if it fits."""
        stage, env = _STAGES[name], self.env
        if not eval(stage.fits, env):
            return
        self.stages += 1
        exec(stage.before, env)
        for line in stage.lines:
            kind = line[0] if line[0] in "|+>" else ""
            line = self.rng.choice(line[2 if kind else 0 :].split(" ¦ "))
            line = re.sub(r"\{\{|\}\}|\{([^{}]*)\}", lambda m: str(eval(m[1], env)) if m[1] else m[0][0], line)
            self.text[kind].append(re.sub(r"\$(\w+)", rf"\g<1>{self.stages}", line))
        exec(stage.after, env)
        for kind in "|+":
            self.text[kind] += [""] if stage.lines[0][0] in "|+" else []

    def write(self) -> Program:
        """The program, from a random input to a random head."""
        rng, env, start, tokens = self.rng, self.env, self.rng.random(), 0
        if start < 0.62:
            given = (2, rng.choice((3, 1, 4)), rng.choice((16, 20, 32)), rng.choice((16, 24)))
        elif start < 0.76:
            given = (2, rng.choice((1, 2, 6)), rng.choice((32, 40)))
        elif start < 0.84:
            given = (2, rng.choice((1, 3)), 8, rng.choice((12, 16)), 12)
        elif start < 0.93:
            given = (4, rng.choice((10, 20, 32)))
        else:
            given, tokens = (3, 7), 50
        env.update(d=len(given) - 2, c=given[1], s=list(given[2:]))
        if len(given) > 2:
            self.add(rng.choice(("attributes", "factory")))
            for name in rng.choices(_BODY, k=rng.randint(1, 5)):
                self.add("attributes" if env["c"] > 64 else name)
            if rng.random() < 0.5:
                small = env["c"] * math.prod(env["s"]) <= 4096
                self.add(rng.choice(("-vector", "-vector of four", "-vector of all" if small else "-vector")))
                self.add(rng.choice(("-mlp", "-mlp apart")))
        elif tokens:
            size = env["c"] = rng.choice((8, 12))
            self.text[""].append(f"self.embed = nn.Embedding({tokens}, {size})")
            self.text[">"].append("x = self.embed(x)")
            for name in rng.choice((("-recurrent",), ("-sequence linear", "-recurrent"), ("-recurrent", "-mlp"))):
                self.add(name)
        else:
            for name in rng.choices(("-mlp", "-mlp apart"), k=rng.randint(1, 3)):
                self.add(name)
        return self._assemble(given, tokens)

    def _assemble(self, given: tuple[int, ...], tokens: int) -> Program:
        takes_default, kind = self.rng.random() < 0.7, self.rng.random()
        lines = [_IMPORTS, "", *self.text["|"], "", "class Net(nn.Module):"]
        lines += [f"    def __init__(self, width{f'={self.width}' if takes_default else ''}):"]
        lines += ["        super().__init__()", *(f"        {line}" for line in self.text[""]), ""]
        lines += [*(f"    {line}" for line in self.text["+"]), "    def forward(self, x):"]
        lines += [*(f"        {line}" for line in self.text[">"]), "        return x", "", ""]
        entry = f"Net({'' if takes_default else self.width})"
        if kind < 0.35:
            lines += ["def build():", f"    return {entry}"]
            entry = "build()"
        elif kind < 0.7:
            sample = f"torch.randint(0, {tokens}, {given})" if tokens else f"torch.randn({', '.join(map(str, given))})"
            lines += ['if __name__ == "__main__":', f"    model = {entry}", "    model.eval()"]
            lines += [f"    print(model({sample}).shape)"]
            entry = ""
        elif not takes_default:
            lines += [f"model = {entry}"]
            entry = "model"
        return Program(self.seed, "\n".join(lines) + "\n", entry, given, tokens)


def _pooled(sizes: list[int], kernel: int, stride: int, padding: int, ceil: int) -> list[int]:
    """The spatial sizes after pooling."""
    found: list[int] = []
    for n in sizes:
        count = (n + 2 * padding - kernel + (stride - 1) * ceil) // stride + 1
        found.append(count - (ceil and (count - 1) * stride >= n + padding))
    return found
