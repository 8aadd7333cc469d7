"""Entries for a file's layers that lie elsewhere: in other classes of the file, and in files that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from bn_lint.model import callsites, entries
from bn_lint.model.entries import Candidate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.frame import ModuleScope
from bn_lint.source import ir
from bn_lint.source.tree import SourceFile

Lenders = Callable[[SourceFile, list[str]], Iterable[ModuleScope]]

# How many files may lend, how far from the file they may be, and how many entries of each kind each may lend.
_MAX_LENDERS, _MAX_HOPS, _EACH = 16, 4, 3
# So many entries in a row that settle nothing are enough.
_PATIENCE = 10


def users(names: set[str], mentions: dict[str, frozenset[str]]) -> set[str]:
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


def borrow(
    ev: Evaluator,
    scope: ModuleScope,
    lenders: Lenders,
    unsettled: Callable[[], set[str]],
    take: Callable[[Candidate], bool],
    by_keys: Callable[[Candidate], Iterator[Candidate]],
) -> None:
    """Run entries of other files until each layer of a file is settled.

    `take` says whether an entry settled one; `by_keys` gives further entries of a class, one for each row of a table.
    """
    assert scope.file is not None
    wanted = users(unsettled(), of_file(scope))
    visited = {scope.name}
    stale = 0
    frontier = wanted
    for _ in range(_MAX_HOPS):
        reached: set[str] = set()
        for lender in lenders(scope.file, sorted(frontier)):
            if lender.name in visited:
                continue
            if len(visited) > _MAX_LENDERS or not unsettled():
                return
            visited.add(lender.name)
            ev.loader.run(lender)
            using = users(frontier, of_file(lender))
            for candidate in lent(ev, lender, using, frontier):
                keyed = by_keys(candidate) if candidate.definition[0] == "class" else ()
                for each in (candidate, *keyed):
                    stale = 0 if take(each) else stale + 1
                    if not unsettled():
                        return
                if stale >= _PATIENCE:
                    return
            reached |= using - frontier - wanted
        frontier = reached
        if not frontier:
            return


def lent(ev: Evaluator, lender: ModuleScope, using: set[str], names: set[str]) -> Iterator[Candidate]:
    """The concrete entries of a file to what has one of the names `using`; `names` are what they use."""
    factories = [c for c in entries.factories(ev, lender) if c.definition[2] in using]
    classes = [c for c in entries.classes(ev, lender) if not c.entry.symbolic and c.definition[2] in using]
    tables = novel_first(callsites.of_tables(ev, lender, using))
    called = callsites.of_names(ev, lender, using | names)
    for kind in (novel_first(factories), novel_first(classes), called, tables):
        yield from islice(kind, _EACH)


def novel_first(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Candidates in the order that shows something new soonest."""
    waiting = list(candidates)
    seen: set[object] = set()
    while waiting:
        best = max(range(len(waiting)), key=lambda i: (len(waiting[i].features - seen), -i))
        candidate = waiting.pop(best)
        seen |= candidate.features
        yield candidate
