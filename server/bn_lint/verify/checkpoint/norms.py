"""The normalisation layers of a state dict, and what is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bn_lint.verify.checkpoint.tensors import Extent, Tensor

_STATISTIC = re.compile(r"(?P<path>.*?)\.?(?P<name>running_mean|running_var)")
_FLOAT16_MAX = 65504.0
_DEFAULT_EPS = 1e-5


@dataclass(frozen=True)
class Declared:
    """A layer as the model declares it."""

    cls: str
    num_features: int | None = None
    eps: float | None = None
    momentum: float | None = None
    affine: bool | None = None
    tracked: bool = True


@dataclass
class Norm:
    """A layer that keeps running statistics: its settings where a model tells them, and its tensors.

    `trained` is False while mean and variance are still 0 and 1. `scale` is the largest factor by which the layer
    multiplies a channel, weight / sqrt(running_var + eps). `problems` spoil every result; `notes` may.
    """

    path: str
    group: str = ""
    cls: str = ""
    num_features: int | None = None
    eps: float | None = None
    momentum: float | None = None
    affine: bool | None = None
    dtype: str = ""
    num_batches_tracked: int | None = None
    running_mean: Extent | None = None
    running_var: Extent | None = None
    weight: Extent | None = None
    bias: Extent | None = None
    trained: bool | None = None
    scale: float | None = None
    problems: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    def as_dict(self) -> dict[str, Any]:
        """For JSON: numbers that JSON has no word for are left out."""
        row = asdict(self)
        row["class"] = row.pop("cls") or None
        if row["scale"] is not None and not math.isfinite(row["scale"]):
            row["scale"] = None
        return row


def of_state_dict(tensors: Mapping[str, Tensor], group: str = "") -> list[Norm]:
    """The layers of a state dict in its order: whatever has a running mean or variance."""
    paths = dict.fromkeys(match["path"] for name in tensors if (match := _STATISTIC.fullmatch(name)))
    return [_norm(path, tensors, group) for path in paths]


def of_model(rows: Iterable[Mapping[str, Any]]) -> list[Norm]:
    """The layers of a model that verify's worker has built."""
    found: list[Norm] = []
    for row in rows:
        norm = Norm(
            path=row["path"],
            cls=row["class"],
            num_features=row["num_features"],
            eps=row["eps"],
            momentum=row["momentum"],
            affine=row["affine"],
            dtype=row["dtype"] or "",
            num_batches_tracked=row["num_batches_tracked"],
            running_mean=_extent(row["running_mean"]),
            running_var=_extent(row["running_var"]),
            weight=_extent(row["weight"]),
            bias=_extent(row["bias"]),
        )
        if norm.running_var is None and not row["track_running_stats"]:
            norm.notes.append("has no running statistics: it normalises with those of the batch")
        found.append(_judged(norm))
    return found


def compare(norms: list[Norm], declared: Mapping[str, Declared]) -> list[str]:
    """Take over what a model declares, and say what does not fit: in each layer's problems, and in what is returned.

    The keys of a checkpoint may carry the prefix of a wrapper (`module.`).
    """
    prefix = _prefix([norm.path for norm in norms], list(declared))
    by_path = {norm.path.removeprefix(prefix): norm for norm in norms}
    for path, norm in by_path.items():
        layer = declared.get(path)
        if layer is None:
            norm.problems.append("the model has no such layer")
            continue
        norm.cls, norm.eps, norm.momentum = layer.cls, layer.eps, layer.momentum
        if layer.num_features is not None and layer.num_features != norm.num_features:
            norm.problems.append(f"has {norm.num_features} channels, and the model declares {layer.num_features}")
    absent = [path for path, layer in declared.items() if path not in by_path and layer.tracked]
    return [f"the checkpoint has no statistics for {path} ({declared[path].cls}) of the model" for path in absent]


def _prefix(paths: list[str], declared: list[str]) -> str:
    """What stands in front of every path of a checkpoint and of none of the model."""
    known = set(declared)
    for path in paths:
        parts = path.split(".")
        for cut in range(len(parts)):
            if ".".join(parts[cut:]) in known:
                prefix = "".join(part + "." for part in parts[:cut])
                if all(other.startswith(prefix) for other in paths):
                    return prefix
    return ""


def _norm(path: str, tensors: Mapping[str, Tensor], group: str) -> Norm:
    dot = path + "." if path else ""
    own = {
        name: tensors[dot + name]
        for name in ("running_mean", "running_var", "weight", "bias", "num_batches_tracked")
        if dot + name in tensors
    }
    norm = Norm(path=path, group=group, affine="weight" in own or "bias" in own)
    counter = own.pop("num_batches_tracked", None)
    if counter is not None and counter.count == 1:
        norm.num_batches_tracked = int(next(iter(counter.read())))
    first = next(iter(own.values()))
    norm.dtype, norm.num_features = first.dtype, first.count
    values = {name: list(tensor.read()) for name, tensor in own.items()}
    for name, numbers in values.items():
        setattr(norm, name, Extent.of(numbers))
    lengths = {name: tensor.count for name, tensor in own.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        norm.problems.append(f"its tensors differ in length: {told}")
    for name in ("running_mean", "running_var"):
        if name not in own:
            norm.problems.append(f"has no {name}")
    if "running_var" in values:
        weights = values.get("weight") or [1.0] * len(values["running_var"])
        norm.scale = max(
            (
                abs(w) / math.sqrt(v + _DEFAULT_EPS)
                for w, v in zip(weights, values["running_var"], strict=False)
                if v >= 0
            ),
            default=None,
        )
    return _judged(norm)


def _judged(norm: Norm) -> Norm:
    mean, var = norm.running_mean, norm.running_var
    for name in ("running_mean", "running_var", "weight", "bias"):
        extent: Extent | None = getattr(norm, name)
        if extent is not None:
            for count, word in ((extent.nan, "NaN"), (extent.inf, "infinite")):
                if count:
                    norm.problems.append(f"{name} holds {count} {word} of {extent.count} values")
    if var is not None and var.negative:
        norm.problems.append(f"running_var is negative (least {var.min:g}): its square root is NaN")
    if var is not None and var.zero:
        norm.problems.append(f"running_var is 0 in {var.zero} of {var.count} channels: only eps keeps them finite")
    if mean is not None and var is not None:
        norm.trained = not (mean.all_are(0.0) and var.all_are(1.0))
        if not norm.trained:
            counted = norm.num_batches_tracked
            but = f", although {counted} batches were counted" if counted else ""
            norm.problems.append(f"never trained: running_mean is 0 and running_var 1 in every channel{but}")
    if norm.scale is not None and norm.scale > _FLOAT16_MAX:
        norm.notes.append(f"multiplies a channel by {norm.scale:.3g}, more than FP16 can hold")
    return norm


def _extent(row: Mapping[str, Any] | None) -> Extent | None:
    if row is None:
        return None
    low = row["min"]
    negative = int(low is not None and low < 0)  # the worker tells whether, not how many
    return Extent(row["count"], low, row["max"], row["nan"], row["inf"], row["zero"], negative)
