"""Arithmetic on shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeGuard

from bn_lint.model import symbolic
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.symbolic import Poly, Size, fresh
from bn_lint.model.torch_ import constants
from bn_lint.model.values import Origin, Tensor, Unknown, Value


def listed(value: Value) -> list[Value]:
    """The items of a list or tuple."""
    return list(value)


def is_size(value: Value) -> TypeGuard[Size]:
    """Whether a value is an integer, known or symbolic."""
    return isinstance(value, int | Poly) and not isinstance(value, bool)


def size_or_fresh(f: Frame, value: Value, name: str = "n") -> Size:
    """A value as a size; a new unknown size where it is none."""
    value = f.ev.path.size(value)
    return value if is_size(value) else fresh(name)


def like(tensor: Tensor) -> Tensor:
    """A tensor of the same shape."""
    return Tensor(tensor.dims, last=tensor.last, channel=tensor.channel, origin=tensor.origin, run=tensor.run)


def passed_through(f: Frame, what: str, size: Size, before: Origin | None) -> Origin:
    """The origin of channels that an operation changed in number or place."""
    return Origin(what, size, None, f.place, () if before is None else (before,))


def refine(tensor: Tensor, dims: tuple[Size, ...], channel: int = 1) -> None:
    """A tensor of unknown rank went where only this shape goes: from here on it has it."""
    tensor.dims = dims
    tensor.channel = channel


def unknown_dims(count: int) -> tuple[Size, ...]:
    """Sizes about which nothing is known."""
    return tuple(fresh(name) for name in _NAMES.get(count, "abcdefghij"[:count]))


_NAMES = {2: ("N", "L"), 3: ("N", "L", "M"), 4: ("N", "C", "H", "W"), 5: ("N", "C", "D", "H", "W")}


def different(f: Frame, a: Value, b: Value) -> bool:
    """Whether two sizes certainly differ, whatever the unknowns are."""
    if not (is_size(a) and is_size(b)):
        return False
    sign = symbolic.sign(f.ev.path.size(symbolic.add(a, b, -1)))
    return sign is not None and sign != 0


def equal(f: Frame, a: Value, b: Value) -> bool:
    """Whether two sizes certainly are the same."""
    return is_size(a) and is_size(b) and f.ev.path.size(symbolic.add(a, b, -1)) == 0


def axis(f: Frame, value: Value, rank: int) -> int | None:
    """An axis number made non-negative; None where it is not known. Raises IndexError (of the code)."""
    if not isinstance(value, int):
        return None
    if not -rank <= value < max(rank, 1):
        raise Raised(IndexError)
    return value % rank if rank else 0


def product(f: Frame, sizes: Iterable[Size]) -> Size:
    """The product of sizes; a new unknown size where it is too large to write down."""
    total: Any = 1
    for size in sizes:
        total = symbolic.multiply(total, size)
        if total is None:
            return fresh("numel")
    return total


def combine(f: Frame, operator: str, a: Size, b: Size) -> Size:
    """a <operator> b for sizes, operator one of + - * //."""
    if operator == "+":
        return symbolic.add(a, b)
    if operator == "-":
        return symbolic.add(a, b, -1)
    if operator == "*":
        result = symbolic.multiply(a, b)
        return fresh("n") if result is None else result
    return f.ev.atoms.floor_divide(a, b)


def pooled(
    f: Frame, size: Size, kernel: Value, stride: Value, padding: Value, dilation: Value, up: bool = False
) -> Size:
    """The output size of a convolution or pooling along one axis (PyTorch's Conv2d documentation)."""
    if not all(isinstance(value, int) for value in (kernel, stride, padding, dilation)) or stride < 1:
        return fresh("n")
    span = symbolic.add(size, 2 * padding - dilation * (kernel - 1) - 1)
    if up:
        span = symbolic.add(span, stride - 1)
    if isinstance(span, int) and span < 0:
        raise Raised(RuntimeError)
    count = symbolic.add(f.ev.atoms.floor_divide(span, stride), 1)
    if up and stride > 1:
        # The last window has to start inside the input or the padding before it.
        if not isinstance(count, int) or not isinstance(size, int):
            return fresh("n")
        count -= (count - 1) * stride >= size + padding
    return count


def elementwise(f: Frame, operator: str, a: Value, b: Value) -> Tensor:
    """The shape of `a <operator> b` where at least one is a tensor."""
    if operator == "@":
        from bn_lint.model.torch_.functions import matmul

        return matmul(f, a, b)
    known = constants.elementwise(operator, a, b)
    if known is not None:
        return known
    if not isinstance(a, Tensor):
        return like(b) if _scalar(a) else _beside_unknown(b)
    if not isinstance(b, Tensor):
        return like(a) if _scalar(b) else _beside_unknown(a)
    return broadcast(f, a, b)


