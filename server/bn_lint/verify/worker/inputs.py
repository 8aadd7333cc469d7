"""Example inputs: from what the user asked for, from an export call, or from the built model itself."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .target import Refused

torch: Any = importlib.import_module("torch")

# The size of a batch where nobody named one: two, so that a batch axis that is missing or fixed shows.
BATCH = 2


@dataclass(frozen=True)
class Inputs:
    """What the model is called with. `guessed`: nobody named the shapes."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    guessed: bool = False

    def shapes(self) -> str:
        """The shapes in the notation of `--input`."""
        named = [(None, value) for value in self.args] + list(self.kwargs.items())
        return ", ".join(_shown(name, value) for name, value in named)

    def with_batch(self, size: int) -> Inputs:
        """Inputs of another batch size, with fresh values."""

        def resized(value: Any) -> Any:
            if not isinstance(value, torch.Tensor) or value.dim() == 0:
                return value
            return fresh((size, *value.shape[1:]), value.dtype).to(value.device)

        return Inputs(tuple(map(resized, self.args)), {n: resized(v) for n, v in self.kwargs.items()}, self.guessed)

    def to(self, device: Any) -> Inputs:
        """The same inputs on a device."""

        def moved(value: Any) -> Any:
            return value.to(device) if isinstance(value, torch.Tensor) else value

        return Inputs(tuple(map(moved, self.args)), {n: moved(v) for n, v in self.kwargs.items()}, self.guessed)

    def tensors(self) -> list[Any]:
        """Every tensor, in the order of the call."""
        return [v for v in (*self.args, *self.kwargs.values()) if isinstance(v, torch.Tensor)]


def _shown(name: str | None, value: Any) -> str:
    if not isinstance(value, torch.Tensor):
        return f"{name}={value!r}" if name else repr(value)
    dtype = str(value.dtype).removeprefix("torch.")
    text = "x".join(map(str, value.shape)) + ("" if dtype == "float32" else f":{dtype}")
    return f"{name}={text}" if name else text


def fresh(shape: tuple[int, ...], dtype: Any) -> Any:
    """Random values: normal ones for numbers, small ones for indices."""
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, dtype=torch.float32 if dtype.is_floating_point else dtype).to(dtype)
    if dtype is torch.bool:
        return torch.rand(shape) > 0.5
    return torch.randint(0, 2, shape, dtype=dtype)


_SPEC = re.compile(r"(?:(?P<name>[A-Za-z_]\w*)=)?(?P<shape>\d+(?:x\d+)*)(?::(?P<dtype>\w+))?")


