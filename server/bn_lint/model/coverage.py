"""What the evaluator saw of a file's BatchNorm layers, and what stopped it where it saw nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bn_lint.model import sites
from bn_lint.model.evaluation import Evaluation
from bn_lint.model.events import WRONG, Applied, Census, Constructed, Event, OtherNorm, Stopped, Verdict
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.model.workspace import Workspace
from bn_lint.source import ir
from bn_lint.source.tree import Node, SourceFile


class State(enum.Enum):
    """How far the evaluator got with one construction site."""

    VERIFIED = "verified"
    REPORTED = "reported"
    UNKNOWN = "input not known"
    NOT_APPLIED = "built, not applied"
    NOT_BUILT = "not built"


@dataclass(frozen=True)
class Site:
    """One call that constructs a BatchNorm, or may.

    `entries` are the entries under which its input was seen; `reason` says what stopped the evaluator where it was not.
    """

    at: Node
    state: State
    entries: tuple[str, ...]
    reason: str

    @property
    def seen(self) -> bool:
        """Whether the number of channels that the layer receives was seen."""
        return self.state in (State.VERIFIED, State.REPORTED)

    @property
    def given(self) -> bool:
        """Whether the call constructs what it is given (`norm_layer(width)`), and no entry gives it a BatchNorm."""
        call = self.at.ir
        name = "" if call is None or call[0] != "call" else ir.dotted_name(call[2]) or ""
        return self.state is State.NOT_BUILT and "BatchNorm" not in name


@dataclass(frozen=True)
class Coverage:
    """The sites of a file, and the BatchNorm layers of the models that its factories build."""

    sites: tuple[Site, ...]
    layers: int
    verified: int


def of_sites(result: Evaluation, named: Iterable[Node]) -> list[Site]:
    """What an evaluation saw of the calls that construct a BatchNorm.

    `named` are calls that do so by their names: they count unless they were seen to construct something else.
    """
    applied, built = result.events(Applied), result.events(Constructed)
    other = result.events(OtherNorm)
    found = {site for site, events in applied.items() if any(is_batch_norm(e.cls) for e in events)}
    found |= set(built) | {site for site in named if site not in other}
    sites = [_site(result, site, applied.get(site, []), site in built) for site in found]
    return sorted(sites, key=lambda site: (site.at.piece.index, site.at.number))


def of_classes(result: Evaluation) -> Iterator[tuple[Node, ir.Node, list[Site]]]:
    """The classes of a file with what an evaluation saw of the calls in each that construct a BatchNorm."""
    classes = list(result.file.definitions("class"))
    found = of_sites(result, (site for node, definition in classes for site in sites.named(node, definition)))
    for node, definition in classes:
        numbers = {inner[1] for inner in ir.walk(definition) if inner[0] == "call"}
        yield node, definition, [s for s in found if s.at.piece is node.piece and s.at.number in numbers]


def of_file(workspace: Workspace, file: SourceFile) -> Coverage:
    """Evaluate a file from every entry and say what was seen."""
    result, named = workspace.survey(file)
    layers = verified = 0
    for events in result.events(Census).values():
        if _is_function(events[0].at) and not events[0].entry.symbolic:
            # One run of several, the one that saw most: the others took unlikely ways.
            best = max(events, key=lambda event: event.verified)
            layers += best.layers
            verified += best.verified
    return Coverage(tuple(of_sites(result, named)), layers, verified)


def _is_function(node: Node) -> bool:
    found = node.ir
    return found is not None and found[0] == "def"


def _site(result: Evaluation, site: Node, events: list[Applied], built: bool) -> Site:
    known = [event for event in events if event.verdict is not Verdict.UNKNOWN]
    if known:
        state = State.REPORTED if any(event.verdict in WRONG for event in known) else State.VERIFIED
        return Site(site, state, tuple(dict.fromkeys(event.entry.text for event in known)), "")
    if events:
        entries = tuple(dict.fromkeys(event.entry.text for event in events))
        return Site(site, State.UNKNOWN, entries, events[0].reason)
    stops = [stop for stop in _stops(result) if _concerns(stop, site)]
    reason = "no entry leads here" if not stops else _text(stops[0])
    return Site(site, State.NOT_APPLIED if built else State.NOT_BUILT, (), reason)


def _stops(result: Evaluation) -> list[Event]:
    own = [event for events in result.events(Stopped).values() for event in events]
    return [*own, *result.foreign]


def _concerns(stop: Event, site: Node) -> bool:
    """Whether a run that ended would have come to a site: its entry, or its end, stands in the same definition."""
    places = [stop.at] if stop.entry.node is None else [stop.at, stop.entry.node]
    return any(place.piece is site.piece for place in places)


def _text(stop: Event) -> str:
    assert isinstance(stop, Stopped)
    node = stop.at.ir
    construct = "" if node is None else f", {ir.dotted_name(node[2]) or node[0]}(...)" if node[0] == "call" else ""
    return f"{stop.entry.text} {stop.reason} at line {stop.at.line} of {stop.at.path.name}{construct}"
