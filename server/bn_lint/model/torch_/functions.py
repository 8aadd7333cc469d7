"""Functions of torch and torch.nn.functional, and the methods of Tensor that do the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from bn_lint.model import symbolic
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.iteration import known_items
from bn_lint.model.symbolic import Size, fresh
from bn_lint.model.torch_ import constants
from bn_lint.model.torch_.registry import function
from bn_lint.model.torch_.shapes import (
    axis,
    broadcast,
    combine,
    different,
    elementwise,
    equal,
    integers,
    is_size,
    like,
    listed,
    passed_through,
    pooled,
    product,
    reshape,
    size_or_fresh,
    unknown_dims,
)
from bn_lint.model.values import Origin, Tensor, Unknown, Value

# ---- the same shape


@function(
    "input, *rest, dim=None, dtype=None, inplace=False, out=None, p=0.5, training=False, alpha=1, beta=1,"
    " memory_format=None, non_blocking=False, copy=False, device=None, min=None, max=None, negative_slope=0.01,"
    " eps=1e-12, threshold=0, approximate='none', generator=None, requires_grad=True, decimals=0, ndim=None,"
    " layout=None, nan=0.0, tau=1, hard=False, lower=0.125, upper=0.333, other=None, weight=None, value=None,"
    " rounding_mode=None",
    *(
        f"torch.{name}"
        for name in (
            "relu relu_ sigmoid tanh abs exp log sqrt rsqrt sin cos clamp clip softmax log_softmax dropout neg erf"
            " square zeros_like ones_like rand_like randn_like full_like empty_like round floor ceil sign reciprocal"
            " log2 log10 log1p expm1 atan nan_to_num threshold selu celu rrelu prelu isnan isinf logical_not"
            " cumsum cumprod flip roll fake_quantize_per_tensor_affine conj detach clone fliplr flipud hardshrink"
            " bernoulli acos asin sinh cosh tril triu"
        ).split()
    ),
    *(
        f"torch.nn.functional.{name}"
        for name in (
            "relu relu_ relu6 relu6_ sigmoid tanh softmax log_softmax dropout dropout1d dropout2d dropout3d"
            " alpha_dropout feature_alpha_dropout gelu silu mish hardtanh hardtanh_ hardswish hardsigmoid leaky_relu"
            " leaky_relu_ elu elu_ selu celu rrelu prelu softplus softsign softmin softshrink hardshrink tanhshrink"
            " logsigmoid normalize threshold gumbel_softmax local_response_norm layer_norm rms_norm"
        ).split()
    ),
    *(
        f".{name}"
        for name in (
            "relu relu_ sigmoid sigmoid_ tanh tanh_ abs exp log sqrt sqrt_ rsqrt pow_ clamp clamp_ clamp_min"
            " clamp_max softmax log_softmax neg contiguous clone detach detach_ to float half double bfloat16 int"
            " long bool cuda cpu type requires_grad_ add_ mul_ sub_ div_ fill_ zero_ normal_ uniform_ copy_"
            " masked_fill masked_fill_ round floor ceil sign square neg_ exp_ log_ erf cumsum flip"
            " roll type_as retain_grad coalesce trunc_normal_ pin_memory byte short log2 reciprocal sin cos cumprod"
            " nan_to_num log1p addcmul_ clip conj resolve_conj dequantize to_dense logical_not share_memory_ tril triu"
        ).split()
    ),
)
def identity(f: Frame, input: Value, *_: Value) -> Value:
    return like(input) if isinstance(input, Tensor) else Tensor(None)


def _on_constants(python: Callable[[Any], Any], *names: str) -> None:
    """A function of one number each, carried out on tensors whose numbers are known."""

    @function("input, dtype=None, *rest, decimals=0, device=None, copy=False, non_blocking=False", *names)
    def apply(f: Frame, input: Value, *_: Value) -> Value:
        known = constants.each(python, input)
        return identity(f, input) if known is None else known


for _name, _python in {
    "round": round, "floor": math.floor, "ceil": math.ceil, "log": math.log, "exp": math.exp, "sqrt": math.sqrt,
    "log2": math.log2, "abs": abs,
}.items():  # fmt: skip
    _on_constants(_python, f"torch.{_name}", f".{_name}", *((f"numpy.{_name}",) if _name != "abs" else ()))
_on_constants(int, ".int", ".long", ".astype")
_on_constants(float, ".float", ".double")
_on_constants(lambda x: x, ".clone", ".detach", ".cpu", ".contiguous")


@function("input, n=1, dim=-1, prepend=None, append=None", "torch.diff", "numpy.diff")
def diff(f: Frame, input: Value, n: Value, dim: Value, prepend: Value, append: Value) -> Value:
    if isinstance(input, Tensor) and isinstance(input.data, list) and n == 1 and prepend is None and append is None:
        return constants.vector([b - a for a, b in pairwise(input.data)])  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportUnknownVariableType]
    return Tensor((fresh("n"),))


@function(
    "input, sorted=True, return_inverse=False, return_counts=False, dim=None", "torch.unique", ".unique", "numpy.unique"
)
def unique(f: Frame, input: Value, sorted_: Value, inverse: Value, counts: Value, dim: Value) -> Value:
    if not isinstance(input, Tensor) or not isinstance(input.data, list) or inverse or dim is not None:
        return Unknown("unique")
    numbers: list[Any] = sorted(set(input.data))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    if not counts:
        return constants.vector(numbers)
    return constants.vector(numbers), constants.vector([input.data.count(n) for n in numbers])  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


@function(
    "input, *rest, memory_format=None, out=None, alpha=1, value=1, rounding_mode=None, other=None",
    *(
        f"torch.{n}"
        for n in "maximum minimum where eq ne gt lt ge le"
        " remainder fmod logical_and logical_or lerp atan2 addcmul addcdiv xlogy".split()
    ),
    *(
        f".{n}"
        for n in "maximum minimum eq ne gt lt ge le where masked_scatter expand_as_ logical_and logical_or"
        " remainder fmod lerp atan2 addcmul addcdiv xlogy".split()
    ),
)
def arithmetic(f: Frame, input: Value, *others: Value) -> Value:
    out = input
    for other in (*others[-1], *([] if others[-2] is None else [others[-2]])):
        if isinstance(out, Tensor) or isinstance(other, Tensor):
            out = elementwise(f, "+", out, other)
    return out if isinstance(out, Tensor) else Tensor(None)


def _operator(symbol: str, *names: str) -> None:
    @function("input, other, *, alpha=1, out=None, rounding_mode=None", *names)
    def apply(f: Frame, input: Value, other: Value, *_: Value) -> Value:
        if isinstance(input, Tensor) or isinstance(other, Tensor):
            return elementwise(f, symbol, input, other)
        known = constants.elementwise(symbol, input, other)
        return Tensor(None) if known is None else known


for _symbol, _words in {
    "+": "add",
    "-": "sub subtract",
    "*": "mul multiply",
    "/": "div divide true_divide",
    "//": "floor_divide",
    "**": "pow",
}.items():
    _operator(_symbol, *(f"{_prefix}.{_word}" for _word in _words.split() for _prefix in ("torch", "")))
_operator("**", "numpy.power")
_operator("/", "numpy.divide")


# ---- joining and splitting


@function("tensors, dim=0, *, axis=None, out=None", "torch.cat", "torch.concat", "torch.concatenate")
def cat(f: Frame, tensors: Value, dim: Value, axis_: Value, out: Value) -> Value:
    items = known_items(f, tensors)
    dim = f.ev.path.size(dim if axis_ is None else axis_)
    if not items:
        return Tensor(None)
    # `torch.tensor([])`, the usual start of a loop that joins, may stand among tensors of any rank.
    items = [t for t in items if not isinstance(t, Tensor) or t.dims != (0,)] or items
    known = [t for t in items if isinstance(t, Tensor) and t.dims is not None]
    if not known or not isinstance(dim, int):
        lasts = [t.last if isinstance(t, Tensor) else None for t in items]
        if dim == -1 and all(last is not None for last in lasts):
            total: Any = 0
            for last in lasts:
                total = symbolic.add(total, last)  # pyright: ignore[reportArgumentType]
            return Tensor(None, last=total)
        return Tensor(None)
    assert known[0].dims is not None
    rank = len(known[0].dims)
    if any(t.dims is not None and len(t.dims) != rank for t in known):
        raise Raised(RuntimeError)
    at = axis(f, dim, rank)
    assert at is not None
    dims = list(known[0].dims)
    for tensor in known[1:]:
        assert tensor.dims is not None
        for index, size in enumerate(tensor.dims):
            if index != at and not isinstance(dims[index], int):
                dims[index] = size
    if len(known) < len(items):
        dims[at] = fresh("C")
        return Tensor(tuple(dims), channel=known[0].channel)
    total = 0
    for tensor in known:
        assert tensor.dims is not None
        total = symbolic.add(total, tensor.dims[at])
    dims[at] = total
    channel = known[0].channel
    if channel is None:
        channel = next((t.channel for t in known if t.channel is not None), None)
    parents = tuple(t.origin for t in known if t.origin is not None)
    origin = Origin("torch.cat", total, None, f.place, parents) if at == channel else known[0].origin
    return Tensor(tuple(dims), channel=channel, origin=origin)


@function("tensors, dim=0, *, out=None", "torch.stack")
def stack(f: Frame, tensors: Value, dim: Value, out: Value) -> Value:
    items = known_items(f, tensors)
    if not items or not isinstance(items[0], Tensor) or items[0].dims is None:
        return Tensor(None)
    at = axis(f, f.ev.path.size(dim), len(items[0].dims) + 1)
    if at is None:
        return Tensor(None)
    dims = list(items[0].dims)
    dims.insert(at, len(items))
    channel = items[0].channel
    if channel is not None and channel >= at:
        channel += 1
    return Tensor(tuple(dims), channel=channel, origin=items[0].origin)


def _pieces(f: Frame, what: str, tensor: Tensor, at: int, sizes: list[Size]) -> tuple[Tensor, ...]:
    """Parts of a tensor along an axis, made by the operation `what`."""
    assert tensor.dims is not None
    out: list[Tensor] = []
    start = 0
    for size in sizes:
        dims = list(tensor.dims)
        dims[at] = size
        data = None
        if isinstance(tensor.data, list) and isinstance(size, int):  # pyright: ignore[reportUnknownMemberType]
            data = tensor.data[start : start + size]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            start += size
        origin = tensor.origin
        if at == tensor.channel and size != tensor.dims[at]:
            origin = passed_through(f, what, size, origin)
        out.append(Tensor(tuple(dims), channel=tensor.channel, origin=origin, data=data))
    return tuple(out)


@function("input, indices_or_sections, dim=0", "torch.tensor_split", ".tensor_split")
def tensor_split(f: Frame, input: Value, sections: Value, dim: Value) -> Value:
    sections = f.ev.path.size(sections)
    if not isinstance(input, Tensor) or input.dims is None or not isinstance(sections, int) or sections < 1:
        return Unknown("sections")
    at = axis(f, f.ev.path.size(dim), len(input.dims))
    size = None if at is None else input.dims[at]
    if at is None or not isinstance(size, int):
        return Unknown("sections")
    return _pieces(
        f, "tensor_split", input, at, [size // sections + (index < size % sections) for index in range(sections)]
    )


@function("input, chunks, dim=0", "torch.chunk", ".chunk")
def chunk(f: Frame, input: Value, chunks: Value, dim: Value) -> Value:
    chunks = f.ev.path.size(chunks)
    if not isinstance(input, Tensor) or not isinstance(chunks, int) or chunks < 1:
        return Unknown("chunks")
    if input.dims is None:
        last = input.last if dim != -1 else None
        if dim == -1 and input.last is not None:
            last = symbolic.divide_exactly(input.last, chunks)
        return tuple(Tensor(None, last=last) for _ in range(chunks))
    at = axis(f, dim, len(input.dims))
    if at is None:
        return Unknown("chunks")
    size = input.dims[at]
    if isinstance(size, int):
        each = -(-size // chunks)
        sizes: list[Size] = [min(each, size - start) for start in range(0, size, each)]
        return _pieces(f, "chunk", input, at, sizes)
    exact = symbolic.divide_exactly(size, chunks)
    return _pieces(f, "chunk", input, at, [fresh("n") if exact is None else exact for _ in range(chunks)])


@function(
    "tensor, split_size_or_sections, dim=0",
    "torch.split",
    ".split",
    "torch.split_with_sizes",
    ".split_with_sizes",
)
def split(f: Frame, tensor: Value, sections: Value, dim: Value) -> Value:
    if not isinstance(tensor, Tensor):
        return Unknown("split")
    sections = f.ev.path.size(sections)
    at = None if tensor.dims is None else axis(f, dim, len(tensor.dims))
    if isinstance(sections, list | tuple):
        sizes = [size_or_fresh(f, size) for size in sections]  # pyright: ignore[reportUnknownVariableType]
        if at is None or tensor.dims is None:
            return tuple(Tensor(None, last=size if dim == -1 else tensor.last) for size in sizes)
        total: Any = 0
        for size in sizes:
            total = symbolic.add(total, size)
        if different(f, total, tensor.dims[at]):
            raise Raised(RuntimeError)
        return _pieces(f, "split", tensor, at, sizes)
    if at is None or tensor.dims is None or not is_size(sections):
        return Unknown("split")
    size = tensor.dims[at]
    if isinstance(size, int) and isinstance(sections, int) and sections > 0:
        return _pieces(f, "split", tensor, at, [min(sections, size - s) for s in range(0, size, sections)])
    count = symbolic.divide_exactly(size, sections)
    return _pieces(f, "split", tensor, at, [sections] * count) if isinstance(count, int) else Unknown("split")


@function("input, dim=0", "torch.unbind", ".unbind")
def unbind(f: Frame, input: Value, dim: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Unknown("unbind")
    at = axis(f, dim, len(input.dims))
    if at is None or not isinstance(input.dims[at], int):
        return Unknown("unbind")
    return tuple(_without(input, at) for _ in range(input.dims[at]))  # pyright: ignore[reportArgumentType]


def _without(tensor: Tensor, at: int) -> Tensor:
    assert tensor.dims is not None
    channel = tensor.channel
    if channel == at:
        channel = None
    elif channel is not None and channel > at:
        channel -= 1
    dims = tensor.dims[:at] + tensor.dims[at + 1 :]
    return Tensor(dims, channel=channel, origin=None if channel is None else tensor.origin)


@function("input, dim, index", "torch.select", ".select")
def select(f: Frame, input: Value, dim: Value, index: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    at = axis(f, dim, len(input.dims))
    return Tensor(None) if at is None else _without(input, at)


@function("input, dim, start, length", "torch.narrow", ".narrow")
def narrow(f: Frame, input: Value, dim: Value, start: Value, length: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    at = axis(f, dim, len(input.dims))
    if at is None:
        return Tensor(None)
    return _pieces(f, "narrow", input, at, [size_or_fresh(f, length)])[0]


@function("input, dim, index", "torch.index_select", ".index_select")
def index_select(f: Frame, input: Value, dim: Value, index: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    at = axis(f, dim, len(input.dims))
    count = index.dims[0] if isinstance(index, Tensor) and index.dims else fresh("n")
    return Tensor(None) if at is None else _pieces(f, "index_select", input, at, [count])[0]


# ---- moving and merging axes


@function("input, *dims", "torch.permute", ".permute")
def permute(f: Frame, input: Value, dims: Value) -> Value:
    if len(dims) == 1 and isinstance(dims[0], list | tuple):
        dims = dims[0]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(input, Tensor):
        return Tensor(None)
    order = [f.ev.path.size(d) for d in dims]
    if input.dims is None:
        if not all(isinstance(d, int) for d in order):
            return Tensor(None)
        sizes = list(unknown_dims(len(order)))
        if input.last is not None and sizes:
            sizes[-1] = input.last
        input = Tensor(tuple(sizes), channel=len(sizes) - 1 if input.last is not None else None, origin=input.origin)
    assert input.dims is not None
    if len(order) != len(input.dims):
        raise Raised(RuntimeError)
    places = [axis(f, d, len(order)) for d in order]
    if None in places:
        return Tensor(unknown_dims(len(order)))
    channel = None if input.channel is None else places.index(input.channel)
    origin = _moved(f, "permute", input, channel)
    return Tensor(tuple(input.dims[p] for p in places), channel=channel, origin=origin)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownArgumentType]


@function(
    "input, dim0, dim1",
    "torch.transpose",
    ".transpose",
    ".transpose_",
    "torch.swapaxes",
    ".swapaxes",
    "torch.swapdims",
    ".swapdims",
)
def transpose(f: Frame, input: Value, dim0: Value, dim1: Value) -> Value:
    if not isinstance(input, Tensor):
        return Tensor(None)
    if input.dims is None:
        # On the output of a Linear: most often (N, L, C), sometimes (N, H, W, C).
        if input.last is None or (dim0, dim1) not in ((1, 2), (2, 1)):
            return Tensor(None)
        few = f.ev.path.rank((f.piece, f.at))
        lead = unknown_dims(3)[:2] if few else unknown_dims(4)[:3]
        input.dims, input.channel = (*lead, input.last), len(lead)
    rank = len(input.dims)
    a, b = axis(f, dim0, rank), axis(f, dim1, rank)
    if a is None or b is None:
        return Tensor(unknown_dims(rank))
    order = list(range(rank))
    order[a], order[b] = order[b], order[a]
    channel = None if input.channel is None else order.index(input.channel)
    origin = _moved(f, "transpose", input, channel)
    return Tensor(tuple(input.dims[i] for i in order), channel=channel, origin=origin)


def _moved(f: Frame, what: str, input: Tensor, channel: int | None) -> Origin | None:
    """The origin after axes changed places: told where the features' axis did."""
    if channel is None or channel == input.channel or input.dims is None or input.channel is None:
        return input.origin
    return passed_through(f, what, input.dims[input.channel], input.origin)


