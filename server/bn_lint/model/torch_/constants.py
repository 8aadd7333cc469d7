"""Small tensors whose numbers are known: RegNet and its kin compute their widths with torch functions."""

from __future__ import annotations

import operator as _op
from collections.abc import Callable
from typing import Any

from bn_lint.model.values import Tensor, Value

_MAX = 1024
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _op.add, "-": _op.sub, "*": _op.mul, "/": _op.truediv, "//": _op.floordiv, "%": _op.mod, "**": _op.pow,  # pyright: ignore[reportUnknownMemberType]
}  # fmt: skip


def vector(numbers: list[Any]) -> Tensor:
    """A one-dimensional tensor or array of these numbers."""
    return Tensor((len(numbers),), data=numbers if len(numbers) <= _MAX else None)


def each(python: Callable[[Any], Any], value: Value) -> Tensor | None:
    """The function of every number; None where they are not known."""
    data = value.data if isinstance(value, Tensor) else value if isinstance(value, int | float) else None
    try:
        if isinstance(data, list):
            return vector([python(x) for x in data])  # pyright: ignore[reportUnknownVariableType]
        return None if data is None else Tensor((), data=python(data))
    except (ValueError, OverflowError, TypeError, ZeroDivisionError):
        return None


def elementwise(operator: str, a: Value, b: Value) -> Tensor | None:
    """a <operator> b where the numbers of both are known, else None."""
    python = _OPERATORS.get(operator)
    left = a.data if isinstance(a, Tensor) else a
    right = b.data if isinstance(b, Tensor) else b
    if python is None:
        return None
    try:
        if isinstance(left, list) and isinstance(right, list):
            if len(left) == len(right):  # pyright: ignore[reportUnknownArgumentType]
                return vector([python(x, y) for x, y in zip(left, right, strict=True)])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif isinstance(left, list) and isinstance(right, int | float):
            return vector([python(x, right) for x in left])  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(right, list) and isinstance(left, int | float):
            return vector([python(left, y) for y in right])  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(left, int | float) and isinstance(right, int | float):
            return Tensor((), data=python(left, right))
    except (ValueError, OverflowError, TypeError, ZeroDivisionError):
        pass
    return None
