"""The models in examples/ do what they say: the wrong ones are found and mended, the right ones are silent and run."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bn_lint.engine.check import FileReport
from bn_lint.engine.fixing import fix_all
from bn_lint.source.text import SourceText

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RIGHT = sorted((EXAMPLES / "right").glob("*.py"))
WRONG = sorted((EXAMPLES / "wrong").glob("*.py"))

Lint = Callable[..., FileReport]
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_right_models_are_silent(path: Path, lint: Lint) -> None:
    assert lint(path.read_text()).diagnostics == ()


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_every_mistake_is_found_on_its_line_and_nothing_else(path: Path, lint: Lint) -> None:
    code = path.read_text()
    said = {
        (number, found)
        for number, line in enumerate(code.splitlines(), 1)
        for found in re.findall(r"# (BN\d{3}):", line)
    }
    assert {(d.start.line, d.code) for d in lint(code).diagnostics} == said
    assert said


def test_one_of_each_is_one_of_each() -> None:
    codes = re.findall(r"# (BN\d{3}):", (EXAMPLES / "wrong" / "one_of_each.py").read_text())
    assert set(codes) == {"BN101", "BN201", "BN202", "BN207", "BN301"}


@needs_torch
@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_right_models_run(path: Path) -> None:
    _run(path)


@needs_torch
def test_one_of_each_fails_and_runs_once_fixed(lint: Lint, tmp_path: Path) -> None:
    path = tmp_path / "one_of_each.py"
    shutil.copy(EXAMPLES / "wrong" / "one_of_each.py", path)
    with pytest.raises(subprocess.CalledProcessError) as failed:
        _run(path)
    assert "running_mean should contain 16 elements not 8" in failed.value.stderr

    def check(source: SourceText) -> FileReport:
        return lint(source.text)

    fixed = fix_all(lint(path.read_text()), check)
    assert [d.code for d in fixed.report.diagnostics] == ["BN301"]
    path.write_text(fixed.report.source.text)
    assert re.search(r"exported \d+ nodes", _run(path))


def _run(path: Path) -> str:
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, timeout=300)
    return done.stdout
