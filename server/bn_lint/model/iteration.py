"""Iterating over abstract values."""

from __future__ import annotations

from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
from bn_lint.model import operators, symbolic
from bn_lint.model.frame import Frame
from bn_lint.model.symbolic import Poly
from bn_lint.model.torch_.shapes import unknown_dims
from bn_lint.model.values import (
    MISSING,
    Class,
    EnumMember,
    Iterator,
    Object,
    ShapeOf,
    Tensor,
    Unknown,
    Value,
    View,
)

# Unbinding a tensor along an axis longer than this is not how models are written.
_MAX_UNBOUND = 64


class SymbolicRange:
    """range(n) for a symbolic n."""

    __slots__ = ("stop",)

    def __init__(self, stop: Poly) -> None:
        self.stop = stop


def iterator(items: list[Value]) -> Iterator:
    return Iterator(items)


def known_items(f: Frame, value: Value, count: int | None = None) -> list[Value] | None:
    """The items of an iterable, None where they are not known. `count`: how many a target unpacks."""
    value = operators.fact(f, value)
    cls = value.__class__
    if cls is list or cls is tuple:
        return list(value)
    if cls is range or cls is str or cls is dict or cls is set:
        return list(value) if len(value) <= 4096 else None
    if cls is Iterator:
        return value.rest()
    if cls is View:
        return value.items()
    if cls is Tensor:
        return _unbind(f, value, count)
    if cls is ShapeOf and count is not None:
        if value.tensor.dims is None:
            value.tensor.dims = unknown_dims(count)
        return list(value.tensor.dims)
    if isinstance(value, Object):
        return _object_items(f, value)
    if isinstance(value, Class):
        return [m for m in value.members.values() if isinstance(m, EnumMember)] or None
    if isinstance(value, dict | frozenset):
        return list(value)  # pyright: ignore[reportUnknownArgumentType]
    return None


def _unbind(f: Frame, tensor: Tensor, count: int | None) -> list[Value] | None:
    if isinstance(tensor.data, list):
        return [Tensor((), data=number) for number in tensor.data]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if tensor.dims is None:
        return None if count is None else [Tensor(None, last=tensor.last) for _ in range(count)]
    if not tensor.dims:
        return None
    first = f.ev.path.size(tensor.dims[0])
    if not isinstance(first, int):
        first = count
    if first is None or first > _MAX_UNBOUND:
        return None
    channel = None if not tensor.channel else tensor.channel - 1
    return [Tensor(tensor.dims[1:], channel=channel, origin=tensor.origin) for _ in range(first)]


def _object_items(f: Frame, value: Object) -> list[Value] | None:
    method = value.cls.lookup("__iter__")
    if method is not MISSING:
        result = calls.call(f, attributes.bind(f, method, value, value.cls), [], {})
        return known_items(f, result) if result is not value else None
    getter, length = value.cls.lookup("__getitem__"), value.cls.lookup("__len__")
    if getter is MISSING or length is MISSING:
        return None
    count = calls.call(f, attributes.bind(f, length, value, value.cls), [], {})
    if not isinstance(count, int) or count > 4096:
        return None
    get = attributes.bind(f, getter, value, value.cls)
    return [calls.call(f, get, [index], {}) for index in range(count)]


def items(f: Frame, value: Value, number: int) -> list[Value]:
    """The items a `for` statement runs over; how often an unknown one runs is decided for this path."""
    value = operators.fact(f, value)
    known = known_items(f, value)
    if known is not None:
        return known
    path = f.ev.path
    if isinstance(value, SymbolicRange):
        stop = path.size(value.stop)
        for rounds in (2, 1):
            if path.decide(Unknown("range", ("==", stop, rounds)), (f.piece, number, rounds), rounds == 2):
                return list(range(rounds))
        return list(range(3)) if symbolic.sign(stop) == 1 else []
    condition = value if isinstance(value, Unknown) else Unknown("iterable")
    if not path.decide(Unknown("loop", ("!=", condition, _EMPTY)), (f.piece, number), True):
        return []
    element: Any = value.part(0) if isinstance(value, Unknown) else Unknown("item")
    return [element]


_EMPTY = Unknown("empty")
