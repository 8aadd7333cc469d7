"""Export to ONNX with either of torch's exporters, and read back which node comes from which module."""

from __future__ import annotations

import ast
import importlib
import os
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from .fx import parse_stack
from .inputs import Dynamic, Inputs, names
from .record import Model

torch: Any = importlib.import_module("torch")


@dataclass
class Exported:
    """An ONNX file and its graph. `warnings` are what the exporter said on the way."""

    path: str
    graph: Any
    inputs: list[str]
    outputs: list[str]
    warnings: list[str] = field(default_factory=list[str])
    # Per tensor name, the dynamic axes; empty for a static export.
    dynamic: dict[str, list[Dynamic]] = field(default_factory=dict[str, "list[Dynamic]"])


def export(
    model: Any, inputs: Inputs, axes: list[Dynamic], exporter: str, folder: str, training: Any = None
) -> Exported:
    """Write `model.onnx` into a folder. The exporter's errors pass."""
    onnx: Any = importlib.import_module("onnx")
    path = os.path.join(folder, "model.onnx")
    tensor_names = names(model, inputs)
    per_input = {
        name: [a for a in axes if a.name in (None, name) and a.axis < value.dim()]
        for name, value in zip(tensor_names, inputs.tensors(), strict=False)
    }
    per_input = {name: found for name, found in per_input.items() if found}
    options: dict[str, Any] = {"dynamo": exporter == "dynamo"}
    if inputs.kwargs:
        options["kwargs"] = inputs.kwargs
    if exporter == "dynamo":
        options["verbose"] = False
        if per_input:
            options["dynamic_shapes"] = dynamic_shapes(model, inputs, per_input)
    else:
        options["input_names"] = tensor_names
        options["verbose"] = True  # else the exporter drops the source lines of the nodes; what it prints goes to a log
        if training is not None:
            options["training"] = training
        if per_input:
            options["dynamic_axes"] = {n: {a.axis: f"{n}_{a.axis}" for a in found} for n, found in per_input.items()}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        torch.onnx.export(model, inputs.args, path, **options)
    loaded = onnx.load(path, load_external_data=False)
    initializers = {i.name for i in loaded.graph.initializer}
    graph_inputs = [i.name for i in loaded.graph.input if i.name not in initializers]
    by_graph_name = {g: per_input[n] for g, n in zip(graph_inputs, tensor_names, strict=False) if n in per_input}
    texts = list(dict.fromkeys(str(w.message) for w in heard))
    return Exported(path, loaded, graph_inputs, [o.name for o in loaded.graph.output], texts, by_graph_name)


def dynamic_shapes(model: Any, inputs: Inputs, per_input: dict[str, list[Dynamic]]) -> Any:
    """The dynamic axes of each input, as torch.export wants them."""
    # Axes of the same range vary together: the batch of two inputs is one number.
    dims: dict[tuple[int, int, int], Any] = {}

    def of(name: str) -> dict[int, Any]:
        return {
            a.axis: dims.setdefault((a.axis, a.low, a.high), torch.export.Dim(f"d{len(dims)}", min=a.low, max=a.high))
            for a in per_input.get(name, [])
        }

    order = names(model, inputs)
    positional = tuple(of(n) if isinstance(v, torch.Tensor) else None for n, v in zip(order, inputs.args, strict=False))
    keywords = {n: of(n) if isinstance(v, torch.Tensor) else None for n, v in inputs.kwargs.items()}
    if not keywords:
        return positional
    return {**dict(zip(order, positional, strict=False)), **keywords}


def module_of_node(node: Any, model: Model) -> str | None:
    """The path of the module that an ONNX node was exported from; None where the node does not tell."""
    metadata = {entry.key: entry.value for entry in node.metadata_props}
    scopes = metadata.get("pkg.torch.onnx.name_scopes")
    if scopes:
        try:
            for scope in reversed(ast.literal_eval(scopes)):
                if scope and scope in model.layers:
                    return scope
        except (ValueError, SyntaxError):
            pass
    return module_of_scope(node.name, model)


def module_of_scope(name: str, model: Model) -> str | None:
    """The module behind a node name of the TorchScript exporter: `/layer1/layer1.0/bn1/BatchNormalization`.

    A component repeats its parent's name where the parent is a container: `layer1.0` below `layer1` is the child `0`.
    """
    if not name.startswith("/"):
        return None
    path = ""
    for component in name.strip("/").split("/")[:-1]:
        pieces = component.split(".")
        for start in range(len(pieces)):
            longer = ".".join(filter(None, (path, *pieces[start:])))
            if longer in model.layers:
                path = longer
                break
        else:
            break
    return path or None


def stack_of_node(node: Any) -> list[tuple[str, int]]:
    """The lines that called a node, outermost first, from either exporter's metadata."""
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.stack_trace":
            return parse_stack(entry.value)
    # The TorchScript exporter: `model.py(12): forward`, innermost first.
    return [(file, int(line)) for file, line in re.findall(r"^(.+?)\((\d+)\): ", node.doc_string, re.MULTILINE)][::-1]
