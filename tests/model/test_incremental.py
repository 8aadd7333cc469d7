"""What a workspace says after edits is what a fresh one says of the same text."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.lsp_soak import EDIT, edited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.settings import Settings
from bn_lint.model.evaluation import EntryResult
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_EXAMPLES = Path(__file__).parents[2] / "examples"


def _told(report: FileReport) -> list[tuple[object, ...]]:
    return [(d.code, d.start, d.end, d.message, d.related, d.fix) for d in report.diagnostics]


def _check(path: Path, text: str, workspace: Workspace) -> FileReport:
    return check_source(path, SourceText(text), Settings(root=path.parent), workspace)


@pytest.mark.parametrize("name", ["wrong/one_of_each.py", "wrong/unet_skip.py", "right/small_resnet.py"])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=st.lists(EDIT, min_size=4, max_size=8))
def test_random_edits(name: str, edits: list[tuple[str, float, object]]) -> None:
    path = _EXAMPLES / name
    text = path.read_text(encoding="utf-8")
    history, workspace = [text], Workspace()
    _check(path, text, workspace)
    for edit in edits:
        history, text = [*history, text], edited(text, history, edit)
        report = _check(path, text, workspace)
        fresh = _check(path, text, Workspace())
        if any(d.code == "BN001" for d in fresh.diagnostics):
            assert any(d.code == "BN001" for d in report.diagnostics)
        else:
            assert _told(report) == _told(fresh)


def _results(workspace: Workspace) -> set[EntryResult]:
    assert workspace._runner is not None
    return {result for versions in workspace._runner.results.values() for result in versions}


def test_an_edit_in_one_function_runs_only_what_calls_it() -> None:
    text = """\
from torch import nn


def one():
    return nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8))


def two():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
"""
    path, workspace = Path("/w/net.py"), Workspace()
    assert not _check(path, text, workspace).diagnostics
    assert workspace._runner is not None
    before = _results(workspace)
    assert len(before) == 2
    changed = text.replace("BatchNorm2d(4)", "BatchNorm2d(5)")
    assert [d.code for d in _check(path, changed, workspace).diagnostics] == ["BN101"]
    changed_results = _results(workspace)
    assert len(before & changed_results) == len(before) == len(changed_results) - 1
    # Taken back, it needs no run at all.
    assert not _check(path, text, workspace).diagnostics
    assert _results(workspace) == changed_results
    _check(path, changed, workspace)
    # A comment changes nothing at all, while everything moves.
    runner = workspace._runner
    report = _check(path, "# a comment\n" + changed, workspace)
    assert [d.start.line for d in report.diagnostics] == [10]
    assert workspace._runner is runner


def test_edits_that_are_taken_back_need_no_run() -> None:
    texts = [(_EXAMPLES / "right/small_resnet.py").read_text(encoding="utf-8")]
    for old, new in (("planes, stride=1", "planes, step=1, stride=1"), ("expansion = 1", "expansion = 2")):
        texts.append(texts[-1].replace(old, new))
    path, workspace = Path("/w/net.py"), Workspace()
    shown: list[set[EntryResult]] = []
    for text in texts:
        _check(path, text, workspace)
        shown.append(_results(workspace))
    assert shown[0].isdisjoint(shown[1])
    assert shown[1].isdisjoint(shown[2])
    for text, before in zip(texts[1::-1], shown[1::-1], strict=True):
        assert _told(_check(path, text, workspace)) == _told(_check(path, text, Workspace()))
        assert _results(workspace) == before


def test_memory_of_left_texts_is_given_back() -> None:
    from bn_lint.source import tree

    path, workspace = Path("/w/net.py"), Workspace()
    for number in range(200):
        _check(path, f"def f():\n    return {number}\n", workspace)
    assert sum("def f():" in text for text in tree._fragments_by_text) < 40


def test_what_importing_ran_is_imported_anew() -> None:
    text = """\
from torch import nn


def width():
    return 8


class Net(nn.Module):
    size = width()

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(Net.size))

    def forward(self, x):
        return self.layers(x)
"""
    path, workspace = Path("/w/net.py"), Workspace()
    assert not _check(path, text, workspace).diagnostics
    for changed in (text.replace("return 8", "return 9"), text.replace("3, 8, 1", "3, 7, 1")):
        assert _told(_check(path, changed, workspace)) == _told(_check(path, changed, Workspace())) != []
        assert not _check(path, text, workspace).diagnostics
