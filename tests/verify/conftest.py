"""A worker that many tests share; the table of the models that were verified on a GPU."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bn_lint.verify.client import Session
from tests.verify.table import MODELS, Outcome, summary

OUTCOMES = pytest.StashKey[list[Outcome]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options for tests/verify/test_gpu.py."""
    parser.addoption(
        "--verify-rows", metavar="FILE", help="append each row of the table to a file as soon as it is known"
    )
    parser.addoption("--verify-timing", action="store_true", help="verify on a GPU with --timing")
    parser.addoption("--verify-backend", choices=("onnx", "torch-tensorrt"), help="verify on a GPU with this backend")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of what was verified on a GPU."""
    outcomes = config.stash.get(OUTCOMES, [])
    if outcomes:
        terminalreporter.section("verified on a GPU")
        for line in [*(row for outcome in outcomes for row in outcome.rows()), *summary(outcomes)]:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def worker(torch_python: str) -> Iterator[Session]:
    """One worker for many models, where a process for each is not what is tested: importing torch takes seconds."""
    with Session(torch_python, cwd=str(MODELS)) as session:
        yield session
