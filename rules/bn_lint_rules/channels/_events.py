"""What the channel rules have in common: when an event is certain, how its story is told, where it points."""

from __future__ import annotations

from bn_lint.model.events import Applied, Verdict
from bn_lint.model.symbolic import text_of
from bn_lint.rule import Related
from bn_lint.source import ir
from bn_lint.source.tree import Node


def certain(events: list[Applied], verdict: Verdict) -> Applied | None:
    """The first event with a verdict that does not hang on how an unknown condition goes.

    Either nothing had been decided before it, or every way through its entry that reaches the layer has one.
    """
    wrong = [event for event in events if event.verdict is verdict]
    for event in wrong:
        if event.decisions == 0:
            return event
    for event in wrong:
        reached = {other.path for other in events if other.entry is event.entry}
        if reached == {other.path for other in wrong if other.entry is event.entry}:
            return event
    return None


def story(event: Applied) -> tuple[Related, ...]:
    """The places that tell how it came to this: where the channels come from, where they meet the layer, who built it."""
    related: list[Related] = []
    origin = event.origin
    if origin is not None:
        place = origin.built or origin.used
        if place is not None:
            related.append(Related(place, f"{text_of(origin.channels)} channels come from {origin.what}"))
    related.append(Related(event.used, "the layer is applied here"))
    if event.entry.node is not None:
        related.append(Related(event.entry.node, f"when built by {event.entry.text}"))
    return tuple(related)


def argument(site: Node, name: str) -> tuple[int, int] | None:
    """The span of an argument of a constructing call, None where there is none to point at."""
    call = site.ir
    if call is None or call[0] != "call":
        return None
    for keyword, value in call[4]:
        if keyword == name:
            return site.piece.node(value[1]).span
    args: tuple[ir.Node, ...] = call[3]
    if args and args[0][0] != "star":
        return site.piece.node(args[0][1]).span
    return None
