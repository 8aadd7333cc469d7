"""What operations do to shapes, against PyTorch: the same shape or an unknown one, an error only where it raises."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bn_lint.model import calls
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import Entry
from bn_lint.model.frame import Frame
from bn_lint.model.path import Path as Ways
from bn_lint.model.values import Tensor, Value
from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile

_PYTHON = os.environ.get("BN_LINT_TORCH_PYTHON")
_IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
_SHAPES = [
    (2, 3, 4, 4),
    (2, 4, 8, 6),
    (2, 3, 4),
    (2, 4, 4),
    (3, 4),
    (4,),
    (1, 4, 1, 1),
    (2, 3, 4, 5, 6),
    (2, 8),
    (8, 1),
]
_ARGUMENTS = {
    "i": "-2 -1 0 1 2 3".split(), "n": "1 2 3 4".split(), "z": "0 1 2".split(), "s": "2 3 4 6 -1".split(),
    "b": ["True", "False"], "d": ["-1", "1", "(1, 2)", "[2, 3]", "(-2, -1)"],
    "k": ["0", ":", "1:", "::2", "None", "...", "[0, 1]", "-2:", "x[0] > 0"],
    "y": ["torch.zeros(2, 3, 4)", "torch.zeros(4)", "torch.zeros(3, 1)", "x", "x[:1]", "2", "x.transpose(-1, -2)"],
}  # fmt: skip
# Runs each expression over each shape; prints the shape, or None where PyTorch raises.
_ORACLE = """
import json, sys, warnings
warnings.simplefilter("ignore")
shape = lambda v: list(v.shape) if isinstance(v, torch.Tensor) else [shape(x) for x in v]
found = []
for size, text in json.load(sys.stdin):
    try:
        found.append(shape(eval(text, globals(), {"x": torch.zeros(size)})))
    except Exception:
        found.append(None)
json.dump(found, sys.stdout)
"""


def _cases(count: int) -> list[tuple[tuple[int, ...], str]]:
    rng = random.Random(7)
    templates = Path(__file__).with_name("operations.txt").read_text(encoding="utf-8").splitlines()
    return [
        (rng.choice(_SHAPES), re.sub(r"\$(\w)", lambda found: rng.choice(_ARGUMENTS[found[1]]), template))
        for template in templates
        for _ in range(count)
    ]


def _agree(found: Value, wanted: Any) -> bool:
    """Whether a value has the shape that PyTorch says, as far as it is known."""
    if isinstance(found, tuple | list):
        return len(found) == len(wanted) and all(map(_agree, found, wanted))
    if not isinstance(found, Tensor) or found.dims is None:
        return True
    return len(found.dims) == len(wanted) and all(
        not isinstance(size, int) or size == want for size, want in zip(found.dims, wanted, strict=True)
    )


def test_operations_agree_with_pytorch() -> None:
    if not _PYTHON:
        pytest.importorskip("torch")
    cases = _cases(12)
    ran = subprocess.run(
        [_PYTHON or sys.executable, "-c", _IMPORTS + _ORACLE],
        input=json.dumps(cases), capture_output=True, text=True, check=True, env={"OMP_NUM_THREADS": "1", "PATH": ""},
    )  # fmt: skip
    functions = "".join(f"def f{i}(x):\n    return {text}\n" for i, (_, text) in enumerate(cases))
    file = SourceFile(Path("/nowhere/operations.py"), SourceText(_IMPORTS + functions))
    ev = Evaluator(lambda path: file)
    scope = ev.loader.scope_of(file.path)
    assert scope is not None
    ev.loader.run(scope)
    wrong: list[str] = []
    known = 0
    for i, ((shape, text), wanted) in enumerate(zip(cases, json.loads(ran.stdout), strict=True)):
        if wanted is None:
            continue  # a mistake may go unnoticed
        made: list[Value] = []
        frame, function = Frame(ev, scope, file.pieces[-1], {}), scope.vars[f"f{i}"]

        def run() -> None:
            made.append(calls.call(frame, function, [Tensor(shape)], {}))  # noqa: B023

        ev.run(Entry(text, None), Ways(ev.atoms), run)
        if not made or not _agree(made[0], wanted):
            wrong.append(f"{text} of {shape}: {made or 'an error'} instead of {wanted}")
        known += bool(made) and isinstance(made[0], Tensor) and made[0].dims is not None
    assert wrong == []
    assert known > 0.8 * sum(wanted is not None for wanted in json.loads(ran.stdout))
