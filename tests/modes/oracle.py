"""Run scripts against real PyTorch and tell what mode every BatchNorm was in at each export call.

A program of its own, run by an interpreter that has torch: `python oracle.py SCRIPT... < nothing`. For each script it
prints one line of JSON. Exporters are replaced by functions that look at the model and do nothing, except those of
torch whose result the scripts use. nets.py, which scripts import, is found beside this file.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import logging
import os
import sys
import tempfile
import types
import warnings
from pathlib import Path

import torch
from torch import nn

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
torch.manual_seed(0)

_BATCH_NORM = nn.modules.batchnorm._BatchNorm


class Recorder:
    """What one script does. `script` is its path, as code objects name it."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.exports: list[dict[str, object]] = []
        self.created_in_forward = False
        self.ignored_mode = False

    def line(self) -> int:
        """The line of the script, or of the function in it, that is running."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.script:
            frame = frame.f_back
        return 0 if frame is None else frame.f_lineno

    def export(self, name: str, model: object, keywords: dict[str, object], line: int | None = None) -> None:
        model = getattr(model, "__self__", model)  # a bound forward
        if isinstance(model, nn.Module):
            layers = [m.training for m in model.modules() if isinstance(m, _BATCH_NORM)]
            training = keywords.get("training")
            row = {"name": name, "line": line or self.line(), "training": layers, "dynamo": keywords.get("dynamo")}
            self.exports.append(row | {"flag": None if training is None else str(training).rpartition(".")[2]})


current: Recorder | None = None


def record(name: str, model: object, keywords: dict[str, object], line: int | None = None) -> None:
    if current is not None:
        current.export(name, model, keywords, line)


def look_at(owner: object, attribute: str, name: str, *, run: bool, argument: str = "model") -> None:
    """Replace an exporter by one that records the model, and goes on only where `run`."""
    original = getattr(owner, attribute, None)

    def exporter(*args: object, **keywords: object) -> object:
        record(name, keywords.get(argument, args[0] if args else None), keywords)
        return original(*args, **keywords) if run and original is not None else torch.nn.Identity()

    setattr(owner, attribute, exporter)


def compile_lazily(model: nn.Module, **options: object) -> object:
    """torch.compile: with a TensorRT backend the mode is looked at when the result is first called."""
    if options.get("backend") != "tensorrt":
        return original_compile(model, backend="eager")
    line = None if current is None else current.line()

    class Compiled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self._orig_mod = model
            self.called = False

        def forward(self, *args: object) -> object:
            if not self.called:
                record("torch.compile", model, {}, line)
            self.called = True
            return self._orig_mod(*args)

    return Compiled()


def batch_norm(*args: object, **keywords: object) -> object:
    """F.batch_norm, which notes when a caller's mode and its own differ."""
    caller = sys._getframe(1)
    owner = caller.f_locals.get("self")
    flag = keywords.get("training", args[5] if len(args) > 5 else False)
    mine = current is not None and caller.f_code.co_filename == current.script
    if mine and isinstance(owner, nn.Module) and owner.training is not flag:
        current.ignored_mode = True
    return original_batch_norm(*args, **keywords)


def construct(self: nn.Module, *args: object, **keywords: object) -> None:
    """A BatchNorm's constructor, which notes when a forward method is on the stack."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "forward" and current is not None and frame.f_code.co_filename == current.script:
            current.created_in_forward = True
        frame = frame.f_back
    original_init(self, *args, **keywords)


def stand_in(name: str, **members: object) -> None:
    """A module that is not installed, with functions of its own."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules[name] = module


class Session:
    """onnxruntime.InferenceSession, which gives numbers that are nobody's."""

    def __init__(self, path: str) -> None:
        del path

    def run(self, names: object, feed: dict[str, object]) -> list[object]:
        import numpy as np

        return [np.zeros((1,))]


def run(path: str) -> dict[str, object]:
    """Run one script; what it exported, in which mode, what it raised and where, and whether its proof holds."""
    global current
    text = Path(path).read_text(encoding="utf-8")
    header = dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# ") and ": " in line)
    needs = header.get("needs")
    if needs is not None and importlib.util.find_spec(needs) is None:
        return {"missing": needs}
    current = recorder = Recorder(path)
    # torch.jit.script looks up the source of a class by its module.
    main_module, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    namespace = vars(sys.modules["__main__"])
    namespace["__file__"] = path
    error, lines = "", []
    torch.manual_seed(0)
    # torch.jit.script compiles this function too, and cannot compile the one that notes the mode.
    nn.functional.batch_norm = batch_norm if "F.batch_norm(" in text else original_batch_norm
    try:
        exec(compile(text, path, "exec"), namespace)
    except Exception as raised:
        error = type(raised).__name__
        trace = raised.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == path:
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
    current = None
    proof = None
    if "proof" in header:
        known = {"created_in_forward": recorder.created_in_forward, "ignored_mode": recorder.ignored_mode}
        try:
            proof = bool(eval(header["proof"], namespace | known))
        except Exception as raised:
            proof = f"{type(raised).__name__}: {raised}"
    sys.modules["__main__"] = main_module
    return {"exports": recorder.exports, "error": error, "lines": lines, "proof": proof}


original_compile, original_batch_norm = torch.compile, nn.functional.batch_norm
original_init = _BATCH_NORM.__init__


def install() -> None:
    """Put the recording exporters in place."""
    torch.compile, _BATCH_NORM.__init__ = compile_lazily, construct
    look_at(torch.onnx, "export", "torch.onnx.export", run=False)
    look_at(torch.export, "export", "torch.export.export", run=True, argument="mod")
    look_at(torch.jit, "trace", "torch.jit.trace", run=True, argument="func")
    look_at(torch.jit, "freeze", "torch.jit.freeze", run=True, argument="mod")
    quantization = torch.ao.quantization
    for name in ("fuse_modules", "prepare_qat"):
        look_at(quantization, name, name, run=True)
    look_at(torch.nn.utils.fusion, "fuse_conv_bn_eval", "fuse_conv_bn_eval", run=True, argument="conv")
    import torch.ao.quantization.quantize_fx as quantize_fx

    look_at(quantize_fx, "prepare_fx", "prepare_fx", run=True)
    prepare = quantization.prepare

    def prepared(model: nn.Module, *args: object, **keywords: object) -> nn.Module:
        line, made = current.line() if current is not None else 0, prepare(model, *args, **keywords)
        made.register_forward_pre_hook(lambda module, inputs: record("prepare", module, {}, line))
        return made

    quantization.prepare = prepared
    for package, function in (
        ("torch_tensorrt", "compile"),
        ("torch2trt", "torch2trt"),
        ("litert_torch", "convert"),
        ("openvino", "convert_model"),
    ):

        def converter(model: object, *args: object, _name: str = f"{package}.{function}", **keywords: object) -> object:
            record(_name, model, keywords)
            made = nn.Linear(1, 1)
            made.export = lambda path: None
            made.forward = lambda *inputs: torch.zeros(1)
            return made

        stand_in(package, **{function: converter}, Input=lambda shape: shape, save_model=lambda model, path: None)
    stand_in("onnxruntime", InferenceSession=Session)
    # A torchvision that was built for another torch lacks its operators; the models that are used here need none.
    register, torch.library.register_fake = torch.library.register_fake, lambda *_, **__: lambda function: function
    with contextlib.suppress(ImportError):
        import torchvision  # noqa: F401
    torch.library.register_fake = register


def main() -> None:
    install()
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    for path in sys.argv[1:]:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            outcome = run(path)
        print(json.dumps({"path": path} | outcome), flush=True)


if __name__ == "__main__":
    main()
