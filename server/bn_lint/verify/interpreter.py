"""Which interpreter holds the user's torch."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bn_lint.engine.errors import UserError
from bn_lint.verify.client import interpreters

_HAS_TORCH = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"


def choose(named: str | None, start: Path) -> str:
    """The interpreter that was named, else the likeliest that has torch.

    Raises UserError with what was tried where none has it.
    """
    if named:
        return named
    tried = interpreters(start)
    for python in tried:
        try:
            if subprocess.run([python, "-c", _HAS_TORCH], capture_output=True, timeout=30, check=False).returncode == 0:
                return python
        except (OSError, subprocess.TimeoutExpired):
            continue
    raise UserError(f"no interpreter with torch found (tried {', '.join(tried)}); name it with --python")
