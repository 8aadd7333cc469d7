"""Layers that only a few of many models build, behind names, strings and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model import borrowing
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_HEAD = "import torch.nn as nn\n"
_GATES = """
class Plain(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        return self.fc(x)


class Squeezed(nn.Module):
    def __init__(self, channels, inner, norm_layer=None):
        super().__init__()
        self.fc = nn.Conv2d(channels, inner, 1)
        self.bn = norm_layer(WIDTH) if norm_layer else nn.Identity()

    def forward(self, x):
        return self.bn(self.fc(x))
"""
_BUILDER = """
from .gates import Plain, Squeezed


def gate(kind, channels):
    if kind == "plain":
        return Plain(channels)
    elif kind == "squeezed_bn":
        return Squeezed(channels, channels // 4, norm_layer=nn.BatchNorm2d)
    return nn.Identity()
"""
_MODEL = """
from .builder import gate


class Net(nn.Module):
    def __init__(self, kind, width):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3)
        self.gate = gate(kind, width)

    def forward(self, x):
        return self.gate(self.stem(x))


CONFIGS = {
    ROWS
}


def build(name):
    return Net(**CONFIGS[name])
"""


def _findings(folder: Path, files: dict[str, str], name: str) -> list[tuple[int, str]]:
    for each, text in {"__init__.py": "", **files}.items():
        (folder / each).write_text(text)
    report = check_source(
        folder / name, SourceText(files[name]), Settings(root=folder.parent, select=("BN101",)), Workspace()
    )
    return [(d.start.line, d.code) for d in report.diagnostics]


def _zoo(width: str) -> dict[str, str]:
    names = [f"net{number}" for number in range(40)]
    kinds = {"net33": "squeezed_bn"}
    rows = "\n    ".join(f'"{n}": dict(kind="{kinds.get(n, "plain")}", width={16 + i}),' for i, n in enumerate(names))
    factories = "".join(f'\n\ndef {name}():\n    return build("{name}")\n' for name in names)
    return {
        "gates.py": _HEAD + _GATES.replace("WIDTH", width),
        "builder.py": _HEAD + _BUILDER,
        "models.py": _HEAD + _MODEL.replace("ROWS", rows) + factories,
    }


def test_one_of_forty_factories_is_found_by_the_string_that_its_row_passes(tmp_path: Path) -> None:
    # 49 // 4 is the width of the one gate with a norm; symbols prove nothing about `channels` and `inner`.
    assert _findings(tmp_path, _zoo("channels"), "gates.py") == [(16, "BN101")]


def test_and_nothing_is_said_of_a_right_layer(tmp_path: Path) -> None:
    assert _findings(tmp_path, _zoo("inner"), "gates.py") == []


def test_the_one_file_of_many_that_passes_a_norm_lends_first(tmp_path: Path) -> None:
    layers = "nn.Conv2d(3, 32, 1), Squeezed(32, 8{})"
    call = f"\nfrom .gates import Squeezed\n\n\ndef net():\n    return nn.Sequential({layers})\n"
    files = {f"net{number:02}.py": _HEAD + call.format("") for number in range(30)}
    files["net29.py"] = _HEAD + call.format(", norm_layer=nn.BatchNorm2d")
    files["gates.py"] = _HEAD + _GATES.replace("WIDTH", "channels")
    assert _findings(tmp_path, files, "gates.py") == [(16, "BN101")]


def test_a_norm_that_is_looked_up_is_a_norm(tmp_path: Path) -> None:
    layers = """
NORMS = {"bn": nn.BatchNorm2d, "gn": nn.GroupNorm}


def get_norm(name):
    return NORMS[name]


def create(name, channels):
    layer = get_norm(name)
    return layer(channels * 2)
"""
    model = (
        "\nfrom .layers import create\n\n\ndef net():\n    return nn.Sequential(nn.Conv2d(3, 8, 1), create('bn', 8))\n"
    )
    files = {"layers.py": _HEAD + layers, "model.py": _HEAD + model}
    assert _findings(tmp_path, files, "layers.py") == [(12, "BN101")]


def test_calls_in_which_two_names_stand_for_one_width_do_not_settle_a_layer(tmp_path: Path) -> None:
    block = """
class Block(nn.Module):
    def __init__(self, inside, outside, size=3):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, size)
        self.bn = nn.BatchNorm2d(inside)

    def forward(self, x):
        return self.bn(self.conv(x))


def stack():
    return nn.Sequential(Block(1, 1, 5), Block(1, 1, 7))
"""
    model = "\nfrom .block import Block\n\n\ndef net():\n    return nn.Sequential(nn.Conv2d(3, 4, 1), Block(4, 8))\n"
    assert _findings(tmp_path, {"block.py": _HEAD + block, "model.py": _HEAD + model}, "block.py") == [(7, "BN101")]


def test_after_an_edit_the_same_is_borrowed_without_a_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searches: list[object] = []
    search = borrowing._search
    monkeypatch.setattr(borrowing, "_search", lambda ev, *rest: searches.append(ev) or search(ev, *rest))
    files = _zoo("channels")
    files["gates.py"] += "SIZE = 3\n"
    _findings(tmp_path, files, "gates.py")
    workspace = Workspace()

    def told(text: str, workspace: Workspace) -> tuple[list[str], frozenset[Path]]:
        path = tmp_path / "gates.py"
        report = check_source(path, SourceText(text), Settings(root=tmp_path.parent, select=("BN101",)), workspace)
        return [d.message for d in report.diagnostics], workspace.dependencies(workspace.open(path, SourceText(text)))

    def searched(text: str) -> bool:
        """After an edit; what is said is what a fresh check says."""
        searches.clear()
        assert told(text, workspace) == told(text, Workspace())
        assert workspace._runner is not None
        return workspace._runner.ev in searches  # a fix is tried, and the fresh check made, by others

    text = files["gates.py"]
    assert searched(text)
    assert told(text, workspace)[0]
    # The layer itself, another class, what importing runs, each taken back.
    right = text.replace("norm_layer(channels)", "norm_layer(inner)")
    for other in (
        right,
        right.replace("channels, channels, 1", "channels, channels, 3"),
        right,
        right.replace("SIZE = 3", "SIZE = 4"),
        right,
        text,
    ):
        assert not searched(other)
    # A word that leads to the layer.
    assert searched(text.replace("norm_layer", "norm"))
    searched(text)
    # Another file: the row that passes the norm passes it no more.
    models = files["models.py"].replace('"squeezed_bn"', '"plain"')
    (tmp_path / "models.py").write_text(models)
    workspace.open(tmp_path / "models.py", SourceText(models))
    assert searched(text)
    assert not told(text, workspace)[0]
