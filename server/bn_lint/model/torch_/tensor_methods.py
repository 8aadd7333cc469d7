"""Attributes and methods of tensors."""

from __future__ import annotations

from bn_lint.model.attributes import register_reader
from bn_lint.model.frame import Frame
from bn_lint.model.symbolic import fresh
from bn_lint.model.torch_.functions import transpose
from bn_lint.model.torch_.registry import METHODS, function
from bn_lint.model.torch_.shapes import axis, like, product
from bn_lint.model.values import Bound, Native, ShapeOf, Tensor, Unknown, Value


def tensor_attribute(f: Frame, tensor: Tensor, name: str) -> Value:
    """tensor.name"""
    method = METHODS.get(name)
    if method is not None:
        return Bound(method, tensor)
    if name == "shape":
        return ShapeOf(tensor) if tensor.dims is None else tensor.dims
    if name == "ndim":
        return Unknown("ndim") if tensor.dims is None else len(tensor.dims)
    if name in ("data", "grad", "real", "imag"):
        return like(tensor)
    if name in ("T", "mT", "H"):
        if name == "T" and tensor.dims is not None and len(tensor.dims) != 2:
            return Tensor(tensor.dims[::-1])
        if tensor.dims is not None and len(tensor.dims) >= 2:
            return transpose(f, tensor, -1, -2)
        return Tensor(None)
    if name.endswith("_") and not name.endswith("__"):
        return Bound(_IN_PLACE, tensor)
    if name in ("is_cuda", "requires_grad", "is_quantized", "is_nested", "is_sparse", "is_mkldnn"):
        return Unknown(name)
    return Unknown(f"Tensor.{name}")


# Methods that change a tensor in place and give it back.
_IN_PLACE = Native("Tensor._", lambda f, args, keywords: args[0])


@function("input, dim=None", ".size")
def size(f: Frame, input: Value, dim: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return ShapeOf(input) if dim is None and isinstance(input, Tensor) else Unknown("size")
    if dim is None:
        return input.dims
    at = axis(f, f.ev.path.size(dim), len(input.dims))
    return Unknown("size") if at is None else input.dims[at]


@function("input", ".dim", ".ndimension")
def dim(f: Frame, input: Value) -> Value:
    return Unknown("ndim") if not isinstance(input, Tensor) or input.dims is None else len(input.dims)


@function("input", ".numel", ".nelement", "torch.numel")
def numel(f: Frame, input: Value) -> Value:
    if not isinstance(input, Tensor) or input.dims is None:
        return fresh("numel")
    return product(f, input.dims)


@function("input", ".item", ".tolist", ".numpy")
def data(f: Frame, input: Value) -> Value:
    if isinstance(input, Tensor) and input.data is not None:
        return list(input.data) if isinstance(input.data, list) else input.data  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportUnknownVariableType]
    return like(input) if isinstance(input, Tensor) and input.run is not None else Unknown("data")


@function("input, dimension, size, step", ".unfold")
def unfold(f: Frame, input: Value, dimension: Value, size: Value, step: Value) -> Value:
    return Tensor(None)


@function(
    "input, *rest, dim=None, index=None, src=None, value=None",
    ".scatter",
    ".scatter_",
    ".scatter_add",
    ".scatter_add_",
    ".index_add",
    ".index_add_",
    ".index_fill_",
    ".index_copy_",
    ".index_put_",
)
def scattered(f: Frame, input: Value, *_: Value) -> Value:
    return like(input) if isinstance(input, Tensor) else Tensor(None)


@function("input, dim, index, sparse_grad=False", ".gather", "torch.gather")
def gather(f: Frame, input: Value, dim: Value, index: Value, sparse: Value) -> Value:
    return like(index) if isinstance(index, Tensor) else Tensor(None)


@function("input, hook", ".register_hook")
def register_hook(f: Frame, input: Value, hook: Value) -> Value:
    return Unknown("handle")


@function("input", ".backward", ".get_device", ".is_contiguous", ".is_floating_point", ".element_size")
def opaque(f: Frame, input: Value) -> Value:
    return Unknown("result")


register_reader(Tensor, tensor_attribute)
