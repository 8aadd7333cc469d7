"""One way through the code under evaluation, and the search over the ways.

A condition that is not known is decided: one run takes it to be true, another to be false. A decision holds for
the rest of its run, wherever the same condition comes up again, and tells what it can about the values in it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from bn_lint.model.symbolic import (
    Atoms,
    Poly,
    Size,
    Symbol,
    add,
    divide_exactly,
    is_guessed,
    multiply,
    of_symbol,
    sign,
    substitute,
)
from bn_lint.model.values import Unknown, Value

Choice = tuple[Hashable, bool]


class Path:
    """The decisions of one run. `forced` are the outcomes of its first decisions, in order."""

    def __init__(self, atoms: Atoms, forced: tuple[bool, ...] = ()) -> None:
        self._atoms = atoms
        self._forced = forced
        self._decided: dict[Hashable, bool] = {}
        self.trace: list[Choice] = []
        self.ranks = 0
        self.facts: dict[Unknown, Value] = {}
        self.sizes: dict[Symbol, Size] = {}
        # The numbers that parts of fixed unknowns stand for, and the unknowns that something may have changed.
        self._widths: dict[Unknown, Symbol] = {}
        self._changed: set[Unknown] = set()
        self._objects: dict[Poly, Unknown] = {}

    @property
    def decisions(self) -> int:
        """How many unknown conditions have been decided so far."""
        return len(self.trace)

    @property
    def branches(self) -> int:
        """How many of them were conditions of the code, and not ranks of tensors."""
        return len(self.trace) - self.ranks

    def rank(self, place: Hashable) -> bool:
        """Whether a tensor of unknown rank has the most usual rank: decided for this run."""
        self.ranks += 1
        return self.decide(Unknown("rank"), place)

    def decide(self, condition: Unknown, place: Hashable, likely: bool = True) -> bool:
        """The outcome of an unknown condition; `likely` where nothing forces another."""
        key, positive = _key(condition)
        known = self._decided.get(key)
        if known is None:
            index = len(self.trace)
            outcome = self._forced[index] if index < len(self._forced) else likely
            known = outcome is positive
            self._decided[key] = known
            self.trace.append((place, outcome))
            self._learn(key, known)
        return known is positive

    def _learn(self, key: Hashable, outcome: bool) -> None:
        if not isinstance(key, tuple) or not outcome:
            return
        operator, a, b = key  # pyright: ignore[reportUnknownVariableType]
        if operator != "==":
            return
        for left, right in ((a, b), (b, a)):  # pyright: ignore[reportUnknownVariableType]
            if isinstance(left, Unknown) and not isinstance(right, Unknown):
                self.facts[left] = right
                return
        if isinstance(a, Poly | int) and isinstance(b, Poly | int):
            self._equate(add(a, b, -1))  # pyright: ignore[reportUnknownArgumentType]

    def _equate(self, difference: Any) -> None:
        """From difference == 0, express one symbol by the others."""
        if not isinstance(difference, Poly):
            return
        for monomial, coefficient in difference.terms.items():
            if len(monomial) != 1 or monomial[0].key is not None:
                continue
            symbol = monomial[0]
            if any(symbol in other for other in difference.terms if other != monomial):
                continue
            rest = add(difference, Poly({monomial: coefficient}), -1)
            value = divide_exactly(rest, -coefficient) if isinstance(coefficient, int) else None
            if value is None or (sign(value) == -1):
                continue
            self._solve({symbol: value})
            return

    def _solve(self, solved: dict[Symbol, Any]) -> None:
        self.sizes = {s: substitute(v, solved, self._atoms) for s, v in self.sizes.items()} | solved

    def size(self, value: Any) -> Any:
        """A size with what the decisions told about its symbols."""
        return substitute(value, self.sizes, self._atoms) if self.sizes else value

    def change(self, value: Value) -> None:
        """Something may have changed an unknown object, and with it what it is a part of."""
        if isinstance(value, Poly) and is_guessed(value):
            value = self.as_object(value)
        if isinstance(value, Unknown) and value.fixed:
            self._changed.update(value.wholes())

    def as_object(self, value: Poly) -> Unknown:
        """What was guessed to be a number by its name is used as an object: `h.channels`."""
        return self._objects.setdefault(value, Unknown(str(value), fixed=True))

    def width(self, value: Any) -> Any:
        """What a layer is given as its number of channels, as a size.

        A part of a fixed unknown, `cfg.width`, is a symbol: positive where it alone is the width of a layer, so that
        nothing is concluded from `channels + cfg.extra`.
        """
        size = self._number(value) if value.__class__ is Unknown else None
        if size is None:
            return self.size(value)
        symbol = self._widths.get(value)
        if symbol is not None and not symbol.strict:
            positive = self._widths[value] = Symbol(symbol.name, 0, strict=True)
            self._solve({symbol: of_symbol(positive)})
        return self.size(size)

    def _number(self, value: Any) -> Size | None:
        """The size that an unknown number is, where its formula tells; None where it does not."""
        value = self.facts.get(value, value) if isinstance(value, Unknown) else value
        if not isinstance(value, Unknown):
            return value if isinstance(value, int | Poly) and not isinstance(value, bool) else None
        if value.formula is not None:
            operator, *operands = value.formula
            a, b = (self._number(operand) for operand in operands)
            if a is None or b is None:
                return None
            if operator == "//":
                return self._atoms.floor_divide(a, b) if isinstance(b, int) and b > 0 and sign(a) is not None else None
            return multiply(a, b) if operator == "*" else add(a, b, -1 if operator == "-" else 1)
        if not value.fixed or value.whole is None or not self._changed.isdisjoint(value.wholes()):
            return None
        if value not in self._widths:
            self._widths[value] = Symbol(value.path, 0)
        return of_symbol(self._widths[value])


def _key(condition: Unknown) -> tuple[Hashable, bool]:
    """A condition and its negation have the same key; the flag tells them apart."""
    key, positive = _normalised(condition)
    try:
        hash(key)
    except TypeError:
        return condition, True  # it compares with a list or the like: only the same comparison is known to be the same
    return key, positive


def _normalised(condition: Value) -> tuple[Any, bool]:
    test = condition.condition if isinstance(condition, Unknown) else None
    if test is None:
        return condition, True
    operator, a, b = test
    if operator == "not":
        key, positive = _normalised(a)
        return key, not positive
    if operator in ("!=", ">=", ">", "not in"):
        # a > b is b < a; a >= b is not (a < b).
        if operator == ">":
            return ("<", b, a), True
        return (_OPPOSITE[operator], a, b), False
    if operator == "<=":
        return ("<", b, a), False
    return (operator, a, b), True


_OPPOSITE = {"!=": "==", ">=": "<", "not in": "in"}


def explore(run: Callable[[Path, int], bool], atoms: Atoms, limit: int) -> tuple[int, bool]:
    """Run every way an unknown condition can go, until each has gone both ways or `limit` runs are made.

    `run` gets the path and its number and says whether it is worth going on. Returns the number of runs, and whether
    each condition has gone both ways. The first run takes every condition the likely way; a last one takes none so,
    since two conditions may make a difference only together.
    """
    waiting: list[tuple[bool, ...]] = [()]
    covered: set[Choice] = set()
    opposite: tuple[bool, ...] | None = None
    runs = 0
    while waiting and runs < limit:
        forced = waiting.pop(0)
        path = Path(atoms, forced)
        go_on = run(path, runs)
        runs += 1
        covered.update(path.trace)
        for index in range(len(forced), len(path.trace)):
            place, outcome = path.trace[index]
            other = (place, not outcome)
            if other not in covered:
                covered.add(other)
                before = tuple(choice for _, choice in path.trace[:index])
                waiting.append((*before, not outcome))
        if opposite is None:
            opposite = tuple(not outcome for _, outcome in path.trace)
        if not waiting and len(opposite) > 1:
            waiting.append(opposite)
            opposite = ()
        if not go_on:
            break
    return runs, not waiting
