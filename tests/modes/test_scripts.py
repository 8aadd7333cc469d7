"""Short scripts, right and wrong: the linter finds what is expected of it, and PyTorch says that it is so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bn_lint.engine.check import FileReport
from tests.modes.corpus import SCRIPTS, Script


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_findings(script: Script, lint: Callable[..., FileReport]) -> None:
    report = lint(script.text, select=("BN2",))
    assert {(d.start.line, d.code) for d in report.diagnostics} == script.expected


def test_the_corpus_is_large() -> None:
    """Both halves count, and each rule of the family is expected somewhere."""
    wrong = [script for script in SCRIPTS if script.expected]
    assert len(SCRIPTS) >= 120
    assert len(wrong) >= 60
    assert len(SCRIPTS) - len(wrong) >= 60
    assert {code for script in wrong for _, code in script.expected} == {f"BN{number}" for number in range(201, 215)}
    assert all((script.path.parent.name == "wrong") == bool(script.expected) for script in SCRIPTS)
