"""Entries for a file's layers that lie elsewhere: in other classes of the file, and in files that use it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import partial
from itertools import islice

from bn_lint.model import callsites, entries, leads, sites
from bn_lint.model.entries import Candidate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.frame import ModuleScope
from bn_lint.model.plans import Patience, Plan, Step
from bn_lint.source import ir
from bn_lint.source.tree import Node, SourceFile

# Files that use some names, each with how directly that leads there, best first.
Lend = Callable[[Mapping[str, float]], Iterable[tuple[float, ModuleScope]]]
Lenders = Callable[[SourceFile, Set[str], "re.Pattern[str] | None"], Lend]

# How many files may lend, and how many entries of each kind each.
_MAX_LENDERS, _EACH = 16, 4
# Each entry of a file that settles nothing makes the others of that file less promising.
_DOUBT = 0.5
# To find the newest of thousands again and again takes long.
_NOVEL = 100
# One that repeats its blocks so many times more, up to so many, has to show one thing more that is new.
_DEEPER, _MAX_DEPTH = 8, 100
# So many searches are kept for each file: the next edit may take the last back.
_PLANS = 2
# What leads so little directly to a layer is not tried.
_FAINT = 0.003


def users(names: Set[str], mentions: dict[str, frozenset[str]]) -> set[str]:
    """The names, and those of the definitions that use them: subclasses, builders, models made of them."""
    found = set(names)
    while found:
        more = {name for name, used in mentions.items() if name not in found and not found.isdisjoint(used)}
        if not more:
            return found
        found |= more
    return found


def mentioned(definition: ir.Node) -> frozenset[str]:
    """The names, and last names of attributes, in a definition."""
    found: set[str] = set()
    for node in ir.walk(definition):
        if node[0] == "name":
            found.add(node[2])
        elif node[0] == "attr":
            found.add(node[3])
    return frozenset(found)


def of_file(scope: ModuleScope) -> dict[str, frozenset[str]]:
    """What the functions and classes at the top of a file mention, and the tables that are assigned there, by name."""
    assert scope.file is not None
    found: dict[str, frozenset[str]] = {}
    for piece in scope.file.pieces:
        for statement in piece.fragment.body:
            table = statement[0] == "assign" and statement[2][0][0] == "name"
            if table or statement[0] in ("class", "def"):
                name = statement[2][0][2] if table else statement[2]
                within = statement[3] if table else statement
                found[name] = piece.fragment.once("mentioned", statement[1], partial(mentioned, within))
    return found


@dataclass(frozen=True)
class Borrower:
    """A file whose layers are not settled, and how to go on.

    `unsettled` gives the definitions with such layers, `goals` the words that lead to them; `take` runs an entry and
    gives what it cost if it settled none, `known` whether that is known already; `by_keys` gives further entries of a
    class, one for each row of a table.
    """

    scope: ModuleScope
    lenders: Lenders
    unsettled: Callable[[], set[str]]
    goals: Callable[[Set[str]], set[str]]
    take: Callable[[Candidate], int]
    known: Callable[[Candidate], bool]
    by_keys: Callable[[Candidate], Iterator[Candidate]]


def borrow(ev: Evaluator, to: Borrower, state: Hashable, plans: list[Plan]) -> bool:
    """Run entries of other files until each layer of a file is settled, those that lead there most directly first.

    Where one of `plans` began alike, from the same `state`, it is done again; what is done newly is put there. Gives
    whether all was done as before.
    """
    file = to.scope.file
    assert file is not None
    missing = to.unsettled()
    wanted = users(missing, of_file(to.scope))
    asked = state, frozenset(missing), frozenset(wanted), _hint(to.scope, missing, wanted)
    plan = Plan(file, asked, frozenset(to.goals(missing)), leads.Map(file))
    done: dict[tuple[Node, str], tuple[int, frozenset[str]]] = {}

    def step(candidate: Candidate) -> tuple[int, frozenset[str]]:
        done[candidate.key] = outcome = to.take(candidate), frozenset(to.unsettled())
        return outcome

    before = next((each for each in plans if each.begins_like(plan)), None)
    if before is not None and before.again(ev, step, to.by_keys, to.known):
        return True
    # Where an entry did something else now, the search leads to it again.
    _search(ev, to, plan, lambda candidate: done.pop(candidate.key, None) or step(candidate))
    plans[:] = [plan, *(each for each in plans if each is not before)][:_PLANS]
    return False


def _search(ev: Evaluator, to: Borrower, plan: Plan, step: Callable[[Candidate], tuple[int, frozenset[str]]]) -> None:
    _, missing, wanted, hint = plan.asked
    lend = to.lenders(plan.file, wanted, hint)
    words = plan.words
    ways = words.to(plan.goals)
    visited = {to.scope.name}
    waiting: list[Candidate] = []
    failures: Counter[str] = Counter()

    def directness(candidate: Candidate) -> float:
        direct = max((ways.get(name, 0.0) for name in named_by(candidate)), default=0.0)
        return direct * _DOUBT ** failures[candidate.scope.name]

    def next_lender() -> tuple[float, ModuleScope] | None:
        if len(visited) > _MAX_LENDERS:
            return None
        names = {name: ways.get(name, 0.0) for name in reached}
        found = next((each for each in lend(names) if each[1].name not in visited), None)
        return found if found is not None and found[0] > _FAINT else None

    reached = set(wanted)
    lender = next_lender()
    patience = Patience()
    while patience.left:
        best = max(waiting, key=directness, default=None)
        if lender is not None and (best is None or directness(best) < lender[0]):
            _, other = lender
            assert other.file is not None
            visited.add(other.name)
            ev.loader.run(other)
            words.add(other.file)
            ways = words.to(to.goals(missing))
            using = users(reached, of_file(other))
            waiting += lent(ev, other, using, reached, ways)
            reached |= using
            lender = next_lender()
        elif best is not None and (directness(best) > _FAINT or not patience.stale):
            waiting.remove(best)
            plan.groups.append([])
            for each in (best, *(to.by_keys(best) if best.definition[0] == "class" else ())):
                waste, left = step(each)
                plan.groups[-1].append(Step(each, waste > 0, left))
                patience.count(waste)
                failures[each.scope.name] += waste > 0
                if not left:
                    return
                if left != missing:
                    missing, ways = left, words.to(to.goals(left))
                    lender = next_lender()
        else:
            plan.exhausted = True
            return


def named_by(candidate: Candidate) -> frozenset[str]:
    """The name of a definition that is called, the names in another call."""
    definition = candidate.definition
    return frozenset({definition[2]}) if definition[0] in ("def", "class") else mentioned(definition)


def _hint(scope: ModuleScope, unsettled: Set[str], names: Set[str]) -> re.Pattern[str] | None:
    """What a call looks like that says which norm a layer is to have, where that is a parameter of the layer."""
    assert scope.file is not None
    parameters = {
        name
        for op in ("class", "def")
        for node, definition in entries.definitions(scope, op)
        if definition[2] in unsettled
        for names in sites.parameters(node, definition).values()
        for name in names
    }
    if not parameters:
        return None
    callee, told = "|".join(sorted(names)), "|".join(sorted(parameters))
    return re.compile(rf"\b({callee})\s*[,(][^()]*(?:\b({told})\s*=|(?i:batch_?norm|[\"']batch|[\"']bn))")


def lent(
    ev: Evaluator, lender: ModuleScope, using: set[str], names: set[str], ways: Mapping[str, float]
) -> Iterator[Candidate]:
    """The concrete entries of a file to what has one of the names `using`; `names` are what they use.

    `ways` says how directly a name leads to what is wanted.
    """

    def best_first(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        return iter(sorted(novel_first(candidates), key=lambda each: -ways.get(each.definition[2], 0.0)))

    factories = [c for c in entries.families(entries.factories(ev, lender)) if c.definition[2] in using]
    classes = [c for c in entries.classes(ev, lender) if not c.entry.symbolic and c.definition[2] in using]
    tables = novel_first(callsites.of_tables(ev, lender, using))
    called = callsites.of_names(ev, lender, using | names)
    for kind in (best_first(factories), best_first(classes), called, tables):
        yield from islice(kind, _EACH)


def novel_first(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Candidates in the order that shows something new soonest; after the first many, as they stand."""
    waiting = list(candidates)
    seen: set[object] = set()

    def promise(i: int) -> tuple[float, int, int]:
        depth = waiting[i].depth
        return len(waiting[i].features - seen) - min(depth, _MAX_DEPTH) / _DEEPER, -depth, -i

    for _ in range(min(len(waiting), _NOVEL)):
        candidate = waiting.pop(max(range(len(waiting)), key=promise))
        seen |= candidate.features
        yield candidate
    yield from waiting
