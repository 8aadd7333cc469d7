"""Compare what a compiled model answers with what the model answers."""

from __future__ import annotations

import enum
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import noise
from .inputs import Inputs
from .onnx_export import Exported, module_of_node
from .record import Model, is_norm

torch: Any = importlib.import_module("torch")

# The largest difference that rounding explains, as a part of the largest output. Measured on whole models: engines
# without TF32 differ from eager by less than 1e-3 of it, broken ones by more than a tenth.
TOLERANCE = {"float32": 2e-3, "float16": 2e-2, "bfloat16": 1e-1, "float64": 1e-3}


@dataclass(frozen=True)
class Difference:
    """How far two outputs are apart. `scale` is the largest magnitude of the reference."""

    output: int
    largest: float
    scale: float
    allowed: float
    finite: bool
    shapes: str = ""

    @property
    def relative(self) -> float:
        """The difference as a part of the largest output."""
        return self.largest / max(self.scale, 1e-9)

    @property
    def differs(self) -> bool:
        """Whether the difference is more than rounding explains."""
        return not self.finite or self.largest > self.allowed

    def __str__(self) -> str:
        if self.shapes:
            return self.shapes
        if not self.finite:
            return "the output holds NaN or Inf where the model's does not"
        return f"the largest difference is {self.largest:.3g} where the largest output is {self.scale:.3g}"


def flatten(value: Any) -> list[Any]:
    """Every tensor of a model's output, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [leaf for leaf in torch.utils._pytree.tree_leaves(value) if isinstance(leaf, torch.Tensor)]


def differences(
    reference: list[Any], answers: list[Any], tolerance: float | None = None, bounds: Sequence[float] = ()
) -> list[Difference]:
    """One for each output. The comparison is in float64; `bounds` are what rounding explains in this very model."""
    found: list[Difference] = []
    for index, (expected, actual) in enumerate(zip(reference, answers, strict=False)):
        name = str(expected.dtype).removeprefix("torch.")
        a, b = expected.detach().cpu().double(), torch.as_tensor(actual).detach().cpu().double()
        if a.shape != b.shape:
            shapes = f"the output has the shape {tuple(b.shape)}, the model's {tuple(a.shape)}"
            found.append(Difference(index, float("inf"), 0.0, 0.0, False, shapes))
            continue
        if not a.numel():
            continue
        well = torch.isfinite(a)
        scale = float(a[well].abs().max()) if well.any() else 0.0
        finite = bool(torch.isfinite(b[well]).all())
        part = TOLERANCE.get(name, 0.0) if tolerance is None else tolerance
        largest = float((a - b)[well].abs().max()) if finite and well.any() else float("inf")
        allowed = max(part * max(scale, 1e-2), bounds[index] if bounds else 0.0)
        found.append(Difference(index, largest if well.any() else 0.0, scale, allowed, finite))
    return found


class Verdict(enum.Enum):
    """What a comparison says. SENSITIVE: the answers differ no more than rounding makes them in this very model."""

    AGREES = "agrees"
    DIFFERS = "differs"
    SENSITIVE = "sensitive"


def judge(
    root: Any, inputs: Inputs, reference: list[Any], answers: list[Any], roundoff: float = noise.FLOAT32
) -> tuple[Verdict, Difference | None]:
    """Compare answers with the model's, on the device that it is on.

    What rounding does to this model is measured only where the answers differ.
    """
    found = worst(differences(reference, answers))
    if found is None or not found.differs:
        return Verdict.AGREES, found
    bounds = noise.bounds(root, inputs, reference, roundoff)
    again = worst(differences(reference, answers, bounds=bounds))
    return (Verdict.DIFFERS if again is not None and again.differs else Verdict.SENSITIVE), again


def worst(found: list[Difference]) -> Difference | None:
    """The output that is furthest off."""
    return max(found, key=lambda d: (not d.finite, d.largest - d.allowed), default=None)


def onnxruntime_answers(exported: Exported, inputs: Inputs, extra: list[str] | None = None) -> dict[str, Any]:
    """Run an ONNX file with onnxruntime on the CPU; the outputs by name. `extra` are inner values to return as well."""
    ort: Any = importlib.import_module("onnxruntime")
    source: Any = exported.path
    if extra:
        source = _with_outputs(exported, extra)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    # The exporter is on trial, not onnxruntime's own fusions: 1.32 answers otherwise for timm's levit_128s with them.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Threads that wait by spinning help a server under load, and hold up everything else here.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    arrays = [tensor.detach().cpu().numpy() for tensor in inputs.tensors()]
    feeds = dict(zip(exported.inputs, arrays, strict=False))
    wanted = [o.name for o in session.get_outputs()]
    return dict(zip(wanted, session.run(wanted, feeds), strict=False))


def _with_outputs(exported: Exported, extra: list[str]) -> str:
    onnx: Any = importlib.import_module("onnx")
    graph = onnx.load(exported.path, load_external_data=False)
    present = {o.name for o in graph.graph.output}
    for name in extra:
        if name not in present:
            graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    path = exported.path.removesuffix(".onnx") + "_outputs.onnx"
    onnx.save(graph, path)
    return path


def tolerance_inside(found: Difference) -> float:
    """What a layer may differ before it is to blame for a difference of the outputs: rounding adds up on the way."""
    return max(TOLERANCE["float32"], min(0.1 * found.relative, 0.05))


def first_norm_that_differs(model: Model, exported: Exported, inputs: Inputs, tolerance: float) -> str | None:
    """The path of the first normalisation layer whose output differs between eager mode and the ONNX graph."""
    last_value: dict[str, str] = {}
    for node in exported.graph.graph.node:
        path = module_of_node(node, model)
        if path is not None and is_norm(model.root.get_submodule(path)):
            last_value[path] = node.output[0]
    eager = norm_outputs(model, inputs)
    answers = onnxruntime_answers(exported, inputs, list(last_value.values()))
    for path, value in eager.items():
        if path in last_value and any(d.differs for d in differences([value], [answers[last_value[path]]], tolerance)):
            return path
    return None


def norm_outputs(model: Model, inputs: Inputs) -> dict[str, Any]:
    """What every normalisation layer answers in eager mode, in the order of the calls."""
    found: dict[str, Any] = {}

    def after(module: Any, args: Any, output: Any) -> None:
        path = model.path_of(module)
        if path is not None and is_norm(module):
            found.setdefault(path, output.detach().clone())

    _run_watched(model, inputs, after)
    return found


def first_not_finite(model: Model, inputs: Inputs) -> str | None:
    """The path of the first module that answers NaN or Inf to finite input, in eager mode."""
    found: list[str] = []

    def after(module: Any, args: Any, output: Any) -> None:
        path = model.path_of(module)
        if found or path is None or any(True for _ in module.children()):
            return
        if all(_finite(a) for a in flatten(args)) and not all(_finite(o) for o in flatten(output)):
            found.append(path)

    _run_watched(model, inputs, after)
    return found[0] if found else None


def _run_watched(model: Model, inputs: Inputs, after: Callable[[Any, Any, Any], None]) -> None:
    """Run the model in eager mode; `after` gets each module that has answered, its arguments and its answer."""
    handle = torch.nn.modules.module.register_module_forward_hook(after)
    try:
        with torch.no_grad():
            model.root(*inputs.args, **inputs.kwargs)
    finally:
        handle.remove()


def _finite(value: Any) -> bool:
    return not value.is_floating_point() or bool(torch.isfinite(value).all())
