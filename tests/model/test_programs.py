"""Small realistic programs of many kinds: what the evaluator says of each, and what PyTorch says.

A program starts at a line `# %% name: expression shape`: the expression builds its model, and the shape is that of an
input. Another file of its package starts at a line `# -> name.py`. A line that ends in `# BN101` (or another code) is
where the linter has to report, and PyTorch has to raise.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bn_lint.engine.check import check_source, read_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace

_FOLDER = Path(__file__).parents[1] / "data" / "programs"
_HEADER = re.compile(r"^# %% (.+?): (.+) (\([\d, ]+\))$", re.MULTILINE)
_FILE = re.compile(r"^# -> (.+)\n", re.MULTILINE)
_IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"


class Program(NamedTuple):
    name: str
    model: str
    shape: tuple[int, ...]
    files: dict[str, str]

    @property
    def expected(self) -> set[tuple[str, int, str]]:
        marked = re.compile(r"# (BN\d+)$")
        lines = [(name, *line) for name, text in self.files.items() for line in enumerate(text.splitlines(), 1)]
        return {(name, number, found[1]) for name, number, line in lines if (found := marked.search(line))}

    def write(self, folder: Path) -> list[Path]:
        paths = [folder / name for name in self.files]
        for path, text in zip(paths, self.files.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            (path.parent / "__init__.py").touch()
        return paths


def _programs() -> list[Program]:
    found: list[Program] = []
    for path in sorted(_FOLDER.glob("*.py")):
        parts = _HEADER.split(path.read_text(encoding="utf-8"))[1:]
        for name, model, shape, text in zip(*[iter(parts)] * 4, strict=True):
            sizes = tuple(int(size) for size in re.findall(r"\d+", shape))
            files = ["program.py", *_FILE.split(text)]
            texts = [_IMPORTS + part for part in files[1::2]]
            found.append(Program(f"{path.stem}: {name}", model, sizes, dict(zip(files[::2], texts, strict=True))))
    return found


PROGRAMS = _programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_mistake_and_nothing_else(program: Program, tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, select=("BN101", "BN102", "BN103", "BN104", "BN105"))
    workspace = Workspace()
    found = {
        (str(path.relative_to(tmp_path / "package")), d.start.line, d.code)
        for path in program.write(tmp_path / "package")
        for d in check_source(path, read_source(path), settings, workspace).diagnostics
    }
    assert found == program.expected


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_pytorch_agrees(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch: Any = pytest.importorskip("torch")
    name = f"package{PROGRAMS.index(program)}"
    program.write(tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    scope = vars(importlib.import_module(f"{name}.program"))
    raised: Exception | None = None
    models = [program.model]
    if program.expected and "Wide" in scope:
        models.append("Wide()")
    for model in models:
        try:
            eval(model, scope)(torch.zeros(program.shape))
        except (RuntimeError, ValueError) as error:
            raised = error
    assert (raised is not None) == bool(program.expected), raised
