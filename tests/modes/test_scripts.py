"""Short scripts, right and wrong: the linter finds what is expected of it, and PyTorch says that it is so."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText
from tests.modes.corpus import SCRIPTS, Script, unpack

# Calls that put the model in the mode that they want themselves, or want train mode.
_SWITCH = ("openvino.convert_model", "prepare_qat")
_MODE_AT_EXPORT = {"BN201", "BN203", "BN212"}
Outcomes = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack(tmp_path_factory.mktemp("scripts"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_findings(script: Script, folder: Path) -> None:
    path = script.path(folder)
    settings = Settings(root=path.parent, select=("BN2",))
    report = check_source(path, SourceText(script.text), settings, Workspace())
    assert {(d.start.line, d.code) for d in report.diagnostics} == script.expected


def test_the_corpus_is_large() -> None:
    """Both halves count, and each rule of the family is expected somewhere."""
    wrong = [script for script in SCRIPTS if script.expected]
    assert len(wrong) >= 60
    assert len(SCRIPTS) - len(wrong) >= 60
    assert {code for script in wrong for _, code in script.expected} == {f"BN{number}" for number in range(201, 215)}
    assert all(script.name.startswith("wrong/") == bool(script.expected) for script in SCRIPTS)
    assert len({script.name for script in SCRIPTS}) == len(SCRIPTS)


@pytest.fixture(scope="session")
def outcomes(torch_python: str, folder: Path) -> Outcomes:
    """What each script did under PyTorch, by its path: all of them in one process."""
    paths = [str(script.path(folder)) for script in SCRIPTS]
    command = [torch_python, str(Path(__file__).with_name("oracle.py")), *paths]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr
    return {row["path"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_pytorch_agrees(script: Script, folder: Path, outcomes: Outcomes) -> None:
    outcome = outcomes[str(script.path(folder))]
    if "missing" in outcome:
        # Its library is no part of the set-up: what the linter says of it is tested, what PyTorch says is not.
        assert outcome["missing"] == script.needs
        return
    exports: list[dict[str, Any]] = outcome["exports"]
    if not script.expected:
        assert outcome["error"] == ""
        assert [row for row in exports if any(row["training"]) and not _is_switched(row)] == []
        return
    assert outcome["error"] in (script.raises or ("", "AssertionError"))
    assert outcome["proof"] in (None, True)
    for line, code in script.expected:
        assert _is_proved(line, code, script, outcome), (line, code)


def _is_switched(row: dict[str, Any]) -> bool:
    return row["name"] in _SWITCH or (row["name"] == "torch.onnx.export" and row["dynamo"] is False)


def _is_proved(line: int, code: str, script: Script, outcome: dict[str, Any]) -> bool:
    """Whether what PyTorch did is what a finding on a line says."""
    here = [row for row in outcome["exports"] if row["line"] == line]
    raised = bool(script.raises) and line in outcome["lines"]
    if code in _MODE_AT_EXPORT:
        return raised or any(any(row["training"]) for row in here)
    if code in ("BN202", "BN211"):
        return any(any(row["training"]) for row in outcome["exports"])
    if code == "BN205":
        return any(row["flag"] in ("TRAINING", "PRESERVE") for row in here)
    if code == "BN206":
        return raised or any(all(row["training"]) for row in here)
    return raised or outcome["proof"] is True
