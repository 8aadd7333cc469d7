"""Running the command line in this process, as `bn-lint` would run it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bn_lint.cli.app import main


class Result(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `bn-lint ARGS...` in `tmp_path` and give its exit status and output."""
    monkeypatch.chdir(tmp_path)

    def invoke(*args: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["bn-lint", *map(str, args)])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Result(stopped.value.code, out, err)

    return invoke
