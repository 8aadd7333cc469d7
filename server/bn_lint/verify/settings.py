"""`[[tool.bn-lint.verify]]`: the models of a project that `bn-lint verify` without a target verifies."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from bn_lint.engine.errors import UserError
from bn_lint.engine.settings import Settings
from bn_lint.verify.client import Limits


class Entry(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """One entry. The keys are the command line's options; `target` is relative to the file's folder."""

    target: str
    name: str = ""
    input: list[str] = []
    dynamic: list[str] = []
    backend: str = "auto"
    compute: str = msgspec.field(default="", name="compute-capability")
    exporter: str = "dynamo"
    precision: str = "float32"
    python: str = ""
    timeout: float = 600.0
    memory: str = ""
    timing: bool = False


def entries(settings: Settings) -> list[Entry]:
    """The project's entries. Raises UserError that names the file and the key of a wrong one."""
    found: list[Entry] = []
    for number, raw in enumerate(settings.verify, 1):
        try:
            found.append(msgspec.convert(_as_dict(raw), Entry))
        except msgspec.ValidationError as error:
            raise UserError(
                f"{settings.origin}: [[tool.bn-lint.verify]] number {number}: {_lower(str(error))}"
            ) from None
    return found


def _as_dict(raw: Any) -> dict[str, Any]:
    # A single input may be written without its list.
    row: dict[str, Any] = dict(raw)
    for key in ("input", "dynamic"):
        if isinstance(row.get(key), str):
            row[key] = [row[key]]
    return row


def _lower(text: str) -> str:
    return text.replace("`", "'")[:1].lower() + text.replace("`", "'")[1:]


def request_of(entry: Entry, module: str = "", *, bisect: bool = False) -> dict[str, Any]:
    """What the worker is asked for."""
    return {
        "target": entry.target,
        "inputs": entry.input,
        "dynamic": entry.dynamic,
        "backend": entry.backend,
        "compute": entry.compute,
        "exporter": entry.exporter,
        "precision": entry.precision,
        "module": module,
        "bisect": bisect,
        "timing": entry.timing,
    }


def limits_of(entry: Entry) -> Limits:
    """What the worker may use. Raises UserError for a memory size that is none."""
    return Limits(entry.timeout, _bytes(entry.memory))


_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def _bytes(text: str) -> int | None:
    """`8G` in bytes. Raises UserError for another form."""
    if not text:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise UserError(f"--memory {text!r}: write a size such as 8G or 500M")
    return int(float(match[1]) * _UNITS[match[2].upper()])
