"""What the mode rules have in common: when something is certain, and how a switch of modes is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from bn_lint.model.events import Entry, Event, Exported, ExportedAsTraining, Mode, Reached
from bn_lint.rule import FileContext, Related
from bn_lint.source.tree import Node

E = TypeVar("E", bound=Event)


def certain(context: FileContext, events: Iterable[E], wrong: Callable[[E], bool]) -> E | None:
    """The first event that is wrong however the unknown conditions go.

    Either nothing had been decided before it, or every way through its entry has been tried and each one that comes
    here, through the same calls, is wrong.
    """
    groups: dict[object, list[E]] = defaultdict(list)
    for event in events:
        groups[event.entry, event.chain if isinstance(event, Reached) else None].append(event)
    for group in groups.values():
        for event in group:
            if wrong(event) and event.decisions == 0:
                return event
        if group[0].entry in context.evaluation.complete and all(map(wrong, group)):
            return group[0]
    return None


def everywhere(context: FileContext, events: Iterable[E]) -> E | None:
    """The first event that happens however the unknown conditions go: in every way through its entry.

    For events that are recorded only where something is wrong: where one is missing, all may be well.
    """
    evaluation = context.evaluation
    paths: dict[Entry, set[int]] = defaultdict(set)
    for event in events:
        if event.decisions == 0:
            return event
        paths[event.entry].add(event.path)
        if event.entry in evaluation.complete and len(paths[event.entry]) == evaluation.runs[event.entry]:
            return event
    return None


def wrong_exports(context: FileContext) -> Iterator[tuple[Node, Exported]]:
    """The export calls that certainly get a model with BatchNorm in the wrong mode."""
    for place, events in context.evaluation.events(Exported).items():
        event = certain(context, events, lambda e: e.mode is Mode.WRONG)
        if event is not None:
            yield place, event


def amount(event: Exported) -> str:
    """How many layers are in the wrong mode, and of what: `Net is in train mode here (2 BatchNorm)`."""
    mode = "train" if event.wants == "eval" else "eval"
    name = event.cls.name
    if not event.layers:
        return f"{name} is in {mode} mode here"
    if event.count == event.layers:
        return f"{name} is in {mode} mode here ({event.count} BatchNorm)"
    are = "is" if event.count == 1 else "are"
    return f"{event.count} of {event.layers} BatchNorm layers of {name} {are} in {mode} mode here"


def way_to_export(place: Node, event: Exported | ExportedAsTraining) -> tuple[Related, ...]:
    """The export call, where the finding stands at a call that leads to it, else the calls that led to it."""
    if event.at == place:
        called = [node for node in event.chain[1:] if node.piece.file is place.piece.file]
        return tuple(Related(node, "called from here") for node in called[:1])
    return (Related(event.at, "the export itself"),)


def way_to_switch(event: Exported) -> tuple[Related, ...]:
    """Where the mode was last set, and the calls that led there and not to the export."""
    if event.switched is None:
        return ()
    mode = "train" if event.wants == "eval" else "eval"
    shared = set(event.chain)
    calls = [node for node in event.trail[1:] if node not in shared]
    return (
        Related(event.switched, f"put in {mode} mode here"),
        *(Related(node, "which this call does") for node in calls[:3]),
    )
