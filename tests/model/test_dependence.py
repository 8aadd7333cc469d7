"""Which code notices that a table of another file has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_lint.model.dependence import affected
from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile

_TABLE = "n = {'a': 8}\n"


@pytest.mark.parametrize(
    ("text", "noticing"),
    [
        ("n = 3\nwidth = n\n", []),  # its own
        ("from t import n\nwidth = n\nother = width\n", [0, 1, 2]),
        ("from t import *\nwidth = n\n", [1]),
        ("import t\nwidth = t.n\nother = width\n", [0, 1, 2]),
        ("import t\nwidth = getattr(t, 'n')\n", [1]),
        ("import t\ndef f():\n    return t.n\nwidth = 3\n", [1]),
        ("import t\nwidths = [n for n in range(3)]\n", []),
    ],
)
def test_another_file(text: str, noticing: list[int]) -> None:
    table = SourceFile(Path("/t.py"), SourceText(_TABLE))
    user = SourceFile(Path("/user.py"), SourceText(text))
    found = affected(table.pieces, [*table.pieces, *user.pieces])
    assert [i for i, piece in enumerate(user.pieces) if piece in found] == noticing


def test_its_own_file() -> None:
    pieces = SourceFile(Path("/t.py"), SourceText(f"{_TABLE}width = n['a']\n\n\ndef f():\n    return width\n")).pieces
    assert affected(pieces[:1], pieces) == set(pieces)
