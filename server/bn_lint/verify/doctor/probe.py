"""Asks an interpreter what it has."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bn_lint.engine.errors import UserError
from bn_lint.verify.script import run_script

_CHILD = Path(__file__).with_name("probe_child.py")
_TIMEOUT_S = 300


@dataclass
class Found:
    """What an interpreter has.

    `packages` are versions by the name of the distribution; `modules` what importing each told: `version`, or `error`.
    `driver` is the newest CUDA that the driver supports.
    """

    python: str
    executable: str
    platform: str
    packages: dict[str, str] = field(default_factory=dict[str, str])
    modules: dict[str, dict[str, Any]] = field(default_factory=dict[str, "dict[str, Any]"])
    driver: str | None = None

    def imports(self, module: str) -> bool:
        """Whether a module can be imported."""
        return module in self.modules and "error" not in self.modules[module]

    @property
    def gpus(self) -> list[dict[str, str]]:
        """Name and compute capability of each GPU that torch can use."""
        return self.modules.get("torch", {}).get("gpus", [])


def probe(python: str) -> Found:
    """Look at an interpreter. Raises UserError where it cannot be run, or is no Python."""
    with tempfile.TemporaryDirectory(prefix="bn-lint-") as folder:
        output = Path(folder) / "facts"
        output.touch()
        status = run_script(python, _CHILD, [str(output)], _TIMEOUT_S)
        facts: list[dict[str, Any]] = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    if not facts:
        raise UserError(f"{python}: not a working Python interpreter: {status or 'it printed nothing'}")
    return _found(facts, status)


def _found(facts: list[dict[str, Any]], status: str) -> Found:
    first = facts[0]
    found = Found(first["version"], first["executable"], f"{first['platform']} {first['machine']}")
    importing: str | None = None
    for fact in facts[1:]:
        kind = fact.pop("fact")
        if kind == "packages":
            found.packages = fact["versions"]
        elif kind == "driver":
            found.driver = fact["cuda"]
        elif kind == "importing":
            importing = fact["module"]
        elif kind == "module":
            found.modules[fact.pop("name")] = fact
            importing = None
    if importing is not None:
        # The import took the process with it.
        found.modules[importing] = {"error": status or "the process ended"}
    return found
