"""The stages of the backend `torch-tensorrt`: torch.export, torch_tensorrt's converters, the engine on the GPU."""

from __future__ import annotations

import copy
import importlib
import inspect
import logging
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import compare, findings, folding, fx, gpu
from .findings import Finding, describe, summary
from .inputs import Dynamic, Inputs, names
from .marked import first_difference, marked
from .onnx_export import dynamic_shapes
from .pipeline import Stop, asked_axes, at_sizes, run_model
from .places import Place
from .record import Model

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")

# Everything in TensorRT that can be, exact numbers, no cache; what a version does not know is left out.
_SETTINGS: dict[str, Any] = {
    "min_block_size": 1,
    "require_full_compilation": False,
    "pass_through_build_failures": True,
    "disable_tf32": True,
    "immutable_weights": True,
    "cache_built_engines": False,
    "reuse_cached_engines": False,
}


def stages(run: Run) -> None:
    """Export, compile, run and compare."""
    if not torch.cuda.is_available():
        raise run.refuse("no-gpu", "torch_tensorrt needs a GPU, and there is none; --backend onnx does without one")
    try:
        trt: Any = importlib.import_module("torch_tensorrt")
    except Exception as error:
        why = summary(error)
        raise run.refuse("missing-package", f"torch_tensorrt cannot be imported: {why}; see bn-lint doctor") from None
    axes = asked_axes(run)
    run.model.root.cuda()
    run.move("cuda")
    with run.running("export") as detail:
        program, index = _export(run, run.model.root, run.inputs, axes)
        detail["nodes"] = len(index.nodes)
    if run.stops_here("export"):
        return
    with run.running("build") as detail:
        detail["builder"] = f"torch_tensorrt {trt.__version__}"
        detail["target"] = torch.cuda.get_device_name()
        compiled = _compile(run, trt, program, index, run.inputs, axes, detail)
    if run.stops_here("build"):
        return
    with run.running("run") as detail:
        _as_handed(run, trt, detail)

        def compile_again(inputs: Inputs, root: Any = None) -> gpu.Answer | None:
            again, its_index = _export(run, run.model.root if root is None else root, inputs, axes)
            return _answers(_compile(run, trt, again, its_index, inputs, axes, {}))

        def part(inputs: Inputs, tolerance: float) -> str | None:
            with marked(run.model) as wrapper:
                answer = compile_again(inputs, wrapper)
                return None if answer is None else first_difference(wrapper, answer(inputs), inputs, tolerance)

        gpu.compare_passes(run, _answers(compiled), compile_again, part, at_sizes(run, axes), detail)

        def in_precision(root: Any) -> gpu.Answer:
            return _in_precision(run, root, compile_again)

        gpu.precision_pass(run, in_precision, detail)
        gpu.time(run, detail, _answers(compiled))


def _in_precision(run: Run, root: Any, compile_again: Any) -> gpu.Answer:
    """The answers of an engine for a copy of a module in the data type that is asked for, to inputs of float32."""
    dtype = getattr(torch, run.request.precision)
    smaller = copy.deepcopy(root).to(dtype)

    def cast(value: Any) -> Any:
        return value.to(dtype) if isinstance(value, torch.Tensor) and value.is_floating_point() else value

    def narrowed(inputs: Inputs) -> Inputs:
        return Inputs(tuple(map(cast, inputs.args)), {n: cast(v) for n, v in inputs.kwargs.items()})

    answer = compile_again(narrowed(run.inputs), smaller)
    return lambda inputs: answer(narrowed(inputs))


def _answers(compiled: Any) -> gpu.Answer:
    def answer(inputs: Inputs) -> list[Any]:
        with torch.no_grad():
            return compare.flatten(compiled(*inputs.args, **inputs.kwargs))

    return answer


