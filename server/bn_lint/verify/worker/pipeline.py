"""One verification: build the model, run it, export it, compile it, and compare."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from . import compare, findings, mode, statistics, target
from .channel import Channel, Silent
from .findings import Finding, describe, summary
from .inputs import Dynamic, Inputs, candidates, dynamic, given, names, required_parameters, resized
from .places import Files, Place, traceback_frames
from .record import Layer, Model, recording_constructors
from .target import Captured, Refused

torch: Any = importlib.import_module("torch")

STAGES = ("import", "eager", "export", "compare", "build", "run")


class Stop(Exception):
    """Ends a verification: what went wrong has been reported, and the later stages have nothing to work on."""


@dataclass
class Request:
    """What the parent asks for. See docs/verify.md for the fields."""

    target: str
    inputs: list[str] = field(default_factory=list[str])
    dynamic: list[str] = field(default_factory=list[str])
    backend: str = "auto"
    compute: str = ""
    exporter: str = "dynamo"
    precision: str = "float32"
    module: str = ""
    until: str = "run"
    bisect: bool = False
    timing: bool = False
    keep: str = ""


class Run:
    """The state of one verification."""

    def __init__(self, request: Request, channel: Channel | Silent) -> None:
        self.request = request
        self.channel = channel
        self.reported: list[Finding] = []
        self.stage = "import"
        self.folder = request.keep or tempfile.mkdtemp(prefix="bn-lint-verify-")
        self.files = Files(torch.__file__, None)
        self.captured: Captured | None = None
        # A copy of the model in the training mode that an export call was given it in.
        self.handed: Any = None
        # Whether answers are compared: a trial of a failure to build need not.
        self.comparing = True
        self._model: Model | None = None
        self._inputs: Inputs | None = None

    @property
    def model(self) -> Model:
        """The built model."""
        assert self._model is not None
        return self._model

    @property
    def inputs(self) -> Inputs:
        """What the model is called with."""
        assert self._inputs is not None
        return self._inputs

    def descend(self, path: str) -> None:
        """Go on with one submodule, and the inputs that the model gives it."""
        from .bisect import inputs_of_modules

        calls = inputs_of_modules(self.model, self.inputs)
        if path not in calls:
            raise self.refuse(
                "no-module", f"the model does not call its submodule {path!r}; there is nothing to verify"
            )
        self._inputs = calls[path]
        self._model = self.model.below(path)

    def move(self, device: str) -> None:
        """Have the inputs on a device."""
        self._inputs = self.inputs.to(device)

    def incomparable(self) -> str | None:
        """Why the model's own answers are no reference; None where they are one."""
        if any(f.code == "BN906" and f.stage == "eager" for f in self.reported):
            return "the model does not run in eval mode; there is nothing to compare with"
        if any(f.code == "BN907" and f.severity == "error" for f in self.reported):
            return "the model's own answers are not finite; there is nothing to compare with"
        return None

    def report_statistics(self) -> None:
        """Report what is wrong with the statistics; once the model has run, with the lines that call the layers."""
        for finding in statistics.findings(self.model, statistics.table(self.model)):
            self.report(finding)

    # --- reporting ----------------------------------------------------------------------------------------------

    def report(self, finding: Finding) -> None:
        """Send a finding with its places."""
        findings.locate(finding, self._model, self.files)
        self.reported.append(finding)
        self.channel.send("finding", **finding.as_json())

    def refuse(self, kind: str, message: str, place: Place | None = None, text: str = "") -> Stop:
        """Send the reason why nothing can be verified."""
        self.channel.send(
            "problem", kind=kind, message=message, text=text, place=None if place is None else place.as_json()
        )
        return Stop()

    def log(self, source: str, severity: str, text: str) -> None:
        """Send a message of an exporter or of TensorRT."""
        self.channel.send("log", stage=self.stage, source=source, severity=severity, text=text[:4000])

    def skip(self, stage: str, reason: str) -> None:
        """Say that a stage does not take place."""
        self.channel.send("stage", stage=stage, state="skipped", reason=reason)

    @contextmanager
    def running(self, stage: str) -> Generator[dict[str, Any]]:
        """A stage, from its start to its end. What is put into the dictionary goes into the event of the end."""
        self.stage = stage
        self.channel.send("stage", stage=stage, state="started")
        start, found = time.perf_counter(), len(self.reported)
        detail: dict[str, Any] = {}
        state = "failed"
        try:
            yield detail
            failed = any(f.severity == "error" for f in self.reported[found:])
            state = "failed" if failed else "passed"
        finally:
            seconds = round(time.perf_counter() - start, 3)
            self.channel.send("stage", stage=stage, state=state, seconds=seconds, **detail)

    def stops_here(self, stage: str) -> bool:
        """Whether the request ends with a stage."""
        return STAGES.index(self.request.until) <= STAGES.index(stage)


