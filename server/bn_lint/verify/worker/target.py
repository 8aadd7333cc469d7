"""From what the user named to a model.

Four forms: `path.py::Name(args)`, `package.module:name(args)`, either without the arguments, and `path.py:42`, the line
of a call that exports a model.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import re
import runpy
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from .places import Place, outward, place_of


class Refused(Exception):
    """The target gives no model. One line that says why and what to do."""

    def __init__(self, message: str, kind: str = "target") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Target:
    """A parsed target: a file or a dotted module, and a name in it with the text of its call, or a line."""

    file: str | None
    module: str | None
    name: str | None
    call: str | None
    line: int | None


_FORM = re.compile(r"(?P<where>.+?)(?P<sep>::|:)(?P<what>[A-Za-z_]\w*(?:\.\w+)*)(?P<call>\s*\(.*\))?\s*", re.DOTALL)


def parse(text: str) -> Target:
    """Parse a target. Raises Refused for a text of another form."""
    line = re.fullmatch(r"(.+\.py[w]?):(\d+)", text)
    if line:
        return Target(os.path.abspath(line[1]), None, None, None, int(line[2]))
    match = _FORM.fullmatch(text)
    if match is None:
        raise Refused(
            f"{text!r} is not a target: write path.py::Class, path.py::factory(arguments), package.module:name "
            "or path.py:LINE"
        )
    call = match["call"].strip() if match["call"] else None
    if match["sep"] == "::" or match["where"].endswith(".py"):
        return Target(os.path.abspath(match["where"]), None, match["what"], call, None)
    return Target(None, match["where"], match["what"], call, None)


def source_file(target: Target) -> str | None:
    """The file that a target names, without importing it."""
    if target.file is not None:
        return target.file
    assert target.module is not None
    try:
        spec = importlib.util.find_spec(target.module)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def load(target: Target) -> ModuleType:
    """Import the module that a target names. Raises Refused where there is none; the user's own errors pass."""
    sys.path.insert(0, os.getcwd())
    if target.file is None:
        assert target.module is not None
        try:
            return importlib.import_module(target.module)
        except ModuleNotFoundError as error:
            if error.name and (target.module == error.name or target.module.startswith(error.name + ".")):
                raise Refused(
                    f"there is no module {target.module!r} here; run from the project's folder, or name the file: "
                    "path.py::Name",
                    "no-module",
                ) from None
            raise
    if not os.path.isfile(target.file):
        raise Refused(f"{target.file}: no such file", "no-file")
    name, root = _dotted(target.file)
    sys.path.insert(0, root)
    loaded = sys.modules.get(name)
    if loaded is not None:
        if os.path.abspath(getattr(loaded, "__file__", None) or "") == target.file:
            return loaded
        name = f"_bn_lint_target_{name.replace('.', '_')}"  # hides no module of the same name, such as the library's
    elif "." in name:
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, target.file)
    if spec is None or spec.loader is None:
        raise Refused(f"{target.file}: not a Python file", "no-file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _dotted(file: str) -> tuple[str, str]:
    """The module name of a file and the folder to find it from: packages reach up to the last __init__.py."""
    folder, base = os.path.split(file)
    parts = [os.path.splitext(base)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts), folder


def build(target: Target, module: ModuleType) -> Any:
    """Call what a target names, and return what comes. Raises Refused where the name is missing or needs arguments."""
    assert target.name is not None
    value: Any = module
    for part in target.name.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            where = target.file or target.module
            near = [
                n for n, v in vars(module).items() if callable(v) and getattr(v, "__module__", None) == module.__name__
            ]
            known = f"; it defines {', '.join(near[:6])}" if near else ""
            raise Refused(f"{where} has no {part!r}{known}", "no-name") from None
    if target.call is not None:
        space = {**vars(module), "__bn_lint_target__": value}
        try:
            code = compile(f"__bn_lint_target__{target.call}", "<target>", "eval")
        except SyntaxError as error:
            raise Refused(f"the arguments {target.call} cannot be read: {error.msg}", "arguments") from None
        return eval(code, space)
    if isinstance(value, type) or not _is_module(value):
        if not callable(value):
            raise Refused(
                f"{target.name} is a {type(value).__name__}, not a model, a class or a function", "not-a-model"
            )
        missing = _required(value)
        if missing:
            example = ", ".join(f"{name}=..." for name in missing)
            raise Refused(f"{target.name} needs arguments: write {target.name}({example})", "needs-arguments")
        value = value()
    return value


def _is_module(value: Any) -> bool:
    torch: Any = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def _required(function: Any) -> list[str]:
    """The parameters that a call must give."""
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


# --- the line of an export call ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Captured:
    """What an export call was given: the model in the mode it was in, and its inputs."""

    model: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    function: str
    place: Place
    options: dict[str, Any]

    @property
    def exporter(self) -> str | None:
        """The ONNX exporter that the call uses; None for another kind of export."""
        if self.function != "torch.onnx.export":
            return None
        torch: Any = sys.modules["torch"]
        default = tuple(int(part) for part in torch.__version__.split(".")[:2]) >= (2, 9)
        return "dynamo" if self.options.get("dynamo", default) else "torchscript"

    @property
    def own_eval(self) -> bool:
        """Whether the call itself switches the model to eval mode, as the TorchScript exporter does by default."""
        mode = self.options.get("training")
        return self.exporter == "torchscript" and (mode is None or mode.name == "EVAL")


class _Reached(BaseException):
    """Leaves the user's script at the export call. Not an Exception, so that no `except Exception` stops it."""

    def __init__(self, captured: Captured) -> None:
        super().__init__(captured.function)
        self.captured = captured


def _arguments(given: Any) -> tuple[Any, ...]:
    if given is None:
        return ()
    return tuple(cast("list[Any]", given)) if isinstance(given, (tuple, list)) else (given,)


# Where the model and the example inputs stand among an export function's arguments.
_EXPORTS: dict[str, tuple[str, int | None, str]] = {
    "torch.onnx.export": ("model", 1, "args"),
    "torch.export.export": ("mod", 1, "args"),
    "torch.jit.trace": ("func", 1, "example_inputs"),
    "torch.jit.script": ("obj", None, ""),
    "torch.compile": ("model", None, ""),
    "torch_tensorrt.compile": ("module", None, "inputs"),
    "torch_tensorrt.dynamo.compile": ("exported_program", None, "inputs"),
}


def capture(target: Target) -> Captured:
    """Run the file as a script, or the function around the line, up to the export call on that line.

    Raises Refused where the line holds no export call or is not reached.
    """
    assert target.file is not None
    assert target.line is not None
    if not os.path.isfile(target.file):
        raise Refused(f"{target.file}: no such file", "no-file")
    with open(target.file, encoding="utf-8") as stream:
        try:
            tree = ast.parse(stream.read())
        except SyntaxError as error:
            raise Refused(f"{target.file}:{error.lineno}: cannot be imported: {error.msg}", "import-failed") from None
    calls = [
        n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno <= target.line <= (n.end_lineno or n.lineno)
    ]
    if not calls:
        raise Refused(
            f"{target.file}:{target.line} holds no call; name the line of an export call such as torch.onnx.export",
            "no-export-call",
        )
    lines = range(min(c.lineno for c in calls), max(c.end_lineno or c.lineno for c in calls) + 1)
    function = next(
        (
            node
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.lineno <= target.line <= (node.end_lineno or 0)
        ),
        None,
    )
    with _intercepted(target.file, lines):
        try:
            if function is not None and not _needs(function):
                module = load(Target(target.file, None, function.name, None, None))
                getattr(module, function.name)()
            else:
                sys.path.insert(0, os.path.dirname(target.file))
                sys.argv = [target.file]
                runpy.run_path(target.file, run_name="__main__")
        except _Reached as reached:
            return reached.captured
    raise Refused(
        f"{target.file}:{target.line}: running the file did not come to an export call on this line; "
        f"name the model instead: {os.path.basename(target.file)}::Name",
        "no-export-call",
    )


def _needs(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return required > 0 or any(default is None for default in arguments.kw_defaults)


@contextmanager
def _intercepted(file: str, lines: range) -> Generator[None]:
    undo: list[tuple[Any, str, Any]] = []
    for dotted in _EXPORTS:
        owner_name, _, name = dotted.rpartition(".")
        if owner_name.startswith("torch_tensorrt") and "torch_tensorrt" not in sys.modules:
            continue  # importing it costs seconds and may need a GPU; the script imports it first where it is used
        try:
            owner: Any = importlib.import_module(owner_name)
            original = getattr(owner, name)
        except (ImportError, AttributeError):
            continue
        undo.append((owner, name, original))
        setattr(owner, name, _stand_in(dotted, original, file, lines))
    try:
        yield
    finally:
        for owner, name, original in undo:
            setattr(owner, name, original)


def _stand_in(dotted: str, original: Callable[..., Any], file: str, lines: range) -> Callable[..., Any]:
    model_name, position, inputs_name = _EXPORTS[dotted]

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        for frame in outward(sys._getframe(1), 3):
            if os.path.abspath(frame.f_code.co_filename) == file and frame.f_lineno in lines:
                model = args[0] if args else kwargs.get(model_name)
                inputs = args[position] if position is not None and len(args) > position else kwargs.get(inputs_name)
                given = _arguments(inputs)
                raise _Reached(
                    Captured(model, given, dict(kwargs.get("kwargs") or {}), dotted, place_of(frame), kwargs)
                )
        return original(*args, **kwargs)

    return stand_in
