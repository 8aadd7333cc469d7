"""Reads a checkpoint with torch, in the user's interpreter: a script, which knows nothing of bn_lint.

    python torch_child.py OUTPUT CHECKPOINT...

Writes to OUTPUT one JSON object for each checkpoint, in a list: `groups`, which gives for each state dict that the
file holds, by the keys that lead to it, the tensors that may belong to a normalisation layer; or `error`, one line.
`weights_only=True`: nothing in a file is executed.
"""

from __future__ import annotations

import sys

# The folder of this script must not stand in front of what torch imports.
sys.path.pop(0)

import array
import base64
import importlib
import json
import pickle
import re
import warnings
from typing import Any

torch: Any = importlib.import_module("torch")

_STATISTICS = re.compile(r"(^|\.)running_(mean|var)$")
_FIELDS = ("running_mean", "running_var", "weight", "bias", "num_batches_tracked")
_TYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64", "int32": "I32"}
_MAX_DEPTH = 6


def main(output: str, paths: list[str]) -> None:
    results = [read(path) for path in paths]
    with open(output, "w", encoding="utf-8") as file:
        json.dump(results, file)


def read(path: str) -> dict[str, Any]:
    try:
        return {"groups": groups(load(path))}
    except Exception as error:
        return {"error": explain(error)}


def load(path: str) -> Any:
    options: dict[str, Any] = {"map_location": "cpu", "weights_only": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Only what is looked at is read from a file of gigabytes.
            return torch.load(path, mmap=True, **options)
        except (OSError, RuntimeError, TypeError, ValueError):
            return torch.load(path, **options)


def explain(error: Exception) -> str:
    text = str(error)
    if "TorchScript" in text:
        return "a TorchScript archive, which holds code; save state_dict() of the model and inspect that"
    if isinstance(error, pickle.UnpicklingError) or "weights_only" in text.lower():
        found = re.search(r"GLOBAL ([\w.]+)", text) or re.search(r"class ([\w.]+)", text)
        what = f" ({found[1]})" if found else ""
        return (
            f"holds more than tensors{what}, and bn-lint does not unpickle code; "
            "save state_dict() of the model and inspect that"
        )
    if isinstance(error, (EOFError, OSError)) or "PytorchStreamReader" in text or "central directory" in text:
        return "cut off or damaged"
    lines = text.strip().splitlines() or [""]
    return f"torch cannot read it: {type(error).__name__}: {lines[0]}"


def groups(loaded: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def walk(value: Any, keys: list[str], depth: int) -> None:
        if not hasattr(value, "items"):
            return
        own = {str(key): item for key, item in value.items() if isinstance(item, torch.Tensor)}
        if any(_STATISTICS.search(key) for key in own):
            found.append({"keys": keys, "tensors": {name: dump(own[name]) for name in of_norms(own)}})
        if depth < _MAX_DEPTH:
            for key, item in value.items():
                walk(item, [*keys, str(key)], depth + 1)

    walk(loaded, [], 0)
    return found


def of_norms(tensors: dict[str, Any]) -> list[str]:
    layers = {_STATISTICS.sub(r"\1", name) for name in tensors if _STATISTICS.search(name)}
    return [layer + field for layer in sorted(layers) for field in _FIELDS if layer + field in tensors]


def dump(tensor: Any) -> dict[str, Any]:
    name = str(tensor.dtype).rpartition(".")[2]
    if name in ("float64", "int64"):
        kept, dtype = tensor, _TYPES[name]
    else:
        kept, dtype = tensor.float(), "F32"
    code = {"F64": "d", "F32": "f", "I64": "q"}[dtype]
    data = array.array(code, kept.detach().reshape(-1).tolist()).tobytes()  # short tensors, and numpy may be missing
    return {
        "dtype": _TYPES.get(name, name),
        "shape": list(tensor.shape),
        "stored": dtype,
        "data": base64.b64encode(data).decode(),
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
