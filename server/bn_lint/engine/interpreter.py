"""How Python itself is set up in a process that evaluates models."""

from __future__ import annotations

import gc
import sys
from types import FunctionType
from typing import TypeVar

# The evaluator's stack is Python's stack, some frames a call, and models nest.
_STACK = 12_000
# What is evaluated lives long and little of it holds itself in circles: with Python's own thresholds, looking for such
# circles takes a fifth of a check.
_COLLECT = (5_000_000, 20, 50)
# Since Python 3.11, frames lie in blocks of 16 KiB, mapped by the call that does not fit and unmapped when it returns:
# a fifth of a check's time. A function with so many slots gets a block of 16 MiB, half of it left for what it calls.
_SLOTS = 1_100_000

F = TypeVar("F")


def set_up() -> None:
    """Call once, before the first file is read."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _STACK))
    gc.set_threshold(*_COLLECT)


def roomy(function: F) -> F:
    """The function, with room for the frames of all that it calls."""
    if isinstance(function, FunctionType):
        function.__code__ = function.__code__.replace(co_stacksize=_SLOTS)
    return function