@function("input", ".t", "torch.t")
def t(f: Frame, input: Value) -> Value:
    if isinstance(input, Tensor) and input.dims is not None and len(input.dims) == 2:
        return transpose(f, input, 0, 1)
    return Tensor(None)


@function("input, source, destination", "torch.movedim", ".movedim", "torch.moveaxis", ".moveaxis")
def movedim(f: Frame, input: Value, source: Value, destination: Value) -> Value:
    if (
        not isinstance(input, Tensor)
        or input.dims is None
        or not isinstance(source, int)
        or not isinstance(destination, int)
    ):
        return Tensor(None)
    rank = len(input.dims)
    a, b = axis(f, source, rank), axis(f, destination, rank)
    order = list(range(rank))
    order.remove(a)  # pyright: ignore[reportArgumentType]
    order.insert(b, a)  # pyright: ignore[reportArgumentType]
    return permute(f, input, tuple(order))


@function("input, start_dim=0, end_dim=-1", "torch.flatten", ".flatten")
def flatten(f: Frame, input: Value, start_dim: Value, end_dim: Value) -> Value:
    start, end = f.ev.path.size(start_dim), f.ev.path.size(end_dim)
    if not isinstance(start, int) or not isinstance(end, int):
        return Tensor(None)
    if not isinstance(input, Tensor) or input.dims is None:
        if end == -1 and start >= 0:
            return Tensor(tuple(fresh("n") for _ in range(start + 1)))
        return Tensor(None)
    rank = len(input.dims)
    if rank == 0:
        return Tensor((1,))
    a, b = axis(f, start, rank), axis(f, end, rank)
    assert a is not None
    assert b is not None
    if a > b:
        raise Raised(RuntimeError)
    dims = (*input.dims[:a], product(f, input.dims[a : b + 1]), *input.dims[b + 1 :])
    channel = input.channel
    if channel is not None:
        if a <= channel <= b:
            channel = a
        elif channel > b:
            channel -= b - a
    origin = input.origin
    if channel == a and dims[a] != input.dims[a]:
        origin = passed_through(f, "flatten", dims[a], origin)
    return Tensor(dims, channel=channel, origin=origin)


