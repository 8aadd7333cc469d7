"""The formats that other programs read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console
from tests.cli.test_check import RIGHT, WRONG

from bn_lint.engine.check import FileReport
from bn_lint.report import FORMATS

Lint = Callable[..., FileReport]


@pytest.fixture
def write(lint: Lint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.chdir(tmp_path)
    reports = [lint(WRONG, name="a,b.py"), lint(RIGHT, name="right.py")]

    def run(name: str) -> str:
        out = io.StringIO()
        FORMATS[name](reports, Console(file=out))
        return out.getvalue()

    return run


def test_github(write: Callable[[str], str]) -> None:
    assert write("github") == (
        "::error title=bn-lint (BN101 num-features-mismatch),file=a%2Cb.py,line=8,col=34,endLine=8,endColumn=36"
        "::a,b.py:8:34: BN101 BatchNorm2d(32) receives 64 channels\n"
    )


def test_gitlab_fingerprint_survives_a_moved_line(lint: Lint) -> None:
    def fingerprints(code: str) -> list[str]:
        out = io.StringIO()
        FORMATS["gitlab"]([lint(code)], Console(file=out))
        return [row["fingerprint"] for row in json.loads(out.getvalue())]

    assert fingerprints(WRONG) == fingerprints("# a comment\n" + WRONG)
    twice = fingerprints(WRONG + WRONG.partition("\n")[2].replace("Net", "Other"))
    assert len(set(twice)) == 2


def test_junit(write: Callable[[str], str]) -> None:
    root = ElementTree.fromstring(write("junit"))
    assert root.attrib == {"name": "bn-lint", "tests": "2", "failures": "1", "errors": "0"}
    [failure] = root.iter("failure")
    assert failure.attrib["message"] == "BatchNorm2d(32) receives 64 channels"
    assert [suite.attrib["name"] for suite in root] == ["a,b.py", "right.py"]


def test_sarif(write: Callable[[str], str]) -> None:
    log = json.loads(write("sarif"))
    [run] = log["runs"]
    [result] = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "BN101"
    region = {"startLine": 8, "startColumn": 34, "endLine": 8, "endColumn": 36}
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "a,b.py"}, "region": region}
    assert [place["id"] for place in result["relatedLocations"]] == [1, 2, 3]
    [change] = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "64"}}]


def test_concise(write: Callable[[str], str]) -> None:
    assert write("concise") == "a,b.py:8:34: BN101 [*] num-features-mismatch: BatchNorm2d(32) receives 64 channels\n"
