"""Build an engine from an ONNX file with TensorRT's or TensorRT-RTX's own parser and builder: one path for both."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .folding import EngineLayer, of_log
from .inputs import Dynamic

# The pip packages that hold the API, the one that needs no GPU first.
_PACKAGES = ("tensorrt_rtx", "tensorrt")


@dataclass(frozen=True)
class Problem:
    """Something that the parser or the builder reported. `node` is an index into the graph, `layer` a layer's name."""

    source: str
    code: str
    text: str
    node: int | None = None
    node_name: str = ""
    operator: str = ""
    layer: str | None = None


@dataclass
class Built:
    """An engine, or the problems that prevented it. `fallbacks` are nodes whose BatchNorm became elementwise layers."""

    plan: bytes | None
    problems: list[Problem]
    fallbacks: list[str] = field(default_factory=list[str])
    # What the builder says that the engine consists of, where it does.
    engine: list[EngineLayer] = field(default_factory=list[EngineLayer])


def find(prefer: str | None = None) -> Any:
    """The TensorRT module that is installed; None where none is."""
    for name in (prefer,) if prefer else _PACKAGES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def is_rtx(trt: Any) -> bool:
    """Whether a module is TensorRT-RTX's, which builds for a named compute capability without a GPU."""
    return trt.__name__ == "tensorrt_rtx"


def compute_capability(trt: Any, name: str) -> Any:
    """`sm89` or `current` as TensorRT-RTX's enumeration. Raises ValueError for one that this version does not know."""
    member = "CURRENT" if name.lower() == "current" else name.upper()
    found = getattr(trt.ComputeCapability, member, None)
    if found is None:
        known = [n.lower() for n in dir(trt.ComputeCapability) if re.fullmatch(r"SM\d+|CURRENT", n)]
        raise ValueError(f"TensorRT-RTX {trt.__version__} cannot build for {name!r}; it knows {', '.join(known)}")
    return found


Log = Callable[[str, str], None]


def build(trt: Any, onnx_path: str, target: str, dynamic: dict[str, list[Dynamic]], log: Log) -> Built:
    """Parse and build. `log` gets every message with its severity; the problems come back in their order."""
    recorder = _recorder(trt)
    heard = Heard(log)
    logger = make_logger(trt, heard)
    builder = trt.Builder(logger)
    builder.error_recorder = recorder
    flags = trt.NetworkDefinitionCreationFlag
    strongly_typed = getattr(flags, "STRONGLY_TYPED", None)
    network = builder.create_network(0 if strongly_typed is None else 1 << int(strongly_typed))
    network.error_recorder = recorder
    parser = trt.OnnxParser(network, logger)
    # Destroying a network that a Python error recorder was given to ends the process with a segmentation fault
    # (TensorRT-RTX 1.5, whatever the order), so it is kept. A worker builds few, and leaves without cleaning up.
    _kept.append((logger, recorder, builder, network))
    if not parser.parse_from_file(onnx_path):
        return Built(None, _parser_problems(parser))
    recorder.errors.clear()
    heard.errors.clear()
    plan = builder.build_serialized_network(network, _config(trt, builder, network, target, dynamic))
    if plan is None:
        texts = recorder.errors or [("", text) for text in heard.errors] or [("", _NO_REASON)]
        return Built(
            None, [Problem("builder", code, text, layer=_layer(text)) for code, text in texts], heard.fallbacks
        )
    return Built(bytes(plan), [], heard.fallbacks, heard.engine)


_NO_REASON = "the builder returned no engine and gave no reason"
_kept: list[Any] = []


def _config(trt: Any, builder: Any, network: Any, target: str, dynamic: dict[str, list[Dynamic]]) -> Any:
    config = builder.create_builder_config()
    if is_rtx(trt):
        config.num_compute_capabilities = 1
        config.set_compute_capability(compute_capability(trt, target), 0)
    if dynamic:
        config.add_optimization_profile(_profile(builder, network, dynamic))
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if hasattr(trt.BuilderFlag, "TF32"):
        config.clear_flag(trt.BuilderFlag.TF32)  # what is compared is the model, not the rounding
    return config


def _profile(builder: Any, network: Any, dynamic: dict[str, list[Dynamic]]) -> Any:
    profile = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        low, middle, high = (list(tensor.shape) for _ in range(3))
        for axis in dynamic.get(tensor.name, []):
            low[axis.axis], high[axis.axis] = axis.low, axis.high
            middle[axis.axis] = (axis.low + axis.high + 1) // 2
        profile.set_shape(tensor.name, low, middle, high)
    return profile


def _parser_problems(parser: Any) -> list[Problem]:
    problems: list[Problem] = []
    for index in range(parser.num_errors):
        error = parser.get_error(index)
        code = getattr(error.code(), "name", str(error.code()))
        node = error.node()
        name = error.node_name() if hasattr(error, "node_name") else ""
        operator = error.node_operator() if hasattr(error, "node_operator") else ""
        problem = Problem("parser", code, error.desc(), node if node >= 0 else None, name, operator)
        if problem not in problems:
            problems.append(problem)
    return problems or [Problem("parser", "", "the parser refused the model and gave no reason")]


_LAYER = re.compile(r"Error Code \d+: [\w ]+ \((?P<a>[^\s:]+):|node (?P<b>\S+?)[.)\s]|(?:^|\s)\d: (?P<c>\S+?):")


def _layer(text: str) -> str | None:
    match = _LAYER.search(text)
    return None if match is None else match["a"] or match["b"] or match["c"]


class Heard:
    """What the logger said that decides something later."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._node = ""
        self.errors: list[str] = []
        self.fallbacks: list[str] = []
        self.engine: list[EngineLayer] = []

    def message(self, severity: str, text: str) -> None:
        """Take one message."""
        parsing = re.match(r"Parsing node: (.+) \[\w+\]$", text)
        if parsing:
            self._node = parsing[1]
        elif "BatchNormalization" in text and "Elementwise fallback" in text:
            self.fallbacks.append(self._node)
        elif text.startswith("Layers:"):
            self.engine = of_log(text)
        if severity in ("error", "internal_error"):
            self.errors.append(text)
        if severity != "verbose":
            self._log(severity, text)


def make_logger(trt: Any, heard: Heard) -> Any:
    """A TensorRT logger that tells what it hears."""

    class Logger(trt.ILogger):
        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            heard.message(severity.name.lower(), message)

    return Logger()


def _recorder(trt: Any) -> Any:
    class Recorder(trt.IErrorRecorder):
        def __init__(self) -> None:
            trt.IErrorRecorder.__init__(self)
            self.errors: list[tuple[str, str]] = []

        def num_errors(self) -> int:
            return len(self.errors)

        def get_error_code(self, index: int) -> Any:
            return trt.ErrorCodeTRT.FAILED_EXECUTION

        def get_error_desc(self, index: int) -> str:
            return self.errors[index][1]

        def has_overflowed(self) -> bool:
            return False

        def clear(self) -> None:
            self.errors.clear()

        def report_error(self, code: Any, description: str) -> bool:
            self.errors.append((getattr(code, "name", str(code)), description))
            return False

    return Recorder()
