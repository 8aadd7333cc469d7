"""The command line."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bn_lint.cli.app import main

DATA = Path(__file__).parent / "data"


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def bn_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `bn-lint ARGUMENTS` in an empty folder. In this process: starting one takes longer than most commands."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, input: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["bn-lint", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input.encode())))
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        status = left.value.code
        assert isinstance(status, int)
        return Done(status, *capsys.readouterr())

    return run
