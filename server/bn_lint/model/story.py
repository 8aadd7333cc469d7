"""How a number of channels came about, as places in the source."""

from __future__ import annotations

from bn_lint.model.symbolic import text_of
from bn_lint.model.values import Origin
from bn_lint.source.tree import Node

# Places that are shown, and origins that are looked at for them.
_LONGEST, _MOST = 8, 100


def trail(origin: Origin) -> list[tuple[Node, str]]:
    """The layers and joins behind a number of channels, the earliest first, back to the last layer of each branch."""
    out: list[tuple[Node, str]] = []
    seen: set[int] = set()

    def visit(current: Origin) -> None:
        if id(current) in seen or len(seen) > _MOST:
            return
        seen.add(id(current))
        if current.built is None or current.what.startswith(("BatchNorm", "SyncBatchNorm")):
            for parent in current.parents:
                visit(parent)
        place = current.built or current.used
        if place is not None:
            verb = "come from" if current.built is not None else "after"
            out.append((place, f"{text_of(current.channels)} channels {verb} {current.what}"))

    visit(origin)
    return out[-_LONGEST:]