def verify(request: Request, channel: Channel) -> None:
    """Run every stage that can run, and send what they show."""
    run = Run(request, channel)
    stopped = False
    try:
        try:
            _stages(run)
        except Stop:
            stopped = True
        if request.bisect:
            _bisect(run)
    except Refused as error:
        run.refuse(error.kind, str(error))
        stopped = True
    finally:
        channel.leave_if_forked()
        if not request.keep:
            shutil.rmtree(run.folder, ignore_errors=True)
    failed = any(f.severity == "error" for f in run.reported)
    channel.send("done", outcome="failed" if failed else "stopped" if stopped else "passed", findings=len(run.reported))


def _stages(run: Run) -> None:
    with run.running("import") as detail:
        _import(run, detail)
        run.channel.leave_if_forked()
    if run.stops_here("import"):
        return
    with run.running("eager") as detail:
        _eager(run, detail)
        run.channel.leave_if_forked()
    if run.stops_here("eager"):
        return
    if run.request.module:
        run.descend(run.request.module)
    _backend_stages(run)


def _backend_stages(run: Run) -> None:
    """Export, compile and compare, with the backend of the request."""
    backend = run.request.backend
    if backend == "auto":
        backend = default_backend()
    if backend == "torch-tensorrt":
        from . import torch_tensorrt_backend

        torch_tensorrt_backend.stages(run)
    else:
        from . import onnx_backend

        onnx_backend.stages(run)


def _bisect(run: Run) -> None:
    """Narrow the first failure of a stage that submodules can be put through."""
    from .bisect import narrow

    failure = next((f for f in run.reported if f.severity == "error" and f.stage not in ("import",)), None)
    if failure is None:
        return

    def fails(path: str, inputs: Inputs) -> bool:
        request = replace(
            run.request, bisect=False, dynamic=[], until=failure.stage, keep=os.path.join(run.folder, "bisect")
        )
        part = Run(request, Silent())
        part.comparing = failure.stage in ("compare", "run")
        part.files, part._model, part._inputs = run.files, run.model.below(path), inputs
        try:
            if failure.stage == "eager":
                run_model(part.model.root, inputs)
            else:
                _backend_stages(part)
        except Stop:
            pass
        except Exception as error:
            return failure.stage == "eager" and summary(error) in failure.message
        return any((f.code, f.stage) == (failure.code, failure.stage) for f in part.reported)

    narrow(run, failure, fails)


def default_backend() -> str:
    """torch-tensorrt on a machine that can run it, else onnx, which does without a GPU."""
    if torch.cuda.is_available() and importlib.util.find_spec("torch_tensorrt") is not None:
        return "torch-tensorrt"
    return "onnx"


# --- import: the model exists -----------------------------------------------------------------------------------