def given(specs: list[str]) -> Inputs:
    """Inputs as `1x3x224x224`, `1x3x224x224:float16` or `mask=1x16:bool`. Raises Refused for another form."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for spec in specs:
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            raise Refused(
                f"--input {spec!r}: write sizes as 1x3x224x224, 1x3x224x224:float16 or name=1x16:int64", "input"
            )
        dtype = getattr(torch, match["dtype"] or "float32", None)
        if not isinstance(dtype, torch.dtype):
            raise Refused(f"--input {spec!r}: torch has no data type {match['dtype']!r}", "input")
        value = fresh(tuple(map(int, match["shape"].split("x"))), dtype)
        if match["name"]:
            kwargs[match["name"]] = value
        else:
            args.append(value)
    return Inputs(tuple(args), kwargs)


def required_parameters(model: Any) -> list[str]:
    """The parameters of `forward` that a call must give."""
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    found = [p.name for p in parameters if p.default is p.empty and p.kind not in kinds]
    return found or [p.name for p in parameters][:1]


# Sizes to try, the likeliest first; which of them a model takes is found by running it.
_IMAGES = (224, 64, 32, 128, 256, 299, 28)
_LENGTHS = (128, 16, 1024)
_VOLUMES = ((8, 64, 64), (16, 112, 112), (32, 32, 32), (64, 64, 64))


def candidates(model: Any) -> Iterator[Inputs]:
    """Inputs that the model may take, the likeliest first, judged by its own first layers.

    Nothing where the model's first layers say nothing or where it needs more than one input.
    """
    if len(required_parameters(model)) > 1:
        return
    configured = _configured(model)
    if configured is not None:
        yield _float(BATCH, *configured)
        return
    nn = torch.nn
    for module in model.modules():
        if isinstance(
            module, (nn.Conv2d, nn.ConvTranspose2d, nn.Conv1d, nn.ConvTranspose1d, nn.Conv3d, nn.ConvTranspose3d)
        ):
            yield from _for_convolution(module)
            return
        if isinstance(module, (nn.LazyConv1d, nn.LazyConv2d, nn.LazyConv3d)):
            return
        if isinstance(module, (nn.Linear, nn.Bilinear)):
            features = module.in_features if isinstance(module, nn.Linear) else module.in1_features
            yield _float(BATCH, features)
            yield _float(BATCH, 16, features)
            return
        if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
            yield Inputs((torch.randint(0, module.num_embeddings, (BATCH, 16)),), {}, guessed=True)
            return
        if isinstance(module, nn.modules.batchnorm._NormBase):
            yield from _for_norm(module)
            return
        if isinstance(module, (nn.LSTM, nn.GRU, nn.RNN)):
            yield _float(BATCH, 16, module.input_size)
            return


def _configured(model: Any) -> tuple[int, ...] | None:
    # timm's models carry the input that they were made for.
    configuration: Any = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None)
    size: Any = configuration.get("input_size") if hasattr(configuration, "get") else None
    return tuple(size) if hasattr(size, "__len__") and len(size) == 3 else None


def _for_convolution(module: Any) -> Iterator[Inputs]:
    channels = module.in_channels
    rank = len(module.kernel_size)
    if rank == 1:
        yield from (_float(BATCH, channels, length) for length in _LENGTHS)
    elif rank == 2:
        yield from (_float(BATCH, channels, size, size) for size in _IMAGES)
    else:
        yield from (_float(BATCH, channels, *size) for size in _VOLUMES)


def _for_norm(module: Any) -> Iterator[Inputs]:
    channels = module.num_features
    name = type(module).__name__
    if "1d" in name:
        if "Instance" not in name:
            yield _float(BATCH, channels)
        yield _float(BATCH, channels, _LENGTHS[1])
    elif "3d" in name:
        yield _float(BATCH, channels, 8, 8, 8)
    else:
        yield _float(BATCH, channels, 32, 32)


def _float(*shape: int) -> Inputs:
    return Inputs((torch.randn(shape),), {}, guessed=True)


_DYNAMIC = re.compile(r"(?:(?P<name>[A-Za-z_]\w*)\.)?(?P<axis>\d+)=(?P<low>\d+)\.\.(?P<high>\d+)")


@dataclass(frozen=True)
class Dynamic:
    """An axis whose size varies between `low` and `high`; of every input, or of the one with that `name`."""

    axis: int
    low: int
    high: int
    name: str | None = None


def dynamic(specs: list[str]) -> list[Dynamic]:
    """Axes as `0=1..8` or `mask.1=1..64`. Raises Refused for another form."""
    found: list[Dynamic] = []
    for spec in specs:
        match = _DYNAMIC.fullmatch(spec.strip())
        if match is None or int(match["low"]) >= int(match["high"]):
            raise Refused(f"--dynamic {spec!r}: write axis=low..high, such as 0=1..8", "input")
        found.append(Dynamic(int(match["axis"]), int(match["low"]), int(match["high"]), match["name"]))
    return found


def names(model: Any, inputs: Inputs) -> list[str]:
    """The parameter of `forward` that each tensor goes to, in the order of the call."""
    try:
        parameters = list(inspect.signature(model.forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    plain += [f"input_{i}" for i in range(len(plain), len(inputs.args))]
    return [n for n, v in zip(plain, inputs.args, strict=False) if isinstance(v, torch.Tensor)] + [
        n for n, v in inputs.kwargs.items() if isinstance(v, torch.Tensor)
    ]


def resized(value: Any, name: str, axes: list[Dynamic], pick: str) -> Any:
    """A tensor with each dynamic axis at its `low` or `high`, or a size between (`middle`)."""
    shape = list(value.shape)
    for axis in axes:
        if axis.name in (None, name) and axis.axis < len(shape):
            middle = min(max(shape[axis.axis], axis.low), axis.high)
            shape[axis.axis] = {"low": axis.low, "high": axis.high, "middle": middle}[pick]
    return value if shape == list(value.shape) else fresh(tuple(shape), value.dtype).to(value.device)
