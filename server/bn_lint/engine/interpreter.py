"""How Python itself is set up in a process that evaluates models."""

from __future__ import annotations

import gc
import sys

# The evaluator's stack is Python's stack, some frames a call, and models nest.
_STACK = 12_000
# Syntax trees and the evaluator's closures live long and are many: with Python's own thresholds, the search for
# unreachable cycles among them takes a fifth of a check.
_COLLECT = (100_000, 1_000, 50)


def set_up() -> None:
    """Call once, before the first file is read."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _STACK))
    gc.set_threshold(*_COLLECT)