def _import(run: Run, detail: dict[str, Any]) -> None:
    request = run.request
    parsed = target.parse(request.target)
    run.files = Files(torch.__file__, target.source_file(parsed))
    root = _users_code(run, lambda: _make(run, parsed), parsed)
    if not isinstance(root, torch.nn.Module):
        raise run.refuse(
            "not-a-model",
            f"{request.target} gives a {type(root).__name__}, not an nn.Module",
            run.captured and run.captured.place,
        )
    run._model = Model(root, run.files)
    if run.captured is not None:
        request.exporter = run.captured.exporter or request.exporter
        if mode.report_captured(run, run.captured):
            run.handed = copy.deepcopy(root)
    root.eval()
    if request.module and request.module not in run.model.layers:
        raise run.refuse("no-module", f"the model has no submodule {request.module!r}")
    rows = statistics.table(run.model)
    detail["parameters"] = sum(p.numel() for p in root.parameters() if not torch.nn.parameter.is_lazy(p))
    detail["norms"] = len(rows)
    run.channel.send("model", layers=[_layer_json(layer) for layer in run.model.layers.values()][:5000])
    run.channel.send("norms", rows=rows)
    if run.stops_here("import"):
        run.report_statistics()


def _layer_json(layer: Layer) -> dict[str, Any]:
    own = layer.built[0] if layer.built else None
    return {"path": layer.path, "class": layer.cls, "built": None if own is None else [own.file, own.line]}


def _make(run: Run, parsed: target.Target) -> Any:
    with recording_constructors(run.files):
        if parsed.line is not None:
            run.captured = target.capture(parsed)
            return run.captured.model
        return target.build(parsed, target.load(parsed))


def _users_code(run: Run, action: Callable[[], Any], parsed: target.Target) -> Any:
    """Import and construct; the user's own errors become one problem that names their line."""
    try:
        return action()
    except Refused:
        raise
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        run.channel.leave_if_forked()
        frames = [p for _, p in traceback_frames(error.__traceback__)]
        seen = run.files.seen(frames)
        place = next((p for p in seen if run.files.is_users(p.file)), seen[0] if seen else None)
        if isinstance(error, SystemExit):
            remedy = 'put that below `if __name__ == "__main__":`'
            message = f"the code calls sys.exit({error.code!r}) when it is imported; {remedy}"
            raise run.refuse("exit", message, place) from None
        if isinstance(error, SyntaxError) and error.filename:
            place = Place(error.filename, error.lineno or 1, "", max(0, (error.offset or 1) - 1))
        importing = not any(p.function == "build" for p in frames)
        what = f"{parsed.file or parsed.module} cannot be imported" if importing else f"{parsed.name} cannot be built"
        remedy = ""
        if isinstance(error, ModuleNotFoundError):
            remedy = f"; install it for {sys.executable}, or name another interpreter with --python"
        elif isinstance(error, FileNotFoundError):
            remedy = "; run from the folder that the file is relative to, or name a factory that needs no data"
        elif isinstance(error, TypeError) and "argument" in str(error) and parsed.name:
            remedy = f"; give arguments: {parsed.name}(...)"
        raise run.refuse("import-failed", f"{what}: {summary(error)}{remedy}", place, findings.raw(error)) from None


# --- eager: the model runs --------------------------------------------------------------------------------------


def run_model(root: Any, inputs: Inputs) -> Any:
    """Run a model without gradients. Its name marks, in every stack, where the user's own lines begin."""
    with torch.no_grad():
        return root(*inputs.args, **inputs.kwargs)


def _eager(run: Run, detail: dict[str, Any]) -> None:
    inputs = _asked_inputs(run)
    torch.manual_seed(0)
    watch = mode.Watch(run.model)
    if inputs is not None:
        run._inputs = inputs
        error = _try(run, watch, inputs)
    else:
        error = _search(run, watch)
    detail["inputs"] = run.inputs.shapes()
    detail["guessed"] = run.inputs.guessed
    run.report_statistics()
    if error is not None:
        _report_eager(run, error)
        raise Stop
    for inputs in at_sizes(run, asked_axes(run))[1:]:
        error = _try(run, watch, inputs)
        if error is not None:
            _report_eager(run, error, f" with {inputs.shapes()}, which --dynamic allows")
            raise Stop
    for finding in watch.findings():
        run.report(finding)
    outputs = compare.flatten(run_model(run.model.root, run.inputs))
    if all(bool(torch.isfinite(x).all()) for x in run.inputs.tensors() if x.is_floating_point()):
        _report_not_finite(run, outputs)


