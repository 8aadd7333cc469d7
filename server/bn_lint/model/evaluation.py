"""Everything that is known about one file after evaluating it from its entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain
from pathlib import Path as FilePath
from typing import Any, TypeVar

from bn_lint.model import borrowing, callsites, entries, leads, sites
from bn_lint.model.borrowing import Borrower, Lenders, borrow, novel_first
from bn_lint.model.entries import Candidate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import WRONG, Applied, Entry, Event, Exported, Mode, OtherNorm, Reached, Stopped, Verdict
from bn_lint.model.frame import ModuleScope, Raised
from bn_lint.model.path import Path, explore
from bn_lint.model.plans import Plan
from bn_lint.model.torch_.norms import is_other_norm
from bn_lint.model.values import Value
from bn_lint.source.relevance import names_batch_norm
from bn_lint.source.revise import Change, Wording
from bn_lint.source.tree import Fragment, Node, Piece, SourceFile

# Runs of one entry: enough to see each unknown condition go both ways where something is wrong, few otherwise.
_PATHS_CALM, _PATHS_ALARMED, _PATHS_EXPORTING = 3, 12, 24
_FUEL_CONCRETE, _FUEL_SYMBOLIC = 150_000, 20_000
# A file's entries together may use this much, so that a file with a hundred factories stays affordable.
_FUEL_BASE, _FUEL_PER_LINE = 60_000, 60

# A file's factories run as long as they are this cheap: what they build may hold its layers in other files. Beyond
# that, only while a layer has been reached from fewer entries than wanted.
_FREE_BASE, _FREE_PER_LINE = 1_000, 1
_WANTED = 2
# So many entries that give a layer another norm than BatchNorm are enough, or so many with one and the same width.
_OTHERS, _ALIKE = 3, 4
# So many factories in a row that settle nothing new are enough.
_PATIENCE = 3
# What entries showed before an edit is kept so many times: the next edit may take it back.
_VERSIONS = 2
# So many edits may be taken back, the last first, without running again what they made invalid.
_EDITS = 4
# A calm entry is not run a second time where a run costs more, nor are those that make the same model deeper.
_DEAR = 500


@dataclass(frozen=True, eq=False)
class EntryResult:
    """What one entry showed, in all files it came through.

    `failed`: its runs ended in an error of the code. `raised` numbers the runs that did, of `runs`. `entered` are the
    pieces whose code ran, as it was then. `complete`: each unknown condition has gone both ways. `tables` are those in
    which an unknown key was looked up, by the name of the key.
    """

    entry: Entry
    events: tuple[Event, ...]
    fuel: int
    failed: bool
    runs: int
    raised: frozenset[int]
    entered: dict[Piece, Fragment]
    complete: bool
    tables: dict[str, dict[Any, Value]]

    @property
    def holds(self) -> bool:
        """Whether the code that it came through is still the same."""
        return all(piece.fragment is fragment for piece, fragment in self.entered.items())


E = TypeVar("E", bound=Event)


@dataclass
class Evaluation:
    """What happened at the places of one file."""

    file: SourceFile
    all_events: list[Event] = field(default_factory=list[Event])
    failed: set[str] = field(default_factory=set[str])
    complete: set[Entry] = field(default_factory=set[Entry])
    runs: dict[Entry, int] = field(default_factory=dict[Entry, int])
    # Whether the entries of other files were those of an earlier evaluation, and no other file was asked.
    borrowed_again: bool = False
    # The calls in this file of functions in others that may construct a layer.
    helper_calls: set[Node] = field(default_factory=set[Node])
    _doomed: dict[Entry, bool] = field(default_factory=dict[Entry, bool])

    @cached_property
    def foreign(self) -> list[Event]:
        """Where runs of this file's entries ended in other files. Kept only while surveying."""
        return []

    def events(self, kind: type[E]) -> dict[Node, list[E]]:
        """The events of one kind by their place, in source order."""
        found: dict[Node, list[E]] = defaultdict(list)
        for event in self.all_events:
            if isinstance(event, kind):
                found[self.place(event)].append(event)
        return dict(sorted(found.items(), key=lambda item: (item[0].piece.index, item[0].number)))

    def place(self, event: Event) -> Node:
        """Where an event shows in this file: its own place, or the call in this file that led to it."""
        if event.at.piece.file is not self.file and isinstance(event, Reached):
            return next(node for node in event.chain if node.piece.file is self.file)
        return event.at

    @cached_property
    def through(self) -> dict[tuple[Node, Node], list[Applied]]:
        """What happened here to layers that helpers in other files construct: by the call of the helper and theirs."""
        return defaultdict(list)

    @cached_property
    def _settled(self) -> dict[Node, set[Entry]]:
        return defaultdict(set)

    @cached_property
    def _others(self) -> dict[Node, set[Entry]]:
        return defaultdict(set)

    @cached_property
    def _doubtful(self) -> dict[Node, set[tuple[Value, Entry]]]:
        return defaultdict(set)

    def settled(self, site: Node, entries: int = 1, others: int = _OTHERS) -> bool:
        """Whether so many concrete entries have told what a layer receives, or `others` that it is no BatchNorm.

        Where several names stand for the width, one width does not tell which name is right: it has to have been two
        widths, or the same in so many entries that there may be no other.
        """
        doubtful = self._doubtful.get(site, set[tuple[Value, Entry]]())
        told = len(self._settled.get(site, ())) + len({width for width, _ in doubtful}) // 2
        alike = len({entry for _, entry in doubtful}) >= _ALIKE
        if site in self.helper_calls:
            entries = others = 1  # one entry that comes through is enough
        return told >= entries or alike or len(self._others.get(site, ())) >= others

    def settlements(self, sites: Iterable[Node], wanted: int) -> int:
        """How many pairs of one of these layers and a concrete entry that settled it there are, up to the number
        wanted of each."""
        tables = self._settled, self._doubtful, self._others
        return sum(min(len(table[site]), wanted) for site in sites for table in tables if site in table)

    @cached_property
    def wrong_elsewhere(self) -> set[tuple[FilePath, int, int]]:
        """The layers constructed in other files that do not fit: path, piece and number of the call."""
        return set()

    def doomed(self, entry: Entry) -> bool:
        """Whether every way through an entry meets a layer that does not fit, or an error."""
        return self._doomed.get(entry, False)

    def state(self, layers: dict[str, list[Node]]) -> Hashable:
        """What is known of the layers of some definitions, as far as it decides what else is run."""

        def told(site: Node) -> Hashable:
            doubtful = self._doubtful.get(site, set[tuple[Value, Entry]]())
            widths, entries = frozenset(width for width, _ in doubtful), {entry for _, entry in doubtful}
            return widths, len(entries), len(self._settled.get(site, ())), len(self._others.get(site, ()))

        return frozenset((site.piece.index, site.number, told(site)) for sites in layers.values() for site in sites)

    def touched(self, result: EntryResult) -> set[Node]:
        """The places that a result may tell of."""
        return {event.at for event in result.events} | self._entered(result)

    def _entered(self, result: EntryResult) -> set[Node]:
        return {call for call in self.helper_calls if call.piece in result.entered}

    def add(self, result: EntryResult, siblings: Iterable[Entry] = ()) -> None:
        """Take over what concerns this file. `siblings` would show the same."""
        wrong = {event.path for event in result.events if isinstance(event, Applied) and event.verdict in WRONG}
        self._doomed[result.entry] = wrong | result.raised == set(range(result.runs))
        self.runs[result.entry] = result.runs
        entries = {result.entry, *siblings}
        if result.complete:
            self.complete.add(result.entry)
        untold = set[Node]() if result.entry.symbolic else self._entered(result)
        for event in result.events:
            if event.at.piece.file is not self.file and not (
                isinstance(event, Reached) and any(node.piece.file is self.file for node in event.chain)
            ):
                if isinstance(event, Stopped):
                    self.foreign.append(event)
                elif isinstance(event, Applied):
                    if event.verdict in WRONG:
                        self.wrong_elsewhere.add((event.at.path, event.at.piece.index, event.at.number))
                    if event.through is not None and event.through.piece.file is self.file:
                        self.through[event.through, event.at].append(event)
                        if not event.entry.symbolic and event.verdict is not Verdict.UNKNOWN:
                            self._settled[event.through] |= entries
                            untold.discard(event.through)
                continue
            self.all_events.append(event)
            if event.entry.symbolic:
                continue
            if isinstance(event, Applied) and event.verdict is not Verdict.UNKNOWN:
                if event.through is not None and event.verdict in WRONG:
                    continue  # it may be the fault of that call
                if _telling(event):
                    self._settled[event.at] |= entries
                else:
                    self._doubtful[event.at] |= {(event.declared, entry) for entry in entries}
            elif isinstance(event, OtherNorm):
                # Another norm may stand there only by the choice of this entry; a block that holds one does not.
                (self._others if is_other_norm(event.cls) else self._settled)[event.at].update(entries)
        for call in untold:
            self._others[call] |= entries


