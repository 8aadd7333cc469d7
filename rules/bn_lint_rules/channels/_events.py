"""What the channel rules have in common: when an event is certain, how its story is told, where it points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bn_lint.model.events import BEHIND_A_MISTAKE, WRONG, Applied, Event, Verdict
from bn_lint.model.story import trail
from bn_lint.model.symbolic import text_of
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.rule import FileContext, Related
from bn_lint.source import ir
from bn_lint.source.tree import Node


def layers(context: FileContext) -> Iterator[tuple[Node, list[Applied]]]:
    """The layers constructed in a file, or by helpers in other files that it calls, each with what happened to it.

    Where a helper is right for one caller and wrong for another, it is the other that is wrong; and the only caller is
    where the helper was not told the number that would be right.
    """
    for site, events in context.evaluation.events(Applied).items():
        misled = [event for event in events if event.verdict in WRONG and event.through is not None]
        fits = any(event.verdict is Verdict.FITS for event in events)
        if fits or (len({event.through for event in misled}) == 1 and not any(map(_was_told, misled))):
            events = [event for event in events if event not in misled]
        if events:
            yield site, events
    for (call, _), events in context.evaluation.through.items():
        yield call, events


def _was_told(event: Applied) -> bool:
    """Whether the number of channels that a layer receives had a name where the layer was constructed."""
    return event.received in (event.scope or {}).values()


def batch_norms(context: FileContext) -> Iterator[tuple[Node, list[Applied]]]:
    """Those of them that are BatchNorm."""
    return (found for found in layers(context) if is_batch_norm(found[1][0].cls))


def certain(context: FileContext, events: Iterable[Applied], verdict: Verdict) -> Applied | None:
    """The event of a layer that does not fit, however unknown conditions go, if it has this verdict.

    Nothing had been decided before it; or the layer does not fit on any way through its entry that reaches it; or no
    way through its entry is free of mistakes, and this one is on the way that is taken first.
    """
    everything = list(events)
    if any(event.reason == BEHIND_A_MISTAKE and not event.entry.symbolic for event in everything):
        everything = [event for event in everything if not event.entry.symbolic]
    wrong = [event for event in everything if event.verdict in WRONG]
    found = next((event for event in wrong if event.decisions == 0), None)
    for event in wrong if found is None else ():
        reached = {other.path for other in everything if other.entry is event.entry}
        never_fits = reached == {other.path for other in wrong if other.entry is event.entry}
        if never_fits or (event.path == 0 and context.evaluation.doomed(event.entry)):
            found = event
            break
    return found if found is not None and found.verdict is verdict else None


def story(event: Applied) -> tuple[Related, ...]:
    """The places that tell how it came to this: the layers that made the channels, where they meet, who built it."""
    related: list[Related] = []
    if event.through is not None:
        related.append(Related(event.at, f"{event.cls.name} is constructed here"))
    if event.origin is not None:
        related += [Related(node, text) for node, text in trail(event.origin)]
    related.append(Related(event.used, f"{event.cls.name} is applied here"))
    return (*related, *built_by(event))


def built_by(event: Event) -> tuple[Related, ...]:
    """The entry through which the evaluator came, where it is a place of its own."""
    if event.entry.node is None:
        return ()
    return (Related(event.entry.node, f"when built by {event.entry.text}"),)


def named(event: Applied, site: Node) -> str:
    """A layer by its class and width, as a finding at a site speaks of it."""
    return f"{event.cls.name}({text_of(event.declared)}){elsewhere(event, site)}"


def elsewhere(event: Applied, site: Node) -> str:
    """Where a layer is constructed, if not at the site that a finding is about."""
    return "" if event.at == site else f", constructed at {event.at.path.name}:{event.at.line},"


def argument(site: Node, name: str, position: int = 0) -> Node | None:
    """An argument of a constructing call, by its name or position; None where the call does not spell it out."""
    call = site.ir
    if call is None or call[0] != "call":
        return None
    for keyword, value in call[4]:
        if keyword == name:
            return site.piece.node(value[1])
    args: tuple[ir.Node, ...] = call[3]
    if len(args) > position and all(arg[0] != "star" for arg in args[: position + 1]):
        return site.piece.node(args[position][1])
    return None
