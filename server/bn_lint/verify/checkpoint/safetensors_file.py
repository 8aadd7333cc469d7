"""Reads safetensors files: the header, and of the data only what is asked for. Standard library only.

The format: eight bytes of header length, a JSON header that gives each tensor's type, shape and offsets, the data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bn_lint.engine.errors import UserError
from bn_lint.verify.checkpoint.tensors import Tensor, decode, width

# The format's own limit.
_MAX_HEADER = 100_000_000
INDEX = "model.safetensors.index.json"


def looks_like_one(start: bytes) -> bool:
    """Whether a file that starts with these bytes is one."""
    return len(start) >= 9 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= _MAX_HEADER


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name; their data is read when it is used.

    Raises UserError for a file that is cut off or not in the format.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(_MAX_HEADER, size - 8):
                raise UserError(f"{path}: cut off: its header says {length} bytes, and the file has {size}")
            header: Any = json.loads(file.read(length))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise UserError(f"{path}: not a safetensors file: {error}") from None
    try:
        entries: dict[str, Any] = dict(header)
    except (TypeError, ValueError):
        raise UserError(f"{path}: not a safetensors file: its header is no table") from None
    start = 8 + length
    return {name: _tensor(path, name, entry, start, size) for name, entry in entries.items() if name != "__metadata__"}


def read_sharded(index: Path) -> dict[str, Tensor]:
    """The tensors of all files that an index (`model.safetensors.index.json`) lists."""
    try:
        table: Any = json.loads(index.read_bytes())
        names = {str(name): str(file) for name, file in table["weight_map"].items()}
    except OSError as error:
        raise UserError(f"{index}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise UserError(f"{index}: not an index of safetensors files: it has no table `weight_map`") from None
    shards = {file: read(index.parent / file) for file in sorted(set(names.values()))}
    missing = next((name for name, file in names.items() if name not in shards[file]), None)
    if missing is not None:
        raise UserError(f"{index}: {names[missing]} does not hold {missing}, which the index says it does")
    return {name: shards[file][name] for name, file in names.items()}


def _tensor(path: Path, name: str, entry: Any, start: int, size: int) -> Tensor:
    try:
        dtype = str(entry["dtype"])
        shape = tuple(int(length) for length in entry["shape"])
        first, last = (int(offset) for offset in entry["data_offsets"])
    except (TypeError, KeyError, ValueError):
        raise UserError(f"{path}: not a safetensors file: the entry of {name} is incomplete") from None
    each = width(dtype)
    if not 0 <= first <= last <= size - start:
        raise UserError(f"{path}: cut off: {name} ends at byte {start + last}, and the file has {size}")
    if each is not None and last - first != math.prod(shape) * each:
        raise UserError(f"{path}: damaged: {name} is {dtype} of shape {list(shape)} but has {last - first} bytes")

    def values() -> Iterable[float]:
        with path.open("rb") as file:
            file.seek(start + first)
            return decode(dtype, file.read(last - first))

    return Tensor(dtype, shape, values)