@function("input, dim, sizes", "torch.unflatten", ".unflatten")
def unflatten(f: Frame, input: Value, dim: Value, sizes: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None or not isinstance(sizes, list | tuple):
        return Tensor(None)
    at = axis(f, dim, len(input.dims))
    if at is None:
        return Tensor(None)
    inner = reshape(f, Tensor((input.dims[at],)), list(sizes))  # pyright: ignore[reportUnknownArgumentType]
    assert inner.dims is not None
    return Tensor((*input.dims[:at], *inner.dims, *input.dims[at + 1 :]))


@function("input, *shape, size=None", ".view", ".reshape", "torch.reshape", ".reshape_", ".contiguous_view")
def view(f: Frame, input: Value, size: Value, shape: Value) -> Value:
    sizes = list(shape) if size is None else [size]
    if len(sizes) == 1 and isinstance(sizes[0], list | tuple):
        sizes = listed(sizes[0])
    if len(sizes) == 1 and not _is_one_size(f, sizes[0]):
        return Tensor(None)  # a shape that is not known, or a dtype
    if not isinstance(input, Tensor):
        input = Tensor(None)
    return reshape(f, input, sizes)


@function("input, other", ".view_as", ".reshape_as", ".expand_as")
def as_other(f: Frame, input: Value, other: Value) -> Value:
    return like(other) if isinstance(other, Tensor) else Tensor(None)


@function("input, dim=None", "torch.squeeze", ".squeeze", ".squeeze_")
def squeeze(f: Frame, input: Value, dim: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    if dim is None:
        if all(isinstance(size, int) for size in input.dims):
            return Tensor(tuple(size for size in input.dims if size != 1))
        return Tensor(None)  # an unknown size may be a 1
    if isinstance(dim, list | tuple):
        for each in sorted((axis(f, d, len(input.dims)) or 0 for d in dim), reverse=True):  # pyright: ignore[reportUnknownVariableType]
            input = squeeze(f, input, each)
            if not isinstance(input, Tensor) or input.dims is None:
                return input
        return input
    at = axis(f, f.ev.path.size(dim), len(input.dims))
    if at is None:
        return Tensor(None)
    size = input.dims[at]
    if size == 1:
        return _without(input, at)
    return like(input) if isinstance(size, int) else Tensor(None)


@function("input, dim", "torch.unsqueeze", ".unsqueeze", ".unsqueeze_")
def unsqueeze(f: Frame, input: Value, dim: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None, last=input.last if isinstance(input, Tensor) and dim in (0, 1) else None)
    at = axis(f, f.ev.path.size(dim), len(input.dims) + 1)
    if at is None:
        return Tensor(None)
    channel = input.channel
    if channel is not None and channel >= at:
        channel += 1
    return Tensor((*input.dims[:at], 1, *input.dims[at:]), channel=channel, origin=input.origin)


@function("input, *sizes, size=None", ".expand", "torch.broadcast_to", ".broadcast_to", "torch.expand_copy")
def expand(f: Frame, input: Value, size: Value, sizes: Value) -> Value:
    wanted = list(sizes) if size is None else [size]
    if len(wanted) == 1 and isinstance(wanted[0], list | tuple):
        wanted = listed(wanted[0])
    if not isinstance(input, Tensor) or (len(wanted) == 1 and isinstance(wanted[0], Unknown)):
        return Tensor(None)
    offset = None if input.dims is None else len(wanted) - len(input.dims)
    dims: list[Size] = []
    for index, each in enumerate(wanted):
        each = f.ev.path.size(each)
        if each == -1 and input.dims is not None and offset is not None and index >= offset:
            dims.append(input.dims[index - offset])
        else:
            dims.append(each if is_size(each) and each != -1 else fresh("n"))
    channel = None if input.channel is None or offset is None else input.channel + offset
    return Tensor(tuple(dims), channel=channel, origin=input.origin)


@function("input, *repeats, sizes=None, dims=None", ".repeat", ".tile", "torch.tile")
def repeat(f: Frame, input: Value, sizes: Value, dims_: Value, repeats: Value) -> Value:
    times = list(repeats) if repeats else [sizes if sizes is not None else dims_]
    if len(times) == 1 and isinstance(times[0], list | tuple):
        times = listed(times[0])
    if not isinstance(input, Tensor) or input.dims is None or len(times) < len(input.dims):
        return Tensor(None)
    dims = (1,) * (len(times) - len(input.dims)) + input.dims
    out = [combine(f, "*", d, size_or_fresh(f, n)) for d, n in zip(dims, times, strict=True)]
    channel = None if input.channel is None else input.channel + len(times) - len(input.dims)
    origin = None if channel is None else passed_through(f, "repeat", out[channel], input.origin)
    return Tensor(tuple(out), channel=channel, origin=origin)


@function("input, repeats, dim=None, output_size=None", "torch.repeat_interleave", ".repeat_interleave")
def repeat_interleave(f: Frame, input: Value, repeats: Value, dim: Value, output_size: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None or dim is None:
        return Tensor(None)
    at = axis(f, dim, len(input.dims))
    if at is None:
        return Tensor(None)
    repeats = f.ev.path.size(repeats)
    size = combine(f, "*", input.dims[at], repeats) if is_size(repeats) else fresh("n")
    return _pieces(f, "repeat_interleave", input, at, [size])[0]


# ---- reducing


@function(
    "input, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=None, correction=1, unbiased=True, out=None",
    *(f"torch.{n}" for n in "mean sum amax amin prod logsumexp any all nansum nanmean argmax argmin".split()),
    *(f".{n}" for n in "mean sum amax amin prod logsumexp any all argmax argmin".split()),
)
def reduce(f: Frame, input: Value, dim: Value, keepdim: Value, *rest: Value) -> Value:
    dim = rest[1] if dim is None and rest[1] is not None else dim
    keepdim = keepdim or rest[2]
    return _reduced(f, input, dim, keepdim)


@function(
    "input, dim=None, unbiased=True, keepdim=False, *, correction=1, out=None",
    "torch.var",
    "torch.std",
    ".var",
    ".std",
)
def variance(f: Frame, input: Value, dim: Value, unbiased: Value, keepdim: Value, *_: Value) -> Value:
    if isinstance(dim, bool):
        return Tensor(())
    return _reduced(f, input, dim, keepdim)


@function("input, p='fro', dim=None, keepdim=False, out=None, dtype=None", ".norm", "torch.norm")
def norm(f: Frame, input: Value, p: Value, dim: Value, keepdim: Value, *_: Value) -> Value:
    return _reduced(f, input, dim, keepdim)


def _reduced(f: Frame, input: Value, dim: Value, keepdim: Value) -> Value:
    if not isinstance(input, Tensor):
        return Tensor(None)
    if dim is None:
        return Tensor(())
    dim = f.ev.path.size(dim)
    if input.dims is None or isinstance(keepdim, Unknown):
        return Tensor(None)
    wanted = listed(dim) if isinstance(dim, list | tuple) else [dim]
    if not wanted:
        wanted = list(range(len(input.dims)))
    found = [axis(f, f.ev.path.size(d), len(input.dims)) for d in wanted]
    places = [place for place in found if place is not None]
    if len(places) < len(found):
        return Tensor(None)
    if keepdim:
        dims = tuple(1 if i in places else d for i, d in enumerate(input.dims))
        return Tensor(dims, channel=input.channel, origin=input.origin)
    out = input
    for place in sorted(places, reverse=True):
        out = _without(out, place)
    return out


@function("input, dim=None, keepdim=False, other=None", "torch.median", "torch.mode", ".median", ".mode")
def extreme(f: Frame, input: Value, dim: Value, keepdim: Value, other: Value) -> Value:
    if isinstance(dim, Tensor) or other is not None:
        return elementwise(f, "+", input, dim if other is None else other)
    if dim is None:
        return Tensor(())
    values = _reduced(f, input, dim, keepdim)
    return (values, like(values) if isinstance(values, Tensor) else Tensor(None))


def _extreme(python: Callable[..., Any], name: str) -> None:
    @function("input, dim=None, keepdim=False, other=None", f"torch.{name}", f".{name}")
    def apply(f: Frame, input: Value, dim: Value, keepdim: Value, other: Value) -> Value:
        if dim is None and other is None and isinstance(input, Tensor) and isinstance(input.data, list) and input.data:  # pyright: ignore[reportUnknownMemberType]
            return Tensor((), data=python(input.data))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        return extreme(f, input, dim, keepdim, other)


_extreme(max, "max")
_extreme(min, "min")


@function("input, k, dim=-1, largest=True, sorted=True", "torch.topk", ".topk")
def topk(f: Frame, input: Value, k: Value, dim: Value, largest: Value, sorted_: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return (Tensor(None), Tensor(None))
    at = axis(f, dim, len(input.dims))
    if at is None:
        return (Tensor(None), Tensor(None))
    values = _pieces(f, "topk", input, at, [size_or_fresh(f, k)])[0]
    return (values, like(values))


@function("input, dim=-1, descending=False, stable=False", "torch.sort", ".sort")
def sort(f: Frame, input: Value, dim: Value, descending: Value, stable: Value) -> Value:
    return (identity(f, input), identity(f, input))


# ---- products


@function(
    "input, other, *, out=None",
    "torch.matmul",
    "torch.bmm",
    "torch.mm",
    ".matmul",
    ".bmm",
    ".mm",
    "torch.mv",
    ".mv",
)
def matmul_(f: Frame, input: Value, other: Value, out: Value) -> Value:
    return matmul(f, input, other)


def matmul(f: Frame, a: Value, b: Value) -> Tensor:
    """a @ b"""
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return Tensor(None)
    if b.dims is None or len(b.dims) < 2 or a.dims is None or len(a.dims) < 2:
        last = b.dims[-1] if b.dims is not None and len(b.dims) >= 2 else None
        if a.dims is not None and b.dims is not None and len(b.dims) == 1 and len(a.dims) >= 1:
            return Tensor(a.dims[:-1])
        return Tensor(None, last=last)
    if isinstance(a.dims[-1], int) and isinstance(b.dims[-2], int) and a.dims[-1] != b.dims[-2]:
        raise Raised(RuntimeError)
    lead = broadcast(f, Tensor(a.dims[:-2]), Tensor(b.dims[:-2]))
    assert lead.dims is not None
    return Tensor((*lead.dims, a.dims[-2], b.dims[-1]))


@function("input, mat1, mat2, *, beta=1, alpha=1, out=None", "torch.addmm", "torch.baddbmm", ".addmm", ".baddbmm")
def addmm(f: Frame, input: Value, mat1: Value, mat2: Value, *_: Value) -> Value:
    return matmul(f, mat1, mat2)


@function("equation, *operands", "torch.einsum")
def einsum(f: Frame, equation: Value, operands: Value) -> Value:
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = operands[0]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(equation, str) or "." in equation or "->" not in equation:
        return Tensor(None)
    left, right = equation.replace(" ", "").split("->")
    sizes: dict[str, Size] = {}
    for letters, operand in zip(left.split(","), operands, strict=False):
        if isinstance(operand, Tensor) and operand.dims is not None and len(operand.dims) == len(letters):
            for letter, size in zip(letters, operand.dims, strict=True):
                if not isinstance(sizes.get(letter), int) or sizes[letter] == 1:
                    sizes[letter] = size
    return Tensor(tuple(sizes.get(letter, fresh(letter)) for letter in right))


@function("query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False",
          "torch.nn.functional.scaled_dot_product_attention")  # fmt: skip
def attention(f: Frame, query: Value, key: Value, value: Value, *_: Value) -> Value:
    if isinstance(query, Tensor) and query.dims and isinstance(value, Tensor) and value.dims:
        return Tensor((*query.dims[:-1], value.dims[-1]))
    return Tensor(None)


# ---- convolution and pooling by function


def convolved(
    f: Frame, input: Value, weight: Value, stride: Value, padding: Value, dilation: Value, count: int
) -> Tensor:
    if isinstance(input, Tensor) and input.dims is not None and len(input.dims) != count + 2:
        return Tensor(None)
    if not isinstance(weight, Tensor) or weight.dims is None or len(weight.dims) != count + 2:
        return Tensor(unknown_dims(count + 2))
    dims = (
        input.dims
        if isinstance(input, Tensor) and input.dims and len(input.dims) == count + 2
        else unknown_dims(count + 2)
    )
    strides, paddings, dilations = (integers(f, v, count) for v in (stride, padding, dilation))
    spatial = [pooled(f, dims[i + 2], weight.dims[i + 2], strides[i], paddings[i], dilations[i]) for i in range(count)]
    return Tensor((dims[0], weight.dims[0], *spatial), channel=1)


def _functional_conv(count: int) -> None:
    @function("input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1",
              f"torch.nn.functional.conv{count}d", f"torch.conv{count}d")  # fmt: skip
    def conv(
        f: Frame,
        input: Value,
        weight: Value,
        bias: Value,
        stride: Value,
        padding: Value,
        dilation: Value,
        groups: Value,
    ) -> Value:
        return convolved(f, input, weight, stride, padding, dilation, count)

    @function("input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1",
              f"torch.nn.functional.conv_transpose{count}d", f"torch.conv_transpose{count}d")  # fmt: skip
    def conv_transpose(
        f: Frame,
        input: Value,
        weight: Value,
        bias: Value,
        stride: Value,
        padding: Value,
        output_padding: Value,
        groups: Value,
        dilation: Value,
    ) -> Value:
        if isinstance(input, Tensor) and input.dims is not None and len(input.dims) != count + 2:
            return Tensor(None)
        if not isinstance(weight, Tensor) or weight.dims is None or not is_size(groups):
            return Tensor(unknown_dims(count + 2))
        dims = unknown_dims(count + 2)
        return Tensor((dims[0], combine(f, "*", weight.dims[1], groups), *dims[2:]), channel=1)


def pool(
    f: Frame,
    input: Value,
    kernel: Value,
    stride: Value,
    padding: Value,
    dilation: Value,
    ceil: Value,
    count: int,
) -> Value:
    """Max or average pooling over `count` axes."""
    if not isinstance(input, Tensor):
        return Tensor(unknown_dims(count + 2))
    if input.dims is None:
        return Tensor(None)
    if len(input.dims) not in (count + 1, count + 2):
        raise Raised(RuntimeError)
    kernels = integers(f, kernel, count)
    empty = stride is None or (isinstance(stride, list | tuple) and not stride)
    strides = kernels if empty else integers(f, stride, count)
    paddings, dilations = integers(f, padding, count), integers(f, dilation, count)
    if isinstance(ceil, Unknown):
        ceil = False
        kernels = [Unknown("kernel_size")] * count
    spatial = [
        pooled(f, size, kernels[i], strides[i], paddings[i], dilations[i], bool(ceil))
        for i, size in enumerate(input.dims[-count:])
    ]
    return Tensor((*input.dims[:-count], *spatial), channel=input.channel, origin=input.origin)


def adaptive(f: Frame, input: Value, output_size: Value, count: int) -> Value:
    """Adaptive pooling to a size; None keeps an axis."""
    if not isinstance(input, Tensor):
        return Tensor(unknown_dims(count + 2))
    if input.dims is None:
        return Tensor(None)
    sizes = integers(f, output_size, count)
    # Pooling to a single value is a mean, whatever else the tensor has.
    if len(input.dims) not in (count + 1, count + 2) and (len(input.dims) < count or set(sizes) != {1}):
        raise Raised(RuntimeError)
    spatial = [
        old if size is None else size if is_size(size) else fresh("n")
        for size, old in zip(sizes, input.dims[-count:], strict=True)
    ]
    return Tensor((*input.dims[:-count], *spatial), channel=input.channel, origin=input.origin)


def _functional_pools(count: int) -> None:
    prefixes = ("torch.nn.functional.", "torch.")

    @function("input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False",
              *(f"{p}max_pool{count}d" for p in prefixes))  # fmt: skip
    def max_pool(
        f: Frame,
        input: Value,
        kernel: Value,
        stride: Value,
        padding: Value,
        dilation: Value,
        ceil: Value,
        indices: Value,
    ) -> Value:
        out = pool(f, input, kernel, stride, padding, dilation, ceil, count)
        return (out, Tensor(None)) if indices is True else out

    @function(
        "input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None",
        *(f"{p}avg_pool{count}d" for p in prefixes),
    )
    def avg_pool(f: Frame, input: Value, kernel: Value, stride: Value, padding: Value, ceil: Value, *_: Value) -> Value:
        return pool(f, input, kernel, stride, padding, 1, ceil, count)

    @function("input, output_size, return_indices=False",
              *(f"{p}adaptive_{k}_pool{count}d" for p in prefixes for k in ("avg", "max")))  # fmt: skip
    def adaptive_pool(f: Frame, input: Value, output_size: Value, indices: Value) -> Value:
        return adaptive(f, input, output_size, count)


for _count in (1, 2, 3):
    _functional_conv(_count)
    _functional_pools(_count)


@function(
    "input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None,"
    " antialias=False",
    "torch.nn.functional.interpolate",
    "torch.nn.functional.upsample",
    "torch.nn.functional.upsample_bilinear",
    "torch.nn.functional.upsample_nearest",
)
def interpolate(f: Frame, input: Value, size: Value, scale: Value, *_: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    count = len(input.dims) - 2
    spatial: list[Size] = []
    sizes = integers(f, size, count)
    scales = integers(f, scale, count)
    for index, old in enumerate(input.dims[2:]):
        if size is not None:
            spatial.append(size_or_fresh(f, sizes[index]))
        elif isinstance(scales[index], int):
            spatial.append(combine(f, "*", old, scales[index]))
        elif isinstance(scales[index], float) and isinstance(old, int):
            spatial.append(int(old * scales[index]))
        else:
            spatial.append(fresh("n"))
    return Tensor((*input.dims[:2], *spatial), channel=input.channel, origin=input.origin)


@function("input, pad, mode='constant', value=None", "torch.nn.functional.pad")
def pad(f: Frame, input: Value, padding: Value, mode: Value, value: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    items = known_items(f, padding)
    if items is None:
        return Tensor(tuple(fresh("n") for _ in input.dims), channel=input.channel, origin=input.origin)
    dims = list(input.dims)
    origin = input.origin
    for index in range(len(items) // 2):
        at = len(dims) - 1 - index
        if at < 0:
            raise Raised(RuntimeError)
        before, after = (f.ev.path.size(items[2 * index + side]) for side in (0, 1))
        if is_size(before) and is_size(after):
            dims[at] = symbolic.add(symbolic.add(dims[at], before), after)
        else:
            dims[at] = fresh("n")
        if at == input.channel and not equal(f, dims[at], input.dims[at]):
            origin = passed_through(f, "F.pad", dims[at], origin)
    return Tensor(tuple(dims), channel=input.channel, origin=origin)


@function("input, upscale_factor", "torch.pixel_shuffle", "torch.nn.functional.pixel_shuffle")
def pixel_shuffle(f: Frame, input: Value, factor: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None or len(input.dims) < 3 or not is_size(factor):
        return Tensor(None)
    *lead, c, h, w = input.dims
    square = combine(f, "*", factor, factor)
    channels = symbolic.divide_exactly(c, square)
    if channels is None:
        if isinstance(c, int) and isinstance(square, int):
            raise Raised(RuntimeError)
        channels = fresh("C")
    dims = (*lead, channels, combine(f, "*", h, factor), combine(f, "*", w, factor))
    origin = passed_through(f, "pixel_shuffle", channels, input.origin)
    return Tensor(dims, channel=len(dims) - 3, origin=origin)


@function("input, downscale_factor", "torch.pixel_unshuffle", "torch.nn.functional.pixel_unshuffle")
def pixel_unshuffle(f: Frame, input: Value, factor: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None or len(input.dims) < 3 or not is_size(factor):
        return Tensor(None)
    *lead, c, h, w = input.dims
    channels = combine(f, "*", c, combine(f, "*", factor, factor))
    dims = (*lead, channels, combine(f, "//", h, factor), combine(f, "//", w, factor))
    origin = passed_through(f, "pixel_unshuffle", channels, input.origin)
    return Tensor(dims, channel=len(dims) - 3, origin=origin)


@function("input, groups", "torch.channel_shuffle", "torch.nn.functional.channel_shuffle")
def channel_shuffle(f: Frame, input: Value, groups: Value) -> Value:
    return identity(f, input)


@function("input, dim=-1", "torch.nn.functional.glu")
def glu(f: Frame, input: Value, dim: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    at = axis(f, dim, len(input.dims))
    if at is None:
        return Tensor(None)
    half = combine(f, "//", input.dims[at], 2)
    return _pieces(f, "F.glu", input, at, [half])[0]


@function("input, weight, *rest, padding_idx=None, max_norm=None", "torch.nn.functional.embedding")
def embedding(f: Frame, input: Value, weight: Value, *_: Value) -> Value:
    last = weight.dims[-1] if isinstance(weight, Tensor) and weight.dims else None
    if isinstance(input, Tensor) and input.dims is not None and last is not None:
        return Tensor((*input.dims, last), channel=len(input.dims))
    return Tensor(None, last=last)


@function("tensor, num_classes=-1", "torch.nn.functional.one_hot")
def one_hot(f: Frame, input: Value, classes: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return Tensor(None)
    return Tensor((*input.dims, size_or_fresh(f, classes) if classes != -1 else fresh("n")))


@function("input, kernel_size, dilation=1, padding=0, stride=1", "torch.nn.functional.unfold")
def unfold(f: Frame, input: Value, kernel: Value, dilation: Value, padding: Value, stride: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None or len(input.dims) != 4:
        return Tensor(None)
    kernels = [size_or_fresh(f, k) for k in integers(f, kernel, 2)]
    return Tensor((input.dims[0], product(f, [input.dims[1], *kernels]), fresh("L")), channel=1)


@function(
    "input, grid, mode='bilinear', padding_mode='zeros', align_corners=None",
    "torch.nn.functional.grid_sample",
)
def grid_sample(f: Frame, input: Value, grid: Value, *_: Value) -> Value:
    if isinstance(input, Tensor) and input.dims is not None and len(input.dims) == 4:
        spatial = grid.dims[1:3] if isinstance(grid, Tensor) and grid.dims and len(grid.dims) == 4 else unknown_dims(2)
        return Tensor((*input.dims[:2], *spatial), channel=input.channel, origin=input.origin)
    return Tensor(None)


# ---- making tensors


@function(
    "*size, dtype=None, device=None, requires_grad=False, out=None, layout=None, generator=None, names=None,"
    " pin_memory=False, memory_format=None",
    *(f"torch.{n}" for n in "randn rand zeros ones empty".split()),
)
def create(f: Frame, *values: Value) -> Value:
    return _of_sizes(f, values[-1])


def _is_one_size(f: Frame, value: Value) -> bool:
    """Whether the one argument that may be a size or a whole shape certainly is a size."""
    size = f.ev.path.size(value)
    return is_size(size) and not symbolic.is_guessed(size)


def _of_sizes(f: Frame, given: tuple[Value, ...]) -> Tensor:
    """A new tensor whose shape is given as one sequence or size by size."""
    sizes = list(given)
    if len(sizes) == 1 and isinstance(sizes[0], list | tuple):
        sizes = listed(sizes[0])
    elif len(sizes) == 1 and not _is_one_size(f, sizes[0]):
        return Tensor(None)
    return Tensor(tuple(size_or_fresh(f, size) for size in sizes))


@function(
    "size, fill_value=0, *rest, dtype=None, device=None, requires_grad=False, generator=None",
    "torch.full",
)
def full(f: Frame, size: Value, *_: Value) -> Value:
    items = known_items(f, size)
    return Tensor(None) if items is None else Tensor(tuple(size_or_fresh(f, s) for s in items))


@function(
    "low, high=None, size=None, *, dtype=None, device=None, generator=None, requires_grad=False",
    "torch.randint",
)
def randint(f: Frame, low: Value, high: Value, size: Value, *_: Value) -> Value:
    given = size if size is not None else high
    items = known_items(f, given)
    return Tensor(None) if items is None else Tensor(tuple(size_or_fresh(f, s) for s in items))


@function(
    "input, *size, dtype=None, device=None, requires_grad=False",
    *(f".new_{n}" for n in "zeros ones empty".split()),
)
def new(f: Frame, input: Value, *values: Value) -> Value:
    return _of_sizes(f, values[-1])


@function("data, dtype=None, device=None, requires_grad=False, *, pin_memory=False",
          "torch.tensor", "torch.as_tensor", "torch.from_numpy", "torch.asarray")  # fmt: skip
def tensor(f: Frame, data: Value, *_: Value) -> Value:
    if isinstance(data, Tensor):
        return like(data)
    shape: list[Size] = []
    level = data
    while isinstance(level, list | tuple):
        shape.append(len(level))  # pyright: ignore[reportUnknownArgumentType]
        if not level:
            break
        level = level[0]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(level, Unknown):
        return Tensor(None)
    flat = isinstance(data, list) and all(isinstance(x, int | float) for x in data)  # pyright: ignore[reportUnknownVariableType]
    return Tensor(tuple(shape), data=list(data) if flat else data if isinstance(data, int | float) else None)  # pyright: ignore[reportUnknownArgumentType]


@function("input, data, dtype=None, device=None, requires_grad=False", ".new_tensor")
def new_tensor(f: Frame, input: Value, data: Value, *rest: Value) -> Value:
    return tensor(f, data)


@function("input, size, fill_value=0, dtype=None, device=None, requires_grad=False", ".new_full")
def new_full(f: Frame, input: Value, size: Value, *rest: Value) -> Value:
    return full(f, size)


@function("*values, device=None", "torch.Tensor", "torch.FloatTensor", "torch.cuda.FloatTensor")
def legacy(f: Frame, device: Value, values: Value) -> Value:
    """torch.Tensor(3, 4) has that shape; torch.Tensor([3, 4]) those numbers."""
    sizes: list[Value] = [f.ev.path.size(value) for value in values]
    if sizes and all(is_size(size) for size in sizes):
        return Tensor(tuple(sizes))
    if len(sizes) == 1 and isinstance(sizes[0], list):
        return tensor(f, sizes[0])
    return Tensor((0,)) if not sizes else Tensor(None)


@function(
    "start, end=None, step=1, *, dtype=None, device=None, requires_grad=False, out=None",
    "torch.arange",
    "torch.range",
)
def arange(f: Frame, start: Value, end: Value, step: Value, *_: Value) -> Value:
    if end is None:
        start, end = 0, start
    values = [f.ev.path.size(v) for v in (start, end, step)]
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values) and values[2]:
        count = max(0, -int(-(values[1] - values[0]) // values[2]))
        data = [values[0] + i * values[2] for i in range(count)] if count <= 1024 else None
        return Tensor((count,), data=data)
    if values[0] == 0 and values[2] == 1 and is_size(values[1]):
        return Tensor((values[1],))
    return Tensor((fresh("n"),))


@function("start, end, steps=100, *, dtype=None, device=None, requires_grad=False", "torch.linspace")
def linspace(f: Frame, start: Value, end: Value, steps: Value, *_: Value) -> Value:
    values = [f.ev.path.size(v) for v in (start, end, steps)]
    if all(isinstance(v, int | float) for v in values) and isinstance(values[2], int) and 0 < values[2] <= 1024:
        a, b, n = values
        data = [a + (b - a) * i / (n - 1) for i in range(n)] if n > 1 else [float(a)]
        return Tensor((n,), data=data)
    return Tensor((size_or_fresh(f, values[2]),))
