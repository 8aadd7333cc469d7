"""Imports are followed as Python follows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_lint.engine.check import check_source, read_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace

_BLOCKS = """\
from torch import nn


def block():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
"""


@pytest.mark.parametrize(
    "own", ["from package import blocks", "from . import blocks", "from package import blocks as parts"]
)
@pytest.mark.parametrize(
    "use", ["import package\n\nmodel = package.{0}.block()", "from package import {0}\n\nmodel = {0}.block()"]
)
def test_a_package_that_imports_its_own_parts(tmp_path: Path, own: str, use: str) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text(own + "\n")
    (tmp_path / "package" / "blocks.py").write_text(_BLOCKS)
    script = tmp_path / "script.py"
    name = "parts" if own.endswith("parts") else "blocks"
    script.write_text("import torch\n" + use.format(name) + "\ntorch.export.export(model, ())\n")
    report = check_source(script, read_source(script), Settings(root=tmp_path, select=("BN201",)), Workspace())
    assert [d.code for d in report.diagnostics] == ["BN201"]