def _as_handed(run: Run, trt: Any, detail: dict[str, Any]) -> None:
    """Compile the model in the training mode that the user's call was given, and say how far off the engine is."""
    if run.handed is None or run.captured is None:
        return
    handed = copy.deepcopy(run.handed).cuda()
    try:
        with torch.no_grad():
            program = torch.export.export(handed, run.inputs.args, run.inputs.kwargs or None)
        compiled = trt.dynamo.compile(program, arg_inputs=list(run.inputs.args), **_settings(trt.dynamo.compile))
        answers = _answers(compiled)(run.inputs)
    except Exception as error:
        run.log("torch_tensorrt", "warning", f"compiled in training mode, as the call does: {summary(error)}")
        return
    with gpu.exact():
        reference = compare.flatten(run_model(run.model.root, run.inputs))
    found = compare.worst(compare.differences(reference, answers))
    if found is not None and found.differs:
        detail["as handed"] = found.largest
        text = f"compiled in training mode, as this call does it, the engine is not the model in eval mode: {found}"
        run.report(Finding("BN905", "run", text, text, place=run.captured.place))


# --- the exported graph, as it was before the compiler touched it -------------------------------------------------


@dataclass(frozen=True)
class _Node:
    name: str
    target: str
    module: str | None
    stack: tuple[tuple[str, int], ...]


class _Index:
    """Where each node of a graph comes from. torch_tensorrt takes that away while it compiles: read it before."""

    def __init__(self, graph: Any, model: Model) -> None:
        self.nodes: dict[str, _Node] = {}
        # The paths of BatchNorm layers that alone use what a convolution or a product answers.
        self.foldable: set[str] = set()
        for node in graph.nodes:
            if node.op == "call_function":
                self.nodes[node.name] = own = _node(node, model)
                before: Any = node.args[0] if node.args and _is_norm(own) else None
                if own.module and len(getattr(before, "users", ())) == 1 and _PRODUCTS.search(str(before.target)):
                    self.foldable.add(own.module)

    def find(self, name: str) -> _Node | None:
        """A node by its name or by the name that it has got a number or a suffix added to."""
        return self.nodes.get(name) or self.nodes.get(re.sub(r"_\d+$", "", name))


_PRODUCTS = re.compile(r"aten\.(conv|linear|addmm|mm|bmm|matmul)")


def _is_norm(node: _Node) -> bool:
    return "batch_norm" in node.target


def _node(node: Any, model: Model) -> _Node:
    return _Node(node.name, str(node.target), fx.module_of(node, model), tuple(fx.stack_of(node)))


def _export(run: Run, root: Any, inputs: Inputs, axes: list[Dynamic]) -> tuple[Any, _Index]:
    shapes = None
    if axes:
        order = names(root, inputs)
        per_input = {n: [a for a in axes if a.name in (None, n)] for n in order}
        shapes = dynamic_shapes(root, inputs, per_input)
    try:
        with torch.no_grad():
            program = torch.export.export(root, inputs.args, inputs.kwargs or None, dynamic_shapes=shapes)
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        where = findings.blame(error, run.model)
        message = f"{describe(run.model, where.module)} cannot be exported: {summary(error)}"
        run.report(Finding("BN902", run.stage, message, findings.raw(error), where.module, forward=where.running))
        raise Stop from None
    return program, _Index(program.graph, run.model)


# --- compilation --------------------------------------------------------------------------------------------------


