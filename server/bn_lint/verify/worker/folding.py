"""Which BatchNorm layers an engine computes together with a convolution: read from what TensorRT says of its layers."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .findings import Finding, describe

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")

# How many layers a remark names.
_NAMED = 3


@dataclass(frozen=True)
class EngineLayer:
    """A layer of an engine (one kernel, mostly) with the layers of the network that it computes."""

    name: str
    kind: str
    parts: tuple[str, ...]


@dataclass
class Network:
    """What the layers of a network are: those of a BatchNorm by its path, and those of convolutions and products."""

    norms: dict[str, str] = field(default_factory=dict[str, str])
    products: set[str] = field(default_factory=set[str])
    # The paths of BatchNorm layers that the exporter has folded: they are no layers of the network.
    folded: set[str] = field(default_factory=set[str])
    # The BatchNorm layers that alone use what a convolution answers.
    foldable: set[str] = field(default_factory=set[str])


# TensorRT writes what a layer was made of as `[ONNX Layer: NAME]`, with ` | Local Function: ...` behind some names.
_PART = re.compile(r"\[(?:ONNX )?Layer: ([^\]|]*?)(?: \|[^\]]*)?\]")


def of_log(text: str) -> list[EngineLayer]:
    """The list of layers that TensorRT-RTX's builder writes into its log; needs no GPU, unlike the inspector."""
    rows: list[EngineLayer] = []
    for line in text.splitlines():
        match = re.match(r"Name: (.*?), LayerType: (\w+)", line)
        if match:
            rows.append(_layer(match[1], match[2], line.rpartition(", Metadata:")[2]))
    return rows


def of_inspector(text: str) -> list[EngineLayer]:
    """What IEngineInspector gives as JSON; only names where the engine was built without details."""
    rows: list[Any] = json.loads(text).get("Layers", [])
    return [
        _layer(row, "", "")
        if isinstance(row, str)
        else _layer(row.get("Name", ""), row.get("LayerType", ""), row.get("Metadata", ""))
        for row in rows
    ]


def _layer(name: str, kind: str, metadata: str) -> EngineLayer:
    return EngineLayer(name, kind, tuple(dict.fromkeys(_PART.findall(metadata))))


def states(layers: Sequence[EngineLayer], network: Network) -> dict[str, str | None]:
    """For each BatchNorm that the layers tell of, by path: None where its arithmetic is part of a convolution's kernel.

    Otherwise the name of the engine's layer that computes it apart from a convolution.
    """
    # TensorRT-RTX names a convolution also in the layer that only goes on with its answer, which is of the kind `kgen`.
    multiplied = {part for layer in layers if layer.kind != "kgen" for part in layer.parts} & network.products
    apart: dict[str, str] = {}
    together: set[str] = set()
    for layer in layers:
        own = {network.norms[part] for part in layer.parts if part in network.norms}
        if network.products.intersection(layer.parts) - (multiplied if layer.kind == "kgen" else set[str]()):
            together |= own
        else:
            apart |= dict.fromkeys(own, layer.name)
    return {**apart, **dict.fromkeys(together | network.folded)}


def can_fold(module: Any) -> bool:
    """Whether a module is a BatchNorm with running statistics."""
    return isinstance(module, torch.nn.modules.batchnorm._BatchNorm) and module.running_mean is not None


def report(run: Run, layers: list[EngineLayer], network: Network, detail: dict[str, Any]) -> None:
    """Send the engine's layers and how each BatchNorm stands in it; one remark for those that could be folded."""
    run.channel.send("layers", names=[layer.name for layer in layers])
    if not any(layer.parts for layer in layers):
        return  # built without details, or nothing is told of what it was made of
    told = states(layers, network)
    found = {path: told[path] for path, module in run.model.root.named_modules() if path in told and can_fold(module)}
    if not found:
        return
    detail["folded"] = sum(name is None for name in found.values())
    detail["apart"] = len(found) - detail["folded"]
    run.channel.send("folding", layers={run.model.layers[p].path: name or "folded" for p, name in found.items()})
    apart = [path for path, name in found.items() if name is not None and path in network.foldable]
    if apart:
        several = f"{len(apart)} of {len(found)} BatchNorm layers are" if len(apart) > 1 else "a BatchNorm layer is"
        named = ", ".join(describe(run.model, path) for path in apart[:_NAMED]) + ", ..." * (len(apart) > _NAMED)
        text = (
            f"{several} not folded into the convolution before: {named}; the engine computes it in `{found[apart[0]]}`"
        )
        run.report(Finding("BN908", run.stage, text, text, apart[0], severity="info"))