def _asked_inputs(run: Run) -> Inputs | None:
    if run.request.inputs:
        return given(run.request.inputs)
    captured = run.captured
    if captured is None or not (captured.args or captured.kwargs):
        return None
    plain = all(isinstance(value, (torch.Tensor, int, float, bool, type(None))) for value in captured.args)
    return Inputs(captured.args, captured.kwargs) if plain else None


def _try(run: Run, watch: mode.Watch, inputs: Inputs) -> BaseException | None:
    try:
        with watch.running(), run.model.recording_calls():
            run_model(run.model.root, inputs)
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        return error
    return None


def _search(run: Run, watch: mode.Watch) -> BaseException | None:
    """Find inputs that the model takes. The error that every size runs into, where there is such a one."""
    errors: list[BaseException] = []
    for inputs in candidates(run.model.root):
        error = _try(run, watch, inputs)
        run._inputs = run._inputs if errors else inputs
        if error is None:
            run._inputs = inputs
            return None
        errors.append(error)
        watch.forget()
        if summary(error) != summary(errors[0]):
            break
    # An error that does not depend on the size is the model's own; another may come of a wrong guess.
    if errors and all(summary(e) == summary(errors[0]) for e in errors):
        return errors[0]
    wanted = ", ".join(f"--input {name}=1x3x224x224" for name in required_parameters(run.model.root))
    why = f" (with {run.inputs.shapes()}: {summary(errors[0])})" if errors else ""
    raise run.refuse(
        "needs-input", f"the shape of the input cannot be inferred{why}; give it: {wanted or '--input 1x3x224x224'}"
    )


def _report_eager(run: Run, error: BaseException, how: str = "") -> None:
    where = findings.blame(error, run.model)
    if isinstance(error, SystemExit):
        message = f"forward calls sys.exit({error.code!r})"
    else:
        message = f"{describe(run.model, where.module)} fails in eager mode{how}: {_readable(run, where.module, error)}"
    run.report(Finding("BN903", "eager", message, findings.raw(error), where.module, forward=where.running))


def _readable(run: Run, path: str | None, error: BaseException) -> str:
    """The error; for a normalisation layer that got other channels than it was built for, in those terms."""
    layer = run.model.layers.get(path or "")
    module = None if layer is None or not path else run.model.root.get_submodule(path)
    if layer is not None and module is not None and layer.inputs and "should contain" in str(error):
        channels = layer.inputs[0][1] if len(layer.inputs[0]) > 1 else None
        if channels is not None and getattr(module, "num_features", channels) != channels:
            return f"it was built for {module.num_features} channels and receives {channels} ({summary(error)})"
    return summary(error)


def _report_not_finite(run: Run, outputs: list[Any]) -> None:
    if all(not o.is_floating_point() or bool(torch.isfinite(o).all()) for o in outputs):
        return
    if any(f.code == "BN907" and f.severity == "error" for f in run.reported):
        return
    path = compare.first_not_finite(run.model, run.inputs)
    if path is not None:
        text = f"{describe(run.model, path)} answers NaN or Inf to finite input"
        run.report(Finding("BN907", "eager", text, text, path))


# --- what the backends share ------------------------------------------------------------------------------------


def at_sizes(run: Run, axes: list[Dynamic]) -> list[Inputs]:
    """The inputs, and for a dynamic export also those of the smallest and the largest sizes."""
    if not axes:
        return [run.inputs]
    order = names(run.model.root, run.inputs)
    positional = order[: len(run.inputs.args)]
    sizes: list[Inputs] = []
    for pick in ("middle", "low", "high"):
        args = tuple(resized(v, n, axes, pick) for n, v in zip(positional, run.inputs.args, strict=False))
        kwargs = {n: resized(v, n, axes, pick) for n, v in run.inputs.kwargs.items()}
        sizes.append(Inputs(args, kwargs))
    return sizes


def asked_axes(run: Run) -> list[Dynamic]:
    """The dynamic axes of the request."""
    return dynamic(run.request.dynamic)
