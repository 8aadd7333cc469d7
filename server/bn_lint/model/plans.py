"""What borrowing did for a file, to be done again after an edit without searching the package for it anew.

Which entries of other files lead to a layer is asked of the words in all of them, and takes as long as parsing a file.
An edit hardly ever changes the answer. So each step of it is noted with its outcome; where a later search begins alike,
and each entry does what it did, the next step is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import zip_longest

from bn_lint.model import entries
from bn_lint.model.entries import Candidate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.leads import Map, Unit, units
from bn_lint.source.tree import SourceFile

# So many entries in a row that settle nothing are enough, or some that cost so much.
_PATIENCE, _FEW, _WASTE = 10, 3, 12_000


@dataclass
class Patience:
    """How long entries that settle nothing are tried."""

    stale: int = 0
    wasted: int = 0

    @property
    def left(self) -> bool:
        return self.stale < _PATIENCE and (self.stale < _FEW or self.wasted < _WASTE)

    def count(self, waste: int) -> None:
        """Of an entry: the fuel that it wasted, 0 where it settled something."""
        self.stale, self.wasted = (self.stale + 1, self.wasted + waste) if waste else (0, 0)


@dataclass(frozen=True)
class Step:
    """An entry that was run, whether in vain, and the definitions with an open layer after it."""

    candidate: Candidate
    vain: bool
    open: frozenset[str]


@dataclass
class Plan:
    """The steps of one search, in groups: an entry of a class with those for each row of a table.

    `asked` is what it began from: a state, the definitions with open layers, those that use them, what a hint looks
    like. `goals` are the words that were sought.
    `exhausted`: it ended because nothing else leads there. `words` are those of all files that were searched.
    """

    file: SourceFile
    asked: tuple[Hashable, frozenset[str], frozenset[str], re.Pattern[str] | None]
    goals: frozenset[str]
    words: Map
    own: list[Unit] = field(init=False)
    groups: list[list[Step]] = field(default_factory=list[list[Step]])
    exhausted: bool = False

    def __post_init__(self) -> None:
        self.own = list(units(self.file))

    def begins_like(self, other: Plan) -> bool:
        """Whether another search, which has not begun, would be led the same ways at first."""
        return self.asked == other.asked and self.goals == other.goals and self._same_words(other.own)

    def _same_words(self, own: list[Unit]) -> bool:
        """Whether other words in the file lead nowhere else: those that led nowhere before do not now."""
        leading = self.words.leading
        return len(own) == len(self.own) and all(
            old is new or (old.names == new.names and old.among(leading) == new.among(leading))
            for old, new in zip(self.own, own, strict=True)
        )

    def again(
        self,
        ev: Evaluator,
        take: Callable[[Candidate], tuple[int, frozenset[str]]],
        by_keys: Callable[[Candidate], Iterable[Candidate]],
        known: Callable[[Candidate], bool],
    ) -> bool:
        """Do the same steps. Whether each had the outcome that it had, and there is nothing else to do.

        `known` says whether it need not be run to know what an entry shows.
        """
        patience = Patience()
        for group in self.groups:
            if not patience.left:
                return True
            first: Candidate | None = group[0].candidate
            is_class = first.definition[0] == "class"
            if is_class or not known(first):
                first = _renewed(ev, first)
                if first is None:
                    return False
            keyed = by_keys(first) if is_class else ()
            for step, candidate in zip_longest(group, (first, *keyed)):
                if step is None or candidate is None or step.candidate.key != candidate.key:
                    return False
                waste, left = take(candidate)
                patience.count(waste)
                if not left:
                    return True
                if (waste > 0, left) != (step.vain, step.open):
                    return False
        return self.exhausted or not patience.left


def _renewed(ev: Evaluator, candidate: Candidate) -> Candidate | None:
    """The same way in, of the module that its file is now."""
    file = candidate.scope.file
    scope = None if file is None else ev.loader.scope_of(file.path)
    if scope is None or scope is candidate.scope:
        return candidate
    ev.loader.run(scope)
    is_class = candidate.definition[0] == "class"
    ways = entries.classes(ev, scope) if is_class else entries.families(entries.factories(ev, scope))
    return next((each for each in ways if each.key == candidate.key), None)
