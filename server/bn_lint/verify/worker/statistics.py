"""The BatchNorm layers of a model: their settings and statistics, and what is wrong with them."""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from .findings import Finding, describe
from .inputs import Inputs
from .record import Model, is_norm

torch: Any = importlib.import_module("torch")

_TENSORS = ("running_mean", "running_var", "weight", "bias")
_FLOAT16_MAX = 65504.0
# The part of the layers that must have been loaded for the others to be missing.
_LOADED = 0.1


def table(model: Model) -> list[dict[str, Any]]:
    """One row for every normalisation layer, in the order of the modules."""
    return [_row(layer.path, layer.cls, module) for layer, module in model.modules() if is_norm(module)]


def _row(path: str, cls: str, module: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": path,
        "class": cls.removeprefix("torch.nn."),
        "num_features": module.num_features,
        "eps": module.eps,
        "momentum": module.momentum,
        "affine": module.affine,
        "track_running_stats": module.track_running_stats,
        "training": module.training,
        "dtype": None,
        "num_batches_tracked": None,
    }
    counter = module.num_batches_tracked
    if isinstance(counter, torch.Tensor):
        row["num_batches_tracked"] = int(counter)
    for name in _TENSORS:
        value: Any = getattr(module, name, None)
        row[name] = None
        if isinstance(value, torch.Tensor) and not torch.nn.parameter.is_lazy(value) and value.numel():
            row["dtype"] = row["dtype"] or str(value.dtype).removeprefix("torch.")
            row[name] = _extent(value.detach().float())
    row["trained"] = _trained(row)
    return row


def _extent(value: Any) -> dict[str, Any]:
    finite = value[torch.isfinite(value)]
    return {
        "min": float(finite.min()) if finite.numel() else None,
        "max": float(finite.max()) if finite.numel() else None,
        "nan": int(torch.isnan(value).sum()),
        "inf": int(torch.isinf(value).sum()),
        "zero": int((value == 0).sum()),
        "count": value.numel(),
    }


def _trained(row: dict[str, Any]) -> bool | None:
    """Whether the statistics have left their initial values; None where there are none."""
    mean, var = row["running_mean"], row["running_var"]
    if mean is None or var is None:
        return None
    fresh = mean["zero"] == mean["count"] and var["min"] == 1.0 == var["max"] and not var["nan"] + var["inf"]
    return not fresh


def findings(model: Model, rows: list[dict[str, Any]]) -> Iterator[Finding]:
    """What is wrong with the statistics."""
    for row in rows:
        problem = _not_finite(row)
        if problem:
            yield Finding("BN907", "import", f"{describe(model, row['path'])}: {problem}", problem, row["path"])
    tracked = [row for row in rows if row["trained"] is not None]
    fresh = [row for row in tracked if not row["trained"]]
    # A model whose layers are all fresh has just been built, which is no defect. One of which a part was loaded is.
    # Where a single layer or hardly any is not fresh, somebody has only set its values.
    loaded = len([row for row in tracked if row["trained"] and not _not_finite(row)])
    if fresh and loaded >= max(2, _LOADED * len(tracked)):
        first = fresh[0]
        others = f", and so have {len(fresh) - 1} more" if len(fresh) > 1 else ""
        text = (
            f"{describe(model, first['path'])} still has its initial statistics (mean 0, variance 1){others}, although "
            f"{loaded} other BatchNorm layers of the model have been trained or loaded"
        )
        paths = [row["path"] for row in fresh]
        yield Finding("BN907", "import", text, text, first["path"], severity="warning", detail={"not trained": paths})


def _not_finite(row: dict[str, Any]) -> str | None:
    for name in _TENSORS:
        extent = row[name]
        if extent is None:
            continue
        for kind, word in (("nan", "NaN"), ("inf", "infinite")):
            if extent[kind]:
                return f"{name} holds {extent[kind]} {word} value{'s' * (extent[kind] != 1)} of {extent['count']}"
    var = row["running_var"]
    if var is None or var["min"] is None:
        return None
    if var["min"] + row["eps"] < 0:
        return f"running_var is negative ({var['min']:g}); its square root is NaN"
    if row["dtype"] == "float16" and var["min"] == 0 and row["eps"] < 6e-8:
        return f"running_var is 0 and eps={row['eps']:g} is 0 in float16; the layer divides by zero"
    weight = row["weight"]
    largest = 1.0 if weight is None else max(abs(weight["min"] or 0), abs(weight["max"] or 0))
    scale = largest / (var["min"] + row["eps"]) ** 0.5 if var["min"] + row["eps"] > 0 else float("inf")
    if row["dtype"] == "float16" and scale > _FLOAT16_MAX:
        return f"weight / sqrt(running_var + eps) reaches {scale:g}, more than float16 can hold (65504)"
    return None


@contextmanager
def randomised(model: Model, inputs: Inputs, *, own: bool = True) -> Generator[None]:
    """Give every layer statistics and affine parameters that are not the identity, and put the old ones back.

    The statistics are those of the layer's `own` input, disturbed, so that a deep model's activations keep their size;
    else they are near 0 and 1.
    """
    touched = [module for _, module in model.modules() if is_norm(module) and not _lazy(module)]
    kept = [(module, name, getattr(module, name).detach().clone()) for module in touched for name in _present(module)]
    counters = [(m, m.num_batches_tracked.clone()) for m in touched if isinstance(m.num_batches_tracked, torch.Tensor)]
    generator = torch.Generator().manual_seed(0)
    seen: set[int] = set()

    def uniform(like: Any, low: float, high: float) -> Any:
        return (torch.rand(like.shape, generator=generator) * (high - low) + low).to(like)

    def before(module: Any, args: tuple[Any, ...]) -> None:
        if id(module) in seen or not args or not isinstance(args[0], torch.Tensor):
            return
        seen.add(id(module))
        x = args[0].detach().float()
        axes = [axis for axis in range(x.dim()) if axis != 1]
        if module.running_mean is not None and module.running_var is not None and x.dim() > 1:
            spread = _spread(x.var(axes, unbiased=False)) if own else torch.ones_like(module.running_var)
            middle = x.mean(axes) if own else torch.zeros_like(module.running_mean)
            noise = uniform(module.running_mean, -0.5, 0.5)
            module.running_mean.copy_(middle + noise * spread.sqrt())
            module.running_var.copy_(spread * uniform(module.running_var, 0.6, 1.6))
        if module.weight is not None:
            module.weight.copy_(uniform(module.weight, 0.6, 1.4))
        if module.bias is not None:
            module.bias.copy_(uniform(module.bias, -0.5, 0.5))

    handles = [module.register_forward_pre_hook(before) for module in touched]
    try:
        with torch.no_grad():
            try:
                model.root(*inputs.args, **inputs.kwargs)
            finally:
                for handle in handles:
                    handle.remove()
        yield
    finally:
        with torch.no_grad():
            for module, name, value in kept:
                getattr(module, name).copy_(value)
            for module, value in counters:
                module.num_batches_tracked.copy_(value)


def _spread(variance: Any) -> Any:
    """Variances to normalise by: a channel that hardly varies on this one input would only magnify rounding."""
    return variance.clamp(min=float(variance.mean()) / 4) + 1e-3


def _present(module: Any) -> list[str]:
    return [name for name in _TENSORS if isinstance(getattr(module, name, None), torch.Tensor)]


def _lazy(module: Any) -> bool:
    return any(torch.nn.parameter.is_lazy(getattr(module, name)) for name in _present(module))
