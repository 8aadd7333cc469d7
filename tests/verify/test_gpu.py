"""On a GPU, `bn-lint verify` shows of every model under models/gpu* what its comments say, with torch_tensorrt."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.verify.conftest import OUTCOMES
from tests.verify.table import Case, Outcome, cases, verified

pytestmark = pytest.mark.gpu

CASES = [case for folder in ("gpu", "gpu_zoo", "gpu_zoo_broken") for case in cases(folder)]
_MISSING = """
import importlib.util, torch
if not torch.cuda.is_available():
    print("torch", torch.__version__, "sees no GPU")
elif importlib.util.find_spec("torch_tensorrt") is None:
    print("torch_tensorrt is not installed")
"""


@pytest.fixture(scope="module")
def outcome_of(torch_python: str, request: pytest.FixtureRequest) -> Iterator[Callable[[Case], Outcome]]:
    """What one `bn-lint verify` over all selected models shows of one, once it has come to it."""
    missing = subprocess.run([torch_python, "-c", _MISSING], capture_output=True, text=True, check=False)
    if missing.returncode or missing.stdout:
        pytest.skip(f"{torch_python}: {missing.stdout.strip() or missing.stderr[-300:]}")
    selected = [item.callspec.params["case"] for item in request.session.items if item.module is request.module]
    options = ("verify_backend", "verify_timing", "verify_rows")
    # Where all of tests/ is run, this conftest comes too late to add options.
    backend, timing, rows = (request.config.getoption(option, None) for option in options)
    for case in selected:
        case.request.update({"backend": backend} if backend else {}, timing=bool(timing))
    coming = verified(selected, torch_python, timeout=300)
    shown = request.config.stash.setdefault(OUTCOMES, [])

    def outcome_of(case: Case) -> Outcome:
        while not any(o.case is case for o in shown):
            shown.append(next(coming))
            if rows:
                with open(rows, "a") as file:
                    print(*shown[-1].rows(), sep="\n", file=file)
        return next(o for o in shown if o.case is case)

    yield outcome_of
    coming.close()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_model(case: Case, outcome_of: Callable[[Case], Outcome]) -> None:
    assert outcome_of(case).complaints() == []
