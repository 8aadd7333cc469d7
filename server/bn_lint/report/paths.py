"""How a path is shown."""

from __future__ import annotations

import os
from pathlib import Path


def shown(path: Path) -> str:
    """Relative to the working directory where it lies below it, else absolute."""
    try:
        return os.fspath(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
