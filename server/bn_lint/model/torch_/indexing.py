"""Indexing and slicing tensors."""

from __future__ import annotations

from bn_lint.model import symbolic
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.symbolic import Size, fresh
from bn_lint.model.torch_.shapes import combine, is_size, passed_through
from bn_lint.model.values import Tensor, Unknown, Value


def index_tensor(f: Frame, tensor: Tensor, key: Value) -> Value:
    """tensor[key]"""
    if tensor.data is not None and isinstance(key, int) and isinstance(tensor.data, list):
        try:
            return Tensor((), data=tensor.data[key])  # pyright: ignore[reportUnknownMemberType]
        except IndexError:
            raise Raised(IndexError) from None
    keys: tuple[Value, ...] = key if isinstance(key, tuple) else (key,)  # pyright: ignore[reportUnknownVariableType]
    if tensor.dims is None or any(isinstance(k, Unknown | list) for k in keys):
        return Tensor(None)
    if any(isinstance(k, Tensor) for k in keys):
        return _masked(tensor, keys)
    dims: list[Size] = []
    channel: int | None = None
    used = sum(1 for k in keys if k is not None and k is not Ellipsis)
    if used > len(tensor.dims):
        raise Raised(IndexError)
    position = 0
    for k in keys:
        if k is Ellipsis:
            for _ in range(len(tensor.dims) - used):
                if position == tensor.channel:
                    channel = len(dims)
                dims.append(tensor.dims[position])
                position += 1
        elif k is None:
            dims.append(1)
        else:
            size = tensor.dims[position]
            if isinstance(k, slice):
                if position == tensor.channel:
                    channel = len(dims)
                dims.append(sliced(f, size, k))  # pyright: ignore[reportUnknownArgumentType]
            position += 1
    for rest in range(position, len(tensor.dims)):
        if rest == tensor.channel:
            channel = len(dims)
        dims.append(tensor.dims[rest])
    origin = tensor.origin if channel is not None else None
    if channel is not None and tensor.channel is not None and dims[channel] != tensor.dims[tensor.channel]:
        origin = passed_through(f, "indexing", dims[channel], origin)
    return Tensor(tuple(dims), channel=channel, origin=origin)


def _masked(tensor: Tensor, keys: tuple[Value, ...]) -> Tensor:
    assert tensor.dims is not None
    if len(keys) == 1:
        index = keys[0]
        if index.dims is not None and len(index.dims) == 1:
            return Tensor((fresh("n"), *tensor.dims[1:]), channel=tensor.channel or None, origin=tensor.origin)
        return Tensor(None)
    # Plain slices before one index vector: the vector replaces its axis.
    *before, last = keys
    plain = all(isinstance(k, slice) and k == slice(None) for k in before)
    vector = last.dims if isinstance(last, Tensor) else None
    if plain and vector is not None and len(vector) == 1 and len(before) < len(tensor.dims):
        dims = list(tensor.dims)
        # An index has as many elements as go on; a mask chooses some of them.
        numbers: Value = last.data
        dims[len(before)] = len(numbers) if isinstance(numbers, list) else fresh("n")  # pyright: ignore[reportUnknownArgumentType]
        return Tensor(tuple(dims), channel=tensor.channel, origin=tensor.origin)
    return Tensor(None)


def sliced(f: Frame, size: Size, key: slice) -> Size:
    """The length of size[start:stop:step]."""
    start, stop, step = (f.ev.path.size(part) for part in (key.start, key.stop, key.step))
    if any(part is not None and not is_size(part) for part in (start, stop, step)):
        return fresh("n")
    if isinstance(size, int) and all(part is None or isinstance(part, int) for part in (start, stop, step)):
        if step is not None and step < 1:
            raise Raised(ValueError)
        return len(range(size)[slice(start, stop, step)])
    if step not in (None, 1):
        if start in (None, 0, 1) and stop is None and isinstance(step, int) and step > 1:
            exact = combine(f, "//", size, step)
            return exact if combine(f, "*", exact, step) == size else fresh("n")
        return fresh("n")
    if start in (None, 0):
        if stop is None:
            return size
        if isinstance(stop, int) and stop < 0:
            return combine(f, "+", size, stop)
        # Python stops where the sequence ends.
        return stop if _at_most(f, stop, size) else fresh("n")
    if stop is None:
        if isinstance(start, int) and start < 0:
            return -start
        return combine(f, "-", size, start)
    if isinstance(start, int) and isinstance(stop, int):
        if start >= 0 and stop < 0:
            return combine(f, "+", size, stop - start)
        return fresh("n")
    within = _at_most(f, 0, start) and _at_most(f, start, stop) and _at_most(f, stop, size)
    return combine(f, "-", stop, start) if within else fresh("n")


def _at_most(f: Frame, a: Size, b: Size) -> bool:
    """Whether a <= b whatever the unknowns are."""
    return symbolic.non_negative(f.ev.path.size(symbolic.add(b, a, -1)))
