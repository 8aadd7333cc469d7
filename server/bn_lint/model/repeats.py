"""Constructing the same layers again: what two constructions in a row did alike, a third does too, and is copied.

Deep models build one block dozens of times from equal arguments, and building is most of an evaluation's time. A copy
is what the constructor would have built: the same attributes and places, at the same price in fuel. Constructions that
decide an unknown condition, report something, change or keep what was there before, or build something else the second
time are never copied.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bn_lint.model.sizes import sizes_in
from bn_lint.model.values import Bound, Class, Function, Module, Native, Object, Partial, Tensor, Unknown, Value
from bn_lint.source.tree import Node

if TYPE_CHECKING:
    from bn_lint.model.evaluator import Evaluator
    from bn_lint.model.frame import Frame

_PLAIN = frozenset({int, float, str, bytes, bool, type(None)})
# What a construction may read and other code change; `Repeats.note` is to be told.
CHANGEABLE = frozenset({list, dict, set, Object, Module})
_Change = tuple[Any, ...]


@dataclass
class _Built:
    """What a construction has built by the calls of `chain`, and what else it did.

    `models` are the modules of the code's own classes in it, parts before wholes; `read` what it has read that was
    there before and can change; `shared` are the parts that it has not made itself.
    """

    root: Module
    chain: tuple[Node, ...]
    models: list[Module]
    fuel: int
    unknowns: int
    read: list[Value] = field(default_factory=list[Value])
    shared: dict[int, Value] = field(default_factory=dict[int, Value])


# The constructions that were found alike, each with what it does not make itself.
Alike = dict[Hashable, dict[int, Value]]


class Repeats:
    """The constructions of one run. `alike` are those of earlier runs of the same code."""

    def __init__(self, alike: Alike) -> None:
        self._alike = alike
        self._first: dict[Hashable, _Built | None] = {}  # None: not to be copied
        self._patterns: dict[Hashable, _Built] = {}
        self._open = 0
        self._read: list[Value] = []
        self._changed: set[int] = set()
        self._looked_at = 0

    def forget(self) -> None:
        """A variable that constructors may read has changed, or the journal has been rolled back."""
        if self._first:
            self._first.clear()
            self._patterns.clear()
            self._changed.clear()
            self._looked_at = 0

    def note(self, value: Value) -> None:
        """Something is read that can change, and was there before the construction."""
        if self._open:
            self._read.append(value)

    def construct(self, f: Frame, cls: Class, args: list[Value], keywords: dict[str, Value], build: _Build) -> Value:
        """cls(*args, **keywords): what `build` builds, or a copy of what it has built before."""
        key = _key(f, cls, args, keywords)
        if key is None or (key in self._first and self._first[key] is None):
            return build(f, cls, args, keywords)
        pattern = self._patterns.get(key)
        if pattern is not None and pattern.fuel < f.ev.fuel and not self._stale(f.ev, pattern):
            self._read += pattern.read
            return _copied(f, pattern)
        first = self._first.get(key)
        self._first[key] = None  # what raises, or contains itself, is not copied
        outside, self._read = self._read, []
        self._open += 1
        ev = f.ev
        before, mark, models, fuel, unknowns = _effects(ev), ev.journal.mark(), len(ev.models), ev.fuel, ev.unknowns
        try:
            made = build(f, cls, args, keywords)
        finally:
            self._open -= 1
            read, self._read = self._read, outside + self._read if self._open else []
        if isinstance(made, Module) and key in self._first and _key(f, cls, args, keywords) == key:
            built = _Built(made, f.chain(), ev.models[models:], fuel - ev.fuel, ev.unknowns - unknowns, read)
            if first is None:
                self._first[key] = built
                if key in self._alike and not ev.path.decisions:
                    built.shared = self._alike[key]
                    self._patterns[key] = _copy_of(built, 0, built.chain)
            elif _effects(ev) == before:
                alike = _Alike(first, built)
                if alike.holds() and _confined(ev.journal.since(mark), alike.fresh, [*args, *keywords.values()]):
                    self._first[key] = built
                    if not ev.path.decisions:  # else another run may differ
                        self._alike[key] = built.shared
                    self._patterns[key] = _copy_of(built, 0, built.chain)
        return made

    def _stale(self, ev: Evaluator, pattern: _Built) -> bool:
        """Whether something that a construction reads has changed in this run."""
        if not pattern.read:
            return False
        self._changed.update(id(target) for target, *_ in ev.journal.since(self._looked_at))
        self._looked_at = ev.journal.mark()
        return any(not self._changed.isdisjoint(_parts(value)) for value in pattern.read)


_Build = Callable[["Frame", Class, list[Value], dict[str, Value]], Value]


def _key(f: Frame, cls: Class, args: list[Value], keywords: dict[str, Value]) -> Hashable | None:
    """What equal constructions have in common; None where an argument is not known, or has a state."""
    try:
        return cls, f.piece, f.at, _frozen(args), _frozen(keywords)
    except ValueError:
        return None


def _frozen(value: Value) -> Hashable:
    kind = value.__class__
    if kind in _PLAIN:
        return kind, value  # 1 is neither True nor 1.0
    if kind is list or kind is tuple:
        return kind, *map(_frozen, value)
    if kind is dict:
        return kind, *((key, _frozen(item)) for key, item in value.items())
    if kind is Class or kind is Native or kind is type or (kind is Function and value.up is None):
        return value
    if kind is Partial:
        return kind, _frozen(value.function), _frozen(list(value.args)), _frozen(value.keywords)
    raise ValueError


def _effects(ev: Evaluator) -> tuple[int, ...]:
    """Numbers that stay the same while a construction does nothing but build."""
    kept = ev.events, ev.uses, ev.called, ev.consulted, ev.losses, ev.left, ev.built_in_forward
    return ev.path.decisions, ev.missed, ev.epoch, *map(len, kept)


def _parts(value: Any, depth: int = 3) -> Iterable[int]:
    """The ids by which the journal knows a value and what it holds."""
    yield id(value)
    if isinstance(value, Object):
        value = [value.attrs, getattr(value, "children", None)]
    for item in value.values() if hasattr(value, "values") else value:
        if depth and item.__class__ in CHANGEABLE:
            yield from _parts(item, depth - 1)


class _Alike:
    """Whether two constructions have built the same. `fresh` are the ids of what the second has made for it."""

    def __init__(self, first: _Built, second: _Built) -> None:
        self._first = first
        self._second = second
        self._pairs: set[tuple[int, int]] = set()
        self.fresh: set[int] = set()

    def holds(self) -> bool:
        a, b = self._first, self._second
        return (
            (a.fuel, a.unknowns, len(a.models)) == (b.fuel, b.unknowns, len(b.models))
            and self._same(a.root, b.root)
            and all((id(x), id(y)) in self._pairs for x, y in zip(a.models, b.models, strict=True))
        )

    def _same(self, a: Any, b: Any) -> bool:
        kind = a.__class__
        if a is b:  # what both have got from outside must not be able to change
            self._second.shared[id(b)] = b
            return kind not in CHANGEABLE and not isinstance(a, Object)
        if kind is not b.__class__:
            return False
        if kind in _PLAIN:
            return a == b
        if (id(a), id(b)) in self._pairs:
            return True
        self._pairs.add((id(a), id(b)))
        self.fresh.add(id(b))
        if kind is list or kind is tuple:
            return len(a) == len(b) and self._all_same(a, b)
        if kind is dict:
            return list(a) == list(b) and self._all_same(a.values(), b.values())
        if kind is Partial:
            return self._all_same((a.function, a.args, a.keywords), (b.function, b.args, b.keywords))
        if kind is Bound:
            return self._all_same((a.function, a.receiver), (b.function, b.receiver))
        if kind is Unknown:
            return a.path == b.path and not any((*_ties(a), *_ties(b)))
        if kind is Tensor:
            return _facts(a) == _facts(b) and not any((a.origin, b.origin, a.run, b.run, a.owner, b.owner))
        if kind is Module and not self._same_state(a, b):
            return False
        return kind in (Module, Object) and a.cls is b.cls and self._all_same(_state(a), _state(b))

    def _all_same(self, a: Iterable[Any], b: Iterable[Any]) -> bool:
        return all(map(self._same, a, b))

    def _same_state(self, a: Module, b: Module) -> bool:
        inner = a.chain[: len(a.chain) - len(self._first.chain)], b.chain[: len(b.chain) - len(self._second.chain)]
        self.fresh.update((id(b.attrs), id(b.children)))
        return (
            all(_untouched(each) for each in (a, b))
            and (a.built, a.places) == (b.built, b.places)
            and (a.scope == b.scope or b is self._second.root)
            and inner[0] == inner[1]
        )


def _state(value: Object) -> list[Any]:
    return [value.attrs, value.payload, value.children if isinstance(value, Module) else None]


def _untouched(module: Module) -> bool:
    touched = module.escaped, module.switched, module.form, module.traced, module.hidden, module.deferred
    return module.training is True and not any(touched)


def _ties(value: Unknown) -> tuple[Any, ...]:
    """What makes an unknown value more than one of which nothing is known."""
    return value.condition, value.formula, value.owner, value.fixed, value.whole


def _facts(tensor: Tensor) -> tuple[Any, ...]:
    return tensor.dims, tensor.last, tensor.channel, tensor.data, tensor.norm


def _confined(changes: list[_Change], fresh: set[int], given: list[Value]) -> bool:
    """Whether a construction has changed nothing but what it made, and has not kept a container that it was given."""
    if not fresh.isdisjoint(map(id, given)):
        return False
    # What was local, nothing refers to any more but the journal.
    entries = Counter(id(target) for target, *_ in changes)
    return all(key in fresh or count <= entries[key] + _OVERHEAD for key, count in _references(changes))


def _references(changes: list[_Change]) -> list[tuple[int, int]]:
    return [(id(change[0]), sys.getrefcount(change[0])) for change in changes]


# References that counting them adds.
_OVERHEAD = _references([([],)])[0][1] - 1


def _copy_of(built: _Built, born: int, chain: tuple[Node, ...]) -> _Built:
    """Another of the same, built by other calls."""
    copier = _Copier(built, born, chain)
    root = copier.copy(built.root)
    models = [copier.copies[id(model)] for model in built.models]
    return _Built(root, chain, models, built.fuel, built.unknowns, built.read, built.shared)


class _Copier:
    """No closure: one that calls itself holds itself in a circle, and there are thousands."""

    def __init__(self, built: _Built, born: int, chain: tuple[Node, ...]) -> None:
        self.copies: dict[int, Any] = {}
        self._shared = built.shared
        self._born = born
        self._inner = -len(built.chain)
        self._chain = chain if chain != built.chain else None

    def copy(self, value: Any) -> Any:
        kind = value.__class__
        if kind in _PLAIN or id(value) in self._shared:
            return value
        found = self.copies.get(id(value))
        if found is not None:
            return found
        made: Any
        if kind is Module:
            made = self.copies[id(value)] = Module(value.cls, value.built, self._born)
            made.chain = value.chain if self._chain is None else (*value.chain[: self._inner], *self._chain)
            made.places = None if value.places is None else dict(value.places)
            made.scope = value.scope
            made.attrs, made.children = self._table(value.attrs), self._table(value.children)
            made.payload = self.copy(value.payload)
        elif kind is Object:
            made = self.copies[id(value)] = Object(value.cls, self._born)
            made.attrs, made.payload = self._table(value.attrs), self.copy(value.payload)
        elif kind is list:
            made = self.copies[id(value)] = []
            made += map(self.copy, value)
        elif kind is dict:
            made = self.copies[id(value)] = {}
            made.update(self._table(value))
        elif kind is tuple:
            made = tuple(map(self.copy, value))
        elif kind is Partial:
            made = Partial(self.copy(value.function), self.copy(value.args), self.copy(value.keywords))
        elif kind is Bound:
            made = Bound(self.copy(value.function), self.copy(value.receiver))
        elif kind is Unknown:
            made = self.copies[id(value)] = Unknown(value.path)
        else:
            return value
        return made

    def _table(self, table: dict[Any, Any]) -> dict[Any, Any]:
        return {key: self.copy(item) for key, item in table.items()}


def _copied(f: Frame, pattern: _Built) -> Module:
    ev = f.ev
    copy = _copy_of(pattern, ev.epoch, f.chain())
    ev.models += copy.models
    ev.fuel -= copy.fuel
    ev.unknowns += copy.unknowns
    if copy.root.scope is not None:
        copy.root.scope = sizes_in(f)
    return copy.root
