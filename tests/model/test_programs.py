"""Small realistic programs of many kinds: what the evaluator says of each, and what PyTorch says.

A program starts at a line `# %% name: expression shape`: the expression builds its model, and the shape is that of an
input. A line that ends in `# BN101` (or another code) is where the linter has to report, and PyTorch has to raise.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_FOLDER = Path(__file__).parents[1] / "data" / "programs"
_HEADER = re.compile(r"^# %% (.+?): (.+) (\([\d, ]+\))$", re.MULTILINE)
_IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"


class Program(NamedTuple):
    name: str
    model: str
    shape: tuple[int, ...]
    text: str

    @property
    def expected(self) -> set[tuple[int, str]]:
        marked = re.compile(r"# (BN\d+)$")
        lines = enumerate(self.text.splitlines(), 1)
        return {(number, found[1]) for number, line in lines if (found := marked.search(line))}


def _programs() -> list[Program]:
    found: list[Program] = []
    for path in sorted(_FOLDER.glob("*.py")):
        parts = _HEADER.split(path.read_text(encoding="utf-8"))[1:]
        for name, model, shape, text in zip(*[iter(parts)] * 4, strict=True):
            sizes = tuple(int(size) for size in re.findall(r"\d+", shape))
            found.append(Program(f"{path.stem}: {name}", model, sizes, _IMPORTS + text))
    return found


PROGRAMS = _programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_mistake_and_nothing_else(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(program.text)
    settings = Settings(root=tmp_path, select=("BN101", "BN102", "BN103", "BN104", "BN105"))
    report = check_source(path, SourceText(program.text), settings, Workspace())
    assert {(d.start.line, d.code) for d in report.diagnostics} == program.expected


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_pytorch_agrees(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    torch: Any = pytest.importorskip("torch")
    module = ModuleType("program")
    monkeypatch.setitem(sys.modules, "program", module)  # dataclasses look their module up
    scope = vars(module)
    exec(compile(program.text, "program.py", "exec"), scope)
    raised: Exception | None = None
    models = [program.model]
    if program.expected and "class Wide(" in program.text:
        models.append("Wide()")
    for model in models:
        try:
            eval(model, scope)(torch.zeros(program.shape))
        except (RuntimeError, ValueError) as error:
            raised = error
    assert (raised is not None) == bool(program.expected), raised
