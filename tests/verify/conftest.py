"""A worker that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bn_lint.verify.client import Session

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def worker(torch_python: str) -> Iterator[Session]:
    """One worker for many models, where a process for each is not what is tested: importing torch takes seconds."""
    with Session(torch_python, cwd=str(MODELS)) as session:
        yield session
