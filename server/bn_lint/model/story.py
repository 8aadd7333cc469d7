"""How a number of channels came about, as places in the source."""

from __future__ import annotations

from bn_lint.model.symbolic import text_of
from bn_lint.model.values import Origin
from bn_lint.source.tree import Node

_LONGEST = 8


def trail(origin: Origin) -> list[tuple[Node, str]]:
    """The layers and joins behind a number of channels, the earliest first, back to the last layer of each branch."""
    out: list[tuple[Node, str]] = []
    waiting = [origin]
    while waiting and len(out) < _LONGEST:
        current = waiting.pop()
        place = current.built or current.used
        if place is not None:
            verb = "come from" if current.built is not None else "are made by"
            out.append((place, f"{text_of(current.channels)} channels {verb} {current.what}"))
        if current.built is None or current.what.startswith(("BatchNorm", "SyncBatchNorm")):
            waiting += reversed(current.parents)
    return out[::-1]
