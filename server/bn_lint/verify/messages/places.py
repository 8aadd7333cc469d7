"""Where a log says that something happened: layers, graph nodes, modules and lines of Python. Standard library only."""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


class PlaceKind(enum.Enum):
    LAYER = "TensorRT layer"
    FX_NODE = "FX node"
    ONNX_NODE = "ONNX node"
    MODULE = "module"
    LINE = "line of Python"


@dataclass(frozen=True)
class Place:
    """One place that a log names, at `text[start:end]` of the log.

    `module` is a module path with dots, as in named_modules(), where the name carries one. Older releases wrote dots as
    `_` or `/`, so compare with `same_path`. `node` is the name of the FX or ONNX node. A line of Python has `file`,
    `line` (from 1), `function` and `code`.
    """

    kind: PlaceKind
    start: int
    end: int
    module: str = ""
    node: str = ""
    file: str = ""
    line: int = 0
    function: str = ""
    code: str = ""

    @property
    def of_user(self) -> bool:
        """Whether a line of Python lies outside of the installed packages and the standard library."""
        return bool(self.file) and not _LIBRARY.search(self.file)

    def as_dict(self) -> dict[str, object]:
        """For JSON, without what is empty."""
        fields = ("module", "node", "file", "line", "function", "code")
        return {"kind": self.kind.value, **{name: getattr(self, name) for name in fields if getattr(self, name)}}


_LIBRARY = re.compile(r"(?:site|dist)-packages[/\\]|[/\\]lib[/\\]python\d|^<|[/\\]torch[/\\](?:nn|_|fx|onnx|export)")

# The operators behind the names of ONNX nodes (`/layer1/layer1.0/bn1/BatchNormalization_1`): a name that ends in
# something else may as well be the path of a file.
_OPERATORS = (
    "BatchNormalization InstanceNormalization GroupNormalization LayerNormalization ReduceMean ReduceSum Conv "
    "ConvTranspose Gemm MatMul Relu LeakyRelu PRelu Sigmoid HardSigmoid HardSwish Tanh Softmax Clip Add Sub Mul Div "
    "Sqrt Pow Concat Split Slice Reshape Flatten Transpose Unsqueeze Squeeze Expand Gather Shape Cast Constant "
    "ConstantOfShape Identity Pad Resize Upsample MaxPool AveragePool GlobalAveragePool QuantizeLinear "
    "DequantizeLinear"
).split()

_TRT_LAYER = re.compile(r"\[[A-Z_]+\]-\[\w+?_ops\.[^\]\n]+\]-\[(?P<name>[^\]\n]*)\]")
_CONVERTED = re.compile(r"Convert(?:ing|ed) node (?P<name>\S+) \[")
_DRY_RUN = re.compile(r"with layer location: (?P<name>\S+)")
_FX = re.compile(r"While executing %(?P<node>\w+) : (?:\[num_users=\d+\] = )?call_\w+\[target=(?P<target>[^\]\n]+)\]")
_ONNX_NAME = re.compile(
    rf"(?<![\w./])(?P<name>/(?:[\w.]+/)*(?:{'|'.join(_OPERATORS)})(?:_\d+)?)(?:_output_\d+)?(?![\w/])"
)
_SCOPES = re.compile(r"pkg\.torch\.onnx\.name_scopes\"?[\s:,]*(?:value:\s*)?\"(?P<list>\[.*?\])\"")
_TENSOR = re.compile(
    r"(?<![\w./])(?P<module>[A-Za-z_]\w*(?:\.\w+)*)\.(?:running_mean|running_var|num_batches_tracked)(?![\w.(])"
    r"|\bInitializer (?P<initializer>[A-Za-z_]\w*(?:\.\w+)*)\.(?:weight|bias)\b"
)
_FRAME = re.compile(
    r'^[ \t]*File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<function>\S+)(?=(?:\n(?P<code>[^\n]*))?)', re.M
)
_TRACED = re.compile(r"(?P<file>[\w./\\~-]+\.py)\((?P<line>\d+)\): (?P<function>[\w<>]+)")
_RANGE = re.compile(r"# (?P<file>[\w./\\~-]+\.py):(?P<line>\d+):\d+")


