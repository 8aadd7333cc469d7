"""bn-lint and PyTorch on the same random programs: the same verdict, or silence."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.agreement.compare import compare

# A Python that has torch, where the one that runs the tests has none.
_PYTHON = os.environ.get("BN_LINT_TORCH_PYTHON")


def test_sixty_programs(tmp_path: Path) -> None:
    if not _PYTHON:
        pytest.importorskip("torch")
    results = compare(range(1000, 1060), tmp_path, _PYTHON or sys.executable)
    assert [f"seed {r.program.seed}: {r.why}" for r in results if r.verdict == "disagree"] == []
    verdicts = Counter(result.verdict for result in results)
    # Silence is allowed, but not as a way to be right.
    assert verdicts["agree"] > verdicts["silent"], verdicts
