"""An interpreter that has torch, and a worker of it that many tests share."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bn_lint.verify.client import Session

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def torch_python() -> str:
    """The interpreter that holds torch: this one, or the one of BN_LINT_TORCH_PYTHON."""
    if importlib.util.find_spec("torch") is not None:
        return sys.executable
    named = os.environ.get("BN_LINT_TORCH_PYTHON")
    if not named:
        pytest.skip("torch is not installed, and BN_LINT_TORCH_PYTHON names no interpreter that has it")
    return named


@pytest.fixture(scope="session")
def worker(torch_python: str) -> Iterator[Session]:
    """One worker for many models, where a process for each is not what is tested: importing torch takes seconds."""
    with Session(torch_python, cwd=str(MODELS)) as session:
        yield session
