"""Shared fixtures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText


@pytest.fixture
def lint(tmp_path: Path) -> Callable[..., FileReport]:
    """Check a text in a fresh workspace with the default settings, or with only the rules of `select`."""

    def run(code: str, *, select: tuple[str, ...] = ("BN",), name: str = "example.py") -> FileReport:
        settings = Settings(root=tmp_path, select=select)
        return check_source(tmp_path / name, SourceText(code), settings, Workspace())

    return run
