"""Of models that differ in nothing but their depth, the shallowest speaks for all where a run is dear."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_NET = """
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, cin, cout, wide):
        super().__init__()
        inner = cout * (2 if wide else 1)
        self.conv1 = nn.Conv2d(cin, inner, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(inner, cout, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(cout)

    def forward(self, x):
        return self.norm2(self.conv2(self.norm1(self.conv1(x))))


class Net(nn.Module):
    def __init__(self, layers, wide=False):
        super().__init__()
        stages = [nn.Conv2d(3, 8, 3)]
        for depth in layers:
            for _ in range(depth):
                stages.append(Block(8, 8, wide))
        self.stages = nn.Sequential(*stages)

    def forward(self, x):
        return self.stages(x)

"""


def _ran(text: str) -> tuple[list[str], list[str]]:
    """The factories that were run, and the codes of what was found."""
    path, workspace = Path("/w/net.py"), Workspace()
    report = check_source(path, SourceText(text), Settings(root=path.parent), workspace)
    file = workspace.file(path)
    assert file is not None
    runs = workspace.evaluate(file).runs
    return sorted(entry.text for entry in runs if entry.text.startswith("net")), [d.code for d in report.diagnostics]


def _factories(*rows: tuple[str, str]) -> str:
    return _NET + "".join(f'def {name}():\n    """{name}"""\n    return Net({given})\n\n\n' for name, given in rows)


def test_the_shallowest_speaks_for_deeper_ones() -> None:
    ran, codes = _ran(_factories(("net114", "[6, 8, 36, 6]"), ("net66", "[6, 8, 12, 6]"), ("net88", "[6, 8, 23, 6]")))
    assert ran == ["net66()"]
    assert not codes


@pytest.mark.parametrize(
    "rows",
    [
        # More than the depth is another.
        (("net66", "[6, 8, 12, 6]"), ("net66w", "[6, 8, 12, 6], wide=True")),
        # What takes no time is run.
        (("net2", "[1, 1]"), ("net2w", "[1, 1], wide=True"), ("net3", "[1, 2]")),
    ],
)
def test_others_are_run(rows: tuple[tuple[str, str], ...]) -> None:
    ran, codes = _ran(_factories(*rows))
    assert ran == sorted(f"{name}()" for name, _ in rows)
    assert "BN101" in codes


def test_a_name_may_stand_for_a_row_of_a_table() -> None:
    tables = """
LAYERS = {"net66": dict(layers=[6, 8, 12, 6]), "net66w": dict(layers=[6, 8, 12, 6], wide=True)}


def net66():
    return Net(**LAYERS["net66"])


def net66w():
    return Net(**LAYERS["net66w"])
"""
    ran, codes = _ran(_NET + tables)
    assert ran == ["net66()", "net66w()"]
    assert "BN101" in codes