def _scalar(value: Value) -> bool:
    return isinstance(value, int | float | bool | complex | Poly)


def _beside_unknown(tensor: Tensor) -> Tensor:
    """Broadcasting with something unknown: a size of 1 may grow, and further axes may come in front."""
    if tensor.dims is None:
        return Tensor(None)
    dims = tuple(fresh("n") if size == 1 else size for size in tensor.dims)
    if tensor.channel is None or len(dims) < 3:
        return Tensor(None, last=dims[-1] if dims and dims[-1] == tensor.dims[-1] else None)
    # A feature map beside an unknown gate or mask keeps its rank in every model that runs.
    return Tensor(dims, channel=tensor.channel, origin=tensor.origin)


def broadcast(f: Frame, a: Tensor, b: Tensor) -> Tensor:
    """Broadcast two tensors; raises RuntimeError (of the code) where their shapes certainly do not fit."""
    if a.dims is None and b.dims is None:
        return Tensor(None, last=a.last if a.last == b.last else None, channel=_same(a.channel, b.channel))
    if a.dims is None:
        return _beside_unknown(b)
    if b.dims is None:
        return _beside_unknown(a)
    longer, shorter = (a, b) if len(a.dims) >= len(b.dims) else (b, a)
    assert longer.dims is not None
    assert shorter.dims is not None
    offset = len(longer.dims) - len(shorter.dims)
    dims = list(longer.dims)
    for index, size in enumerate(shorter.dims):
        other = dims[index + offset]
        if size == 1 or equal(f, size, other):
            continue
        if other == 1:
            dims[index + offset] = size
        elif different(f, size, other):
            # One of two different sizes may still be a 1 that nobody told us about.
            if isinstance(size, int) and isinstance(other, int):
                raise Raised(RuntimeError)
            dims[index + offset] = fresh("n")
        elif isinstance(size, int):
            dims[index + offset] = size  # the other one, unknown, is this size or 1
        elif not isinstance(other, int):
            dims[index + offset] = fresh("n")
    channel, origin = longer.channel, longer.origin
    if channel is not None and longer.dims[channel] == 1 and shorter.channel is not None:
        channel, origin = shorter.channel + offset, shorter.origin
    elif channel is None and offset == 0:
        channel, origin = shorter.channel, shorter.origin
    if origin is None:
        origin = shorter.origin
    return Tensor(tuple(dims), channel=channel, origin=origin)


def _same(a: Any, b: Any) -> Any:
    return a if a == b else None


def integers(f: Frame, value: Value, count: int) -> list[Value]:
    """A parameter that is one number or one per axis (kernel_size, stride, padding), one per axis."""
    if isinstance(value, list | tuple):
        items: list[Value] = [f.ev.path.size(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        if len(items) == count:
            return items
        return items * count if len(items) == 1 else [Unknown("size")] * count
    return [f.ev.path.size(value)] * count


def reshape(f: Frame, tensor: Tensor, sizes: list[Value]) -> Tensor:
    """view/reshape: one size may be -1."""
    wanted: list[Any] = [f.ev.path.size(size) for size in sizes]
    dims: list[Size] = [size if is_size(size) else fresh("n") for size in wanted]
    holes = [index for index, size in enumerate(wanted) if size == -1]
    whole = all(is_size(size) for size in wanted)
    if holes:
        hole = holes[0]
        rest = product(f, [size for index, size in enumerate(dims) if index != hole])
        inferred: Any = None
        if tensor.dims is not None and whole:
            inferred = symbolic.divide_exactly(product(f, tensor.dims), rest)
        dims[hole] = fresh("n") if inferred is None else inferred
    elif tensor.dims is not None and whole and different(f, product(f, dims), product(f, tensor.dims)):
        raise Raised(RuntimeError)
    channel, origin = _kept_axis(f, tensor, dims)
    if channel is None and origin is not None and len(dims) > 1:
        origin = passed_through(f, "reshape", dims[1], origin)
    return Tensor(tuple(dims), channel=channel, origin=origin)


def _kept_axis(f: Frame, tensor: Tensor, dims: list[Size]) -> tuple[int | None, Origin | None]:
    """The feature axis after a reshape that leaves it and everything before it alone."""
    old, channel = tensor.dims, tensor.channel
    if old is None or channel is None:
        return None, tensor.origin
    if len(dims) > channel and all(
        equal(f, a, b) for a, b in zip(old[: channel + 1], dims[: channel + 1], strict=True)
    ):
        return channel, tensor.origin
    if channel == len(old) - 1 and dims and equal(f, old[-1], dims[-1]):
        return len(dims) - 1, tensor.origin
    return None, tensor.origin
