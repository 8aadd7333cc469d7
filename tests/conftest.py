"""Shared fixtures, and what BN_LINT_TEST_ALL=1 means."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

# Set by scripts/test.sh, which installs everything: then nothing may be skipped for want of a package or an editor.
_ALL = os.environ.get("BN_LINT_TEST_ALL") == "1"


@pytest.fixture
def lint(tmp_path: Path) -> Callable[..., FileReport]:
    """Check a text in a fresh workspace with the default settings, or with only the rules of `select`."""

    def run(code: str, *, select: tuple[str, ...] = ("BN",), name: str = "example.py") -> FileReport:
        settings = Settings(root=tmp_path, select=select)
        return check_source(tmp_path / name, SourceText(code), settings, Workspace())

    return run


@pytest.fixture(scope="session")
def torch_python() -> str:
    """The interpreter that holds torch: this one, or the one of BN_LINT_TORCH_PYTHON."""
    if importlib.util.find_spec("torch") is not None:
        return sys.executable
    named = os.environ.get("BN_LINT_TORCH_PYTHON")
    if not named:
        pytest.skip("torch is not installed, and BN_LINT_TORCH_PYTHON names no interpreter that has it")
    return named


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """A test that skips itself fails under BN_LINT_TEST_ALL=1.

    Two kinds of skip stay: those declared by a mark (`skipif`: a platform, a user), which are decided before the test
    runs, and those of tests marked `gpu`.
    """
    report = yield
    if _ALL and report.skipped and call.excinfo is not None and item.get_closest_marker("gpu") is None:
        error = call.excinfo.value
        if isinstance(error, pytest.skip.Exception) and not getattr(error, "_use_item_location", False):
            report.outcome = "failed"
            report.longrepr = _not_allowed(item.nodeid, error)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for a whole file that skips itself (`pytest.importorskip` at its top)."""
    report = yield
    if _ALL and report.skipped and report.longrepr is not None:
        report.outcome = "failed"
        report.longrepr = _not_allowed(collector.nodeid, report.longrepr[-1])
    return report


def _not_allowed(test: str, reason: object) -> str:
    return f"{test} was skipped, which BN_LINT_TEST_ALL=1 does not allow: {reason}"
