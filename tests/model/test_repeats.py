"""Constructions that are copied from earlier ones, and those that must not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model import repeats
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_BLOCK = """\
import torch.nn as nn

count = 0
log = []
table = {"width": 8, "sizes": [8]}


class Config:
    width = 8


config = Config()


class Block(nn.Module):
    made = 0
    sizes = []

    def __init__(self, width, history=[]):
        super().__init__()
        BODY
        self.conv = nn.Conv2d(8, wide, 1)
        self.bn = nn.BatchNorm2d(8)
        self.back = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        return self.back(self.bn(self.conv(x)))


def net():
    layers = [nn.Conv2d(3, 8, 1)]
    for index in range(6):
        block = Block(8)
        AFTER
        layers.append(block)
    return nn.Sequential(*layers)
"""


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    copy = repeats._copied
    monkeypatch.setattr(repeats, "_copied", lambda f, pattern: names.append(pattern.root.cls.name) or copy(f, pattern))
    return names


def _said(folder: Path, body: str, after: str) -> list[str]:
    text = _BLOCK.replace("BODY", body.replace("\n", "\n        ")).replace("AFTER", after)
    settings = Settings(root=folder, select=("BN101", "BN103", "BN104"))
    return [d.message for d in check_source(folder / "net.py", SourceText(text), settings, Workspace()).diagnostics]


def test_equal_blocks_are_copied(tmp_path: Path, copied: list[str]) -> None:
    assert _said(tmp_path, "wide = width", "pass") == []
    assert copied.count("Block") >= 4


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("global count\ncount += 1\nwide = 8 if count < 4 else 16", "pass"),
        ("Block.made += 1\nwide = 8 if Block.made < 4 else 16", "pass"),
        ("log.append(1)\nwide = 8 if len(log) < 4 else 16", "pass"),
        ("self.sizes.append(1)\nwide = 8 if len(self.sizes) < 4 else 16", "pass"),
        ("history.append(1)\nwide = 8 if len(history) < 4 else 16", "pass"),
        ("wide = table['width']", "table['width'] = 8 if index < 2 else 16"),
        ("wide = table['sizes'][0]", "table['sizes'][0] = 8 if index < 2 else 16"),
        ("wide = config.width", "config.width = 8 if index < 2 else 16"),
        ("wide = Config.width", "Config.width = 8 if index < 2 else 16"),
        ("wide = width", "block.conv = nn.Conv2d(8, 8 if index < 4 else 16, 1)"),
    ],
)
def test_a_construction_that_depends_on_what_changes_is_not(tmp_path: Path, body: str, after: str) -> None:
    (message,) = _said(tmp_path, body, after)
    assert "16" in message
