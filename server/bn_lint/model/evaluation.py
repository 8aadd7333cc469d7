"""Everything that is known about one file after evaluating it from all its entries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from bn_lint.model import entries
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import Applied, Built
from bn_lint.model.frame import ModuleScope
from bn_lint.source.tree import Node, SourceFile

_PATHS = 8
_FUEL_FACTORY = 150_000
_FUEL_CLASS = 20_000


@dataclass
class Evaluation:
    """What happened to the layers that are constructed in one file.

    `applied` and `built` are keyed by the call that constructs the layer.
    """

    file: SourceFile
    applied: dict[Node, list[Applied]] = field(default_factory=lambda: defaultdict(list))
    built: dict[Node, list[Built]] = field(default_factory=lambda: defaultdict(list))


def evaluate(ev: Evaluator, scope: ModuleScope) -> Evaluation:
    """Evaluate a file from its own entries."""
    assert scope.file is not None
    result = Evaluation(scope.file)
    ev.loader.run(scope)
    for candidate in entries.factories(ev, scope):
        entries.run(ev, candidate, paths=_PATHS, fuel=_FUEL_FACTORY)
        _collect(ev, result)
    for candidate, _ in entries.classes(ev, scope):
        entries.run(ev, candidate, paths=_PATHS, fuel=_FUEL_CLASS)
        _collect(ev, result)
    for candidate in entries.helpers(ev, scope):
        entries.run(ev, candidate, paths=_PATHS, fuel=_FUEL_CLASS)
        _collect(ev, result)
    return result


def _collect(ev: Evaluator, result: Evaluation) -> None:
    """Keep what concerns the file, forget the rest."""
    for event in ev.applications:
        if event.built is not None and event.built.piece.file is result.file:
            result.applied[event.built].append(event)
    for event in ev.constructions:
        built = event.module.built
        if built is not None and built.piece.file is result.file:
            result.built[built].append(event)
    ev.applications.clear()
    ev.constructions.clear()
    ev.stops.clear()
