"""Every model under models/broken and models/sound shows what its comments say: stage, code, message, both lines."""

from __future__ import annotations

import subprocess

import pytest

from bn_lint.verify.client import Limits, Session
from tests.verify.table import Case, Outcome, cases

CASES = cases("broken") + cases("sound")
_ZOO = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torchvision') and u.find_spec('timm')))"


@pytest.fixture(scope="session")
def zoo(torch_python: str) -> bool:
    """Whether the interpreter has torchvision and timm."""
    return subprocess.run([torch_python, "-c", _ZOO], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_model(case: Case, worker: Session, zoo: bool) -> None:
    if "zoo.py" in case.target and not zoo:
        pytest.skip("torchvision and timm are not installed")
    result = worker.run(case.request, limits=Limits(timeout=300))
    assert Outcome(case, result.events, result.ended.value).complaints() == [], result.stderr[-2000:]


def test_there_are_enough() -> None:
    """Forty broken models at least, and twenty sound ones from libraries; each broken one names its lines."""
    broken = [case for case in CASES if case.expected]
    assert len(broken) >= 40
    assert len([case for case in CASES if "zoo.py" in case.target]) >= 20
