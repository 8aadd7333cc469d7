"""How Python itself is set up in a process that evaluates models."""

from __future__ import annotations

import gc
import sys

# The evaluator's stack is Python's stack, some frames a call, and models nest.
_STACK = 12_000
# What is evaluated lives long and little of it holds itself in circles: with Python's own thresholds, looking for such
# circles takes a fifth of a check.
_COLLECT = (5_000_000, 20, 50)


def set_up() -> None:
    """Call once, before the first file is read."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _STACK))
    gc.set_threshold(*_COLLECT)