def _telling(event: Applied) -> bool:
    """Whether at most one of the names in scope of a layer's construction stands for the width that it was given."""
    names = [name for name, size in (event.scope or {}).items() if name.isidentifier() and size == event.declared]
    return len(names) < 2


# By the call of an entry and its name: what it showed, the latest first.
Results = dict[tuple[Node, str], list[EntryResult]]


@dataclass(frozen=True)
class Dropped:
    """What entries showed while a file said something else than it does now."""

    before: Wording
    results: Results


class Runner:
    """Runs entries, each once."""

    def __init__(self, ev: Evaluator, results: Results | None = None, dropped: tuple[Dropped, ...] = ()) -> None:
        self.ev = ev
        self.results: Results = {} if results is None else results
        # What the last edits have made invalid, the latest first: the next may take the last back.
        self.dropped = dropped
        # What was borrowed for each file, the latest first.
        self.plans: dict[FilePath, list[Plan]] = {}
        ev.alike.clear()  # the code may be another

    def after(self, change: Change, touched: Set[Piece], ev: Evaluator) -> Runner:
        """A runner that has forgotten what came through pieces that a change has touched.

        Where it takes back the last one, what that has made invalid is valid again.
        """
        kept: Results = defaultdict(list)
        invalid: Results = defaultdict(list)
        for key, results in self.results.items():
            for result in results:
                (kept if touched.isdisjoint(result.entered) else invalid)[key].append(result)
        if not self.dropped or self.dropped[0].before != change.after:
            return Runner(ev, kept, (Dropped(change.before, invalid), *self.dropped[: _EDITS - 1]))
        for key, results in self.dropped[0].results.items():
            kept[key] += results
        return Runner(ev, kept, self.dropped[1:])

    def knows(self, candidate: Candidate) -> bool:
        """Whether an entry need not be run to know what it shows."""
        return any(result.holds for result in self.results.get(candidate.key, ()))

    def result(self, candidate: Candidate) -> EntryResult:
        """What an entry shows along the paths through it."""
        known = self.results.setdefault(candidate.key, [])
        found = next((result for result in known if result.holds), None)
        if found is None:
            found = self._run(candidate)
            known[_VERSIONS - 1 :] = []
            known.insert(0, found)
        return found

    def _run(self, candidate: Candidate) -> EntryResult:
        ev = self.ev
        fuel = _FUEL_SYMBOLIC if candidate.entry.symbolic else _FUEL_CONCRETE
        used = 0
        raised: set[int] = set()
        ev.poll()
        ev.events.clear()
        ev.pieces_entered = {candidate.node.piece}

        def run(path: Path, number: int) -> bool:
            nonlocal used
            ev.path_number = number
            ev.run(candidate.entry, path, lambda: candidate.run(ev), fuel)
            used += ev.fuel_used(fuel)
            if any(isinstance(error, Raised) for _, error in ev.stops):
                raised.add(number)
            ev.stops.clear()
            worth = max(map(_worth, ev.events.values()), default=0)
            calm = number + 1 < _PATHS_CALM and (used < _DEAR or len(raised) > number)
            return calm or number + 1 < worth

        runs, complete = explore(run, ev.atoms, _PATHS_EXPORTING)
        events = tuple(ev.events.values())
        ev.events.clear()
        entered = {piece: piece.fragment for piece in ev.pieces_entered}
        failed = len(raised) == runs
        return EntryResult(
            candidate.entry, events, used, failed, runs, frozenset(raised), entered, complete, dict(ev.consulted)
        )

    def by_keys(self, candidate: Candidate) -> Iterator[Candidate]:
        """A class built with each of the keys that its constructor may look up in a table of models."""
        tried = candidate if candidate.entry.symbolic else callsites.probe(self.ev, candidate)
        if tried is not None:
            yield from callsites.by_keys(self.ev, tried, self.result(tried).tables)