@dataclass
class _Heard(logging.Handler):
    """What torch_tensorrt and TensorRT say while they compile: severity, text, and the node at hand."""

    run: Run
    node: str = ""
    errors: list[tuple[str, str]] = field(default_factory=list["tuple[str, str]"])
    engine: list[folding.EngineLayer] = field(default_factory=list[folding.EngineLayer])

    def __post_init__(self) -> None:
        logging.Handler.__init__(self, logging.DEBUG)

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one message."""
        try:
            text = record.getMessage()
        except Exception:
            return
        converting = re.match(r"Converting node (\S+)", text)
        if converting:
            self.node = converting[1]
        if text.startswith("Layers:"):
            self.engine += folding.of_log(text)
        if record.levelno >= logging.ERROR:
            self.errors.append((text, self.node))
        if record.levelno >= logging.WARNING:
            self.run.log("torch_tensorrt", record.levelname.lower(), text)


@contextmanager
def _listening(run: Run) -> Generator[_Heard]:
    heard = _Heard(run)
    loggers = [logging.getLogger(n) for n in ("torch_tensorrt", "torch_tensorrt [TensorRT Conversion Context]")]
    converting = logging.getLogger("torch_tensorrt.dynamo.conversion")
    kept = [(logger, logger.level, logger.propagate) for logger in (*loggers, converting)]
    for logger in loggers:
        logger.addHandler(heard)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    # The names of the nodes, and the layers of the engine.
    converting.setLevel(logging.DEBUG)
    loggers[1].setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        for logger, level, propagate in kept:
            logger.removeHandler(heard)
            logger.setLevel(level)
            logger.propagate = propagate


def _settings(compile_: Any) -> dict[str, Any]:
    known = inspect.signature(compile_).parameters
    return {name: value for name, value in _SETTINGS.items() if name in known}


def _compile(
    run: Run, trt: Any, program: Any, index: _Index, inputs: Inputs, axes: list[Dynamic], detail: dict[str, Any]
) -> Any:
    compile_ = trt.dynamo.compile
    known = inspect.signature(compile_).parameters
    given: dict[str, Any] = {}
    if "arg_inputs" in known:
        given["arg_inputs"] = [_input(trt, value, axes) for value in inputs.args]
        if inputs.kwargs:
            given["kwarg_inputs"] = {n: _input(trt, v, axes) for n, v in inputs.kwargs.items()}
    else:
        given["inputs"] = [_input(trt, value, axes) for value in inputs.args]
    with _listening(run) as heard, _in_detail():
        try:
            compiled = compile_(program, **given, **_settings(compile_))
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:
            _report_failure(run, error, heard, index)
            raise Stop from None
    left = _left_in_torch(compiled, run.model, index)
    detail["in_torch"] = len(left)
    if run.stage == "build":
        _report_left(run, left)
        layers = heard.engine or _inspected(compiled)
        folding.report(run, layers, _network(layers, run.model, index), detail)
    return compiled


def _input(trt: Any, value: Any, axes: list[Dynamic]) -> Any:
    """A tensor as it is; with dynamic axes, the range of shapes."""
    mine = [a for a in axes if isinstance(value, torch.Tensor) and a.axis < value.dim()]
    if not mine:
        return value
    low, middle, high = (list(value.shape) for _ in range(3))
    for axis in mine:
        low[axis.axis], high[axis.axis] = axis.low, axis.high
        middle[axis.axis] = (axis.low + axis.high + 1) // 2
    return trt.Input(min_shape=low, opt_shape=middle, max_shape=high, dtype=value.dtype)


_LAYER = re.compile(r"\[\w+\]-\[[\w.]+\]-\[(?P<name>[^\]]+)\]")


def _report_failure(run: Run, error: BaseException, heard: _Heard, index: _Index) -> None:
    """Where a compilation failed: the layer that TensorRT names, else the node being converted, else the traceback."""
    said = [text for text, _ in heard.errors]
    text = findings.raw(error) + "".join(f"\n[torch_tensorrt] {line}" for line in said)
    path: str | None = None
    running: tuple[Place, ...] = ()
    named = [match["name"] for line in (*said, str(error)) for match in _LAYER.finditer(line)]
    while_executing = re.findall(r"While executing %(\w+)", str(error))
    for candidate in (*named, *(node for _, node in heard.errors if node), heard.node, *while_executing):
        path, node = _module_of(candidate, run.model, index)
        if node is not None:
            running = fx.running(node.stack, run.model)
        if path is not None or running:
            break
    if path is None:
        where = findings.blame(error, run.model)
        path, running = where.module, running or where.running
    unsupported = "not currently supported" in text or "UnsupportedOperatorException" in text
    first = said[0].strip() if said else summary(error)
    message = f"torch_tensorrt cannot build {describe(run.model, path)}: {first.splitlines()[0][:400]}"
    run.report(Finding("BN904" if unsupported else "BN901", "build", message, text, path, forward=running))


def _module_of(name: str, model: Model, index: _Index) -> tuple[str | None, _Node | None]:
    """The module and the node behind a layer name: `a.b/node_suffix`, in older versions `/a/b/node`."""
    path_text, _, node_text = name.strip("/").rpartition("/")
    node = index.find(node_text or name)
    dotted = re.sub(r"[/_.]+", ".", path_text)
    for path in model.layers:
        if path and re.sub(r"[/_.]+", ".", path) == dotted:
            return path, node
    return (None if node is None else node.module), node


def _left_in_torch(compiled: Any, model: Model, index: _Index) -> list[_Node]:
    """The operations of a compiled model that stay in PyTorch."""
    children = dict(compiled.named_children())
    engines = [name for name in children if "_run_on_acc" in name]
    graphs = [child.graph for name, child in children.items() if "_run_on_gpu" in name and hasattr(child, "graph")]
    if not engines and hasattr(compiled, "graph"):
        graphs.append(compiled.graph)
    left: list[_Node] = []
    for graph in graphs:
        for node in graph.nodes:
            if node.op == "call_function" and "getitem" not in str(node.target):
                own = _node(node, model)
                known = index.find(node.name)
                left.append(own if own.module is not None or known is None else known)
    return left


def _report_left(run: Run, left: list[_Node]) -> None:
    groups: dict[tuple[str, str | None], list[_Node]] = {}
    for node in left:
        groups.setdefault((node.target, node.module), []).append(node)
    for (target, path), nodes in groups.items():
        running = fx.running(nodes[0].stack, run.model)
        severity = "warning" if "norm" in target else "info"
        text = f"{target} of {describe(run.model, path)} stays in PyTorch: torch_tensorrt has no converter for it here"
        run.report(
            # Only what concerns a normalisation is worth a warning here.
            Finding("BN904", "build", text, text, path, forward=running, severity=severity, detail={"op": target})
        )


# --- what the engine consists of ----------------------------------------------------------------------------------


@contextmanager
def _in_detail() -> Generator[None]:
    """Have the engines keep what each of their layers was made of: torch_tensorrt has no option that does."""
    try:
        interpreter: Any = importlib.import_module("torch_tensorrt.dynamo.conversion._TRTInterpreter")
        original = interpreter.TRTInterpreter._populate_trt_builder_config
    except (ImportError, AttributeError):
        yield
        return

    def populate(self: Any, *args: Any, **kwargs: Any) -> Any:
        config = original(self, *args, **kwargs)
        try:
            config.profiling_verbosity = interpreter.trt.ProfilingVerbosity.DETAILED
            for layer in map(self.ctx.net.get_layer, range(self.ctx.net.num_layers)):
                layer.metadata = layer.metadata or f"[Layer: {re.sub(r'[][|]', '', layer.name)}]"
        except AttributeError:
            pass
        return config

    interpreter.TRTInterpreter._populate_trt_builder_config = populate
    try:
        yield
    finally:
        interpreter.TRTInterpreter._populate_trt_builder_config = original


def _inspected(compiled: Any) -> list[folding.EngineLayer]:
    """The engines' layers, where the runtime tells."""
    found: list[folding.EngineLayer] = []
    for name, child in compiled.named_children():
        if "_run_on_acc" in name and hasattr(child, "get_layer_info"):
            try:
                found += folding.of_inspector(child.get_layer_info())
            except Exception:
                continue
    return found


# `ELEMENTWISE-aten_ops.batch_norm.default-layer1.0.bn1/batch_norm_2_scaled_input`
_PLACED = re.compile(r"(?P<kind>\w+)-(?P<target>[\w.]+)-(?P<name>.+)")
_COMPUTING = ("ELEMENTWISE", "SCALE", "NORMALIZATION")


def _network(layers: list[folding.EngineLayer], model: Model, index: _Index) -> folding.Network:
    found = folding.Network(foldable=index.foldable)
    for part in {part for layer in layers for part in layer.parts}:
        match = _PLACED.fullmatch(part)
        if match is None:
            continue
        if match["kind"] in ("CONVOLUTION", "DECONVOLUTION", "MATRIX_MULTIPLY"):
            found.products.add(part)
        # The graph has been lowered: its nodes have other names than those of the index.
        path, _ = _module_of(match["name"], model, index)
        if path is not None and match["kind"] in _COMPUTING and "batch_norm" in match["target"]:
            found.norms[part] = path
    return found
