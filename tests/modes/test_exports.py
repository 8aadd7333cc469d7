"""The table of export calls against PyTorch itself: each row that claims to have been run is run again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from bn_lint.model.torch_.exports import BY_NAME, EXPORT_SITES, Argument, Outcome, Takes

Measured = dict[tuple[str, int], dict[str, str]]

ROWS = [
    (site.names[0], index)
    for site in EXPORT_SITES
    for index, behaviour in enumerate(site.behaviours)
    if behaviour.ran.startswith("torch 2")
]


@pytest.fixture(scope="session")
def measured(torch_python: str) -> Measured:
    """What each row did under PyTorch: all of them in one process."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [torch_python, str(Path(__file__).with_name("run_exports.py"))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(root / "server")},
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {(row["name"], row["index"]): row for row in rows}


@pytest.mark.parametrize(("name", "index"), ROWS, ids=[f"{name}-{index}" for name, index in ROWS])
def test_row_tells_what_torch_does(name: str, index: int, measured: Measured) -> None:
    behaviour = BY_NAME[name].behaviours[index]
    row = measured[name, index]
    assert row["outcome"] == behaviour.outcome.value, row["error"]
    assert behaviour.error in row["error"]


def test_many_rows_are_run() -> None:
    assert len(ROWS) >= 35


@pytest.mark.parametrize("site", EXPORT_SITES, ids=lambda site: site.names[0])
def test_site_is_complete(site: object) -> None:
    """Each site says something for a call with no arguments but the model, or says under what conditions it does."""
    site = BY_NAME[site.names[0]]
    assert site.wants in ("eval", "train")
    assert site.behaviours
    for behaviour in site.behaviours:
        assert behaviour.clause
        assert behaviour.source or behaviour.ran
        assert bool(behaviour.error) == (behaviour.outcome is Outcome.ERROR)
        assert all(isinstance(value, bool | str | Argument) for _, value in behaviour.when)
    assert site.position >= 0 or site.argument == "self"
    assert site.takes in Takes
