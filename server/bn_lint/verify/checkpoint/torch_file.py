"""Checkpoints that only torch can read, through the user's interpreter."""

from __future__ import annotations

import base64
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bn_lint.engine.errors import UserError
from bn_lint.verify.checkpoint.tensors import Tensor, decode
from bn_lint.verify.script import run_script

CHILD = Path(__file__).with_name("torch_child.py")
_TIMEOUT_S = 600


@dataclass(frozen=True)
class Group:
    """One state dict of a checkpoint: `keys` lead to it, as `("ema",)`."""

    keys: tuple[str, ...]
    tensors: dict[str, Tensor]


def read(path: Path, python: str) -> list[Group]:
    """The state dicts of a checkpoint, with the tensors of their normalisation layers.

    Raises UserError where torch cannot read it without executing code from it, or the interpreter cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="bn-lint-") as folder:
        output = Path(folder) / "tensors.json"
        problem = run_script(python, CHILD, [str(output), str(path.absolute())], _TIMEOUT_S)
        if problem or not output.exists():
            remedy = "; name the interpreter that has torch with --python" if "No module named" in problem else ""
            raise UserError(f"{python}: could not read {path}: {problem}{remedy}")
        (result,) = json.loads(output.read_text(encoding="utf-8"))
    if "error" in result:
        raise UserError(f"{path}: {result['error']}")
    return _groups(result)


def _groups(result: dict[str, Any]) -> list[Group]:
    return [
        Group(tuple(group["keys"]), {name: _tensor(entry) for name, entry in group["tensors"].items()})
        for group in result["groups"]
    ]


def _tensor(entry: dict[str, Any]) -> Tensor:
    raw = base64.b64decode(entry["data"])
    return Tensor(entry["dtype"], tuple(entry["shape"]), lambda: decode(entry["stored"], raw))
