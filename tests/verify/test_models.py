"""Every model under models/broken and models/sound shows what its comments say: stage, code, message, both lines."""

from __future__ import annotations

import pytest

from bn_lint.verify.client import Limits, Session
from tests.verify.table import Case, Outcome, cases

CASES = cases("broken") + cases("sound")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_model(case: Case, worker: Session) -> None:
    result = worker.run(case.request, limits=Limits(timeout=300))
    assert Outcome(case, result.events, result.ended.value).complaints() == [], result.stderr[-2000:]