def places(text: str) -> list[Place]:
    """The places that a log names, in its order."""
    return sorted(
        (place for find in _FINDERS for place in find(text)),
        key=lambda place: (place.start, -place.end, place.kind.value),
    )


def same_path(one: str, other: str) -> bool:
    """Whether two module paths are the same, where a dot may have been written as `_` or `/`."""
    return plain_path(one) == plain_path(other)


def plain_path(path: str) -> str:
    """A module path in the form that all spellings of it share."""
    return re.sub(r"[/_.]+", ".", path).strip(".")


def _layers(text: str) -> Iterator[Place]:
    for pattern in (_TRT_LAYER, _CONVERTED, _DRY_RUN):
        for match in pattern.finditer(text):
            module, _, node = match["name"].rpartition("/")
            yield Place(PlaceKind.LAYER, match.start(), match.end(), module=_dotted(module), node=node)


def _fx_nodes(text: str) -> Iterator[Place]:
    for match in _FX.finditer(text):
        target = match["target"]
        module = target if "call_module[" in match[0] else ""
        yield Place(PlaceKind.FX_NODE, match.start(), match.end(), module=module, node=match["node"])


def _onnx_nodes(text: str) -> Iterator[Place]:
    for match in _ONNX_NAME.finditer(text):
        *scopes, _ = match["name"].strip("/").split("/")
        yield Place(PlaceKind.ONNX_NODE, match.start(), match.end(), module=_joined(scopes), node=match["name"])
    for match in _SCOPES.finditer(text):
        scopes = _literal(match["list"])
        if len(scopes) > 1:
            yield Place(PlaceKind.ONNX_NODE, match.start(), match.end(), module=scopes[-2], node=scopes[-1])


def _tensors(text: str) -> Iterator[Place]:
    for match in _TENSOR.finditer(text):
        module = match["module"] or match["initializer"]
        # `m.running_mean` in a line of code names a variable; in quotes it is a key of a checkpoint.
        key = match["initializer"] or text[match.start() - 1 : match.start()] in ('"', "'")
        if key or ("." in module and not module.startswith("self.")):
            yield Place(PlaceKind.MODULE, match.start(), match.end(), module=module)


def _lines(text: str) -> Iterator[Place]:
    for pattern in (_FRAME, _TRACED, _RANGE):
        for match in pattern.finditer(text):
            found = match.groupdict()
            code = (found.get("code") or "").strip()
            # The line below a frame is its code, unless Python could not read the file.
            code = "" if code.startswith(("File ", "^", "~")) else code
            yield Place(
                PlaceKind.LINE,
                match.start(),
                match.end(),
                file=match["file"],
                line=int(match["line"]),
                function=found.get("function") or "",
                code=code,
            )


def _dotted(path: str) -> str:
    # Until torch-tensorrt 2.4: `/model/0/conv_unit0`; since: `model.0.conv.unit0`.
    return path.strip("/").replace("/", ".")


def _joined(scopes: list[str]) -> str:
    """The path of nested scopes. A scope may repeat the one around it: `layer1`, `layer1.0`, `bn1` is layer1.0.bn1."""
    path: list[str] = []
    for scope in scopes:
        if path and scope.startswith(path[-1] + "."):
            path.pop()
        path.append(scope)
    return ".".join(path)


def _literal(text: str) -> list[str]:
    try:
        value = ast.literal_eval(text.replace("\\'", "'").replace('\\"', '"'))
    except (ValueError, SyntaxError):
        return []
    return [str(item) for item in value]


_FINDERS: tuple[Callable[[str], Iterator[Place]], ...] = (_layers, _fx_nodes, _onnx_nodes, _tensors, _lines)