def _worth(event: Event) -> int:
    """How many runs of its entry an event justifies, to see whether it happens in all of them."""
    if isinstance(event, Applied):
        return _PATHS_ALARMED if event.verdict in WRONG else 0
    if isinstance(event, Exported) and event.mode is not Mode.WRONG:
        return 0
    return _PATHS_EXPORTING if isinstance(event, Reached) and event.decisions else 0


class _Open:
    """The definitions with a layer that is not settled. Only layers that were touched since are asked again."""

    def __init__(self, layers: dict[str, list[Node]], settled: Callable[[Node], bool]) -> None:
        self._sites = {site: name for name, sites in layers.items() for site in sites}
        self._settled = settled
        self._open: dict[str, set[Node]] = {name: set(sites) for name, sites in layers.items() if sites}
        self.touched = set(self._sites)

    def names(self) -> set[str]:
        for site in self.touched & self._sites.keys():
            name = self._sites[site]
            if name in self._open and self._settled(site):
                self._open[name].discard(site)
                if not self._open[name]:
                    del self._open[name]
        self.touched.clear()
        return set(self._open)


def evaluate(
    runner: Runner,
    scope: ModuleScope,
    lenders: Lenders,
    only: frozenset[str] | None = None,
    *,
    thorough: bool = False,
    broad: bool = False,
) -> Evaluation:
    """Evaluate a file from its own entries, and from other files' where its own do not reach its layers.

    With `only`, no entries but those of these names are run. `thorough`: take every factory, whether it is likely
    to show something new or not. `broad`: take every class, to see what its users make of it.
    """
    assert scope.file is not None
    ev = runner.ev
    result = Evaluation(scope.file)
    ev.loader.run(scope)
    lines = len(scope.file.source.line_starts)
    used = 0

    def take(candidate: Candidate, times: int = 1) -> int:
        """Run an entry. Gives the fuel that it wasted: 0 where it settled something."""
        nonlocal used
        if only is not None and candidate.entry.text not in only:
            return 1
        outcome = runner.result(candidate)
        touched = result.touched(outcome)
        before = result.settlements(touched, times)
        used += outcome.fuel
        # Deeper ones would show the same, and take longer.
        deeper = candidate.siblings if outcome.fuel >= _DEAR and not thorough else ()
        covered.update(each.key for each in deeper)
        result.add(outcome, [each.entry for each in deeper])
        for each in (open_once, open_twice, open_left):
            each.touched |= touched
        if outcome.failed:
            result.failed.add(candidate.entry.text)
        return 0 if result.settlements(touched, times) > before else max(outcome.fuel, 1)

    covered: set[tuple[Node, str]] = set()  # entries for which a shallower one speaks
    layers: dict[str, list[Node]] = {}  # of the definitions that have some
    told: dict[str, set[Node]] = {}
    called: dict[str, dict[int, frozenset[str]]] = {}
    for op in ("class", "def"):
        for node, definition in entries.definitions(scope, op):
            found = sites.norm_calls(ev, scope, node, definition)
            calls = [call for call in sites.helper_calls(ev, scope, node, definition) if call not in found]
            result.helper_calls.update(calls)
            found += calls
            if found:
                name = definition[2]
                layers[name] = found
                told[name] = {Node(node.piece, number) for number in sites.parameters(node, definition)}
                called[name] = leads.conditions(node, definition)

    # A file that names no BatchNorm has to be given one from outside: one of its own entries that gives none is enough,
    # and none is tried for a layer whose class a parameter says.
    plain = not thorough and not names_batch_norm(scope.file.source.text)
    shut = result.helper_calls.union(*told.values()) if plain else result.helper_calls
    own = {name: [site for site in layers[name] if site not in shut] for name in layers}
    others = 1 if plain else _OTHERS

    open_once, open_twice, open_left = (
        _Open(own, lambda site: result.settled(site, 1, others)),
        _Open(own, lambda site: result.settled(site, 1 if plain else _WANTED, others)),
        _Open(layers, result.settled),
    )

    def unsettled(times: int = 1) -> set[str]:
        ev.poll()
        return (open_once if times == 1 else open_twice).names()

    def left() -> set[str]:
        ev.poll()
        return set() if exhausted() else open_left.names()

    def helped() -> set[str]:
        return {name for name in left() if not result.helper_calls.isdisjoint(layers[name])}

    @cache
    def definitions() -> dict[str, frozenset[str]]:
        return borrowing.of_file(scope)

    @cache
    def using(names: frozenset[str]) -> set[str]:
        return borrowing.users(names, definitions()) if names else set()

    def exhausted() -> bool:
        return used > _FUEL_BASE + _FUEL_PER_LINE * lines and not thorough

    def leading(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Those that lead to a layer that is not settled when it is their turn, while there is fuel."""
        for each in candidates:
            if each.definition[2] in using(frozenset(unsettled())) and not exhausted():
                yield each

    def goals(names: Set[str]) -> set[str]:
        """What leads to the layers not settled in these definitions: the names, and the words in their conditions."""
        sought = ((name, site) for name in names for site in layers[name] if not result.settled(site))
        return set(names).union(*(called[name].get(site.number, ()) for name, site in sought))

    for candidate in entries.script(ev, scope):
        take(candidate)
    script, stale = used, 0
    waiting: list[Candidate] = []
    families = entries.families(entries.factories(ev, scope))
    heads = novel_first(families) if unsettled(_WANTED) else sorted(families, key=lambda each: each.depth)
    for candidate in chain.from_iterable((head, *head.siblings) for head in heads):
        if exhausted():
            break
        if candidate.key in covered and not sites.leaves_python(candidate.node, candidate.definition):
            continue
        cheap = thorough or used - script <= _FREE_BASE + _FREE_PER_LINE * lines
        wanted = unsettled(_WANTED) if stale < _PATIENCE else set[str]()
        if cheap or wanted or sites.leaves_python(candidate.node, candidate.definition):
            stale = stale + 1 if take(candidate, _WANTED) or stale >= _PATIENCE else 0
        else:
            waiting.append(candidate)
    stale = 0
    here = leads.Map(scope.file) if waiting and unsettled() else None
    while here is not None and waiting and unsettled() and stale < _PATIENCE and not exhausted():
        ways = here.to(goals(unsettled()))
        candidate = max(waiting, key=lambda each: (ways.get(each.definition[2], 0.0), -each.depth))
        waiting.remove(candidate)
        if candidate.key not in covered:
            stale = stale + 1 if take(candidate) else 0
    classes = list(entries.classes(ev, scope))
    for candidate in classes:
        name = candidate.definition[2]
        leads_there = not candidate.entry.symbolic and name in using(frozenset(unsettled() | helped()))
        if sites.does_more(candidate.node, candidate.definition) or (leads_there and not exhausted()):
            take(candidate)
    if unsettled():
        names = using(frozenset(unsettled()))
        for candidate in (*callsites.of_names(ev, scope, names), *callsites.of_tables(ev, scope, names)):
            if unsettled() and not exhausted():
                take(candidate)
    for candidate in classes:
        if broad or (candidate.entry.symbolic and candidate.definition[2] in unsettled() | helped()):
            take(candidate)
    for candidate in leading(classes):
        for keyed in runner.by_keys(candidate):
            take(keyed)
    for candidate in leading(classes):
        for method in callsites.by_methods(ev, candidate):
            for each in (method, *runner.by_keys(method)):
                if unsettled():
                    take(each)
    for candidate in leading(sorted((*families, *classes), key=lambda each: each.entry.symbolic)):
        for flagged in callsites.by_flags(ev, candidate, goals(unsettled())):
            for each in (flagged, *(runner.by_keys(flagged) if flagged.definition[0] == "class" else ())):
                if unsettled():
                    take(each)
    for candidate in entries.helpers(ev, scope):
        name = candidate.definition[2]
        if sites.leaves_python(candidate.node, candidate.definition) or name in unsettled():
            take(candidate)
    if left():
        conditions = ((name, site.number, called[name].get(site.number)) for name in left() for site in layers[name])
        state = result.state(layers), frozenset(conditions)
        to = Borrower(scope, lenders, left, goals, take, runner.knows, runner.by_keys)
        result.borrowed_again = borrow(ev, to, state, runner.plans.setdefault(scope.file.path, []))
    return result
