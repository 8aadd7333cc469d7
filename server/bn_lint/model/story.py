"""How a number of channels came about, as places in the source."""

from __future__ import annotations

from bn_lint.model.symbolic import text_of
from bn_lint.model.values import Origin
from bn_lint.source.tree import Node

_LONGEST = 8


def trail(origin: Origin) -> list[tuple[Node, str]]:
    """The layers and joins behind a number of channels, the earliest first, back to the last layer of each branch."""
    out: list[tuple[Node, str]] = []
    if origin.built is None or origin.what.startswith(("BatchNorm", "SyncBatchNorm")):
        for parent in origin.parents:
            out += trail(parent)
    place = origin.built or origin.used
    if place is not None:
        verb = "come from" if origin.built is not None else "after"
        out.append((place, f"{text_of(origin.channels)} channels {verb} {origin.what}"))
    return out[-_LONGEST:]
