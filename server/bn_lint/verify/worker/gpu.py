"""What both backends do on a GPU: passes over statistics and batch sizes, comparison, timing."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from . import compare, noise, statistics
from .compare import Verdict
from .findings import Finding, describe, summary
from .inputs import Inputs
from .marked import first_difference, marked
from .pipeline import run_model

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")

# Answers for one set of inputs, in the order of the model's outputs.
Answer = Callable[[Inputs], list[Any]]
# Compiles the model as it stands for some inputs. None where that failed, which it reports.
Compile = Callable[[Inputs], "Answer | None"]
# The first normalisation layer whose outputs part by more than a tolerance, found for some inputs.
Part = Callable[[Inputs, float], "str | None"]

_WARM, _TIMED = 10, 50
# How long torch.compile may take.
_COMPILING_S = 120


@contextmanager
def exact() -> Generator[None]:
    """Float32 that is float32: TF32 off for the reference."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    kept = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32 = cudnn.allow_tf32 = False
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = kept


def compare_passes(
    run: Run, answer: Answer, compile_again: Compile, part: Part, sizes: list[Inputs], detail: dict[str, Any]
) -> None:
    """The engine against the model in eval mode: as it is, with randomised statistics, at another batch size.

    `sizes` are inputs that the first engine takes. One finding at most: the first difference tells where to look.
    """
    detail["gpu"] = torch.cuda.get_device_name()
    reason = run.incomparable()
    if reason is not None:
        detail["reason"] = reason
        return
    detail["passes"] = 0
    for inputs in sizes:
        if _verdict(run, answer, inputs, "", part, detail) is Verdict.DIFFERS:
            return
    if not statistics.table(run.model):
        return
    # Statistics of the model's own activations show a defect best, and magnify rounding most: what differs with them
    # is reported only if it differs with gentler ones too.
    for own in (True, False):
        with statistics.randomised(run.model, run.inputs, own=own):
            verdict = _randomised(run, compile_again, None if own else part, detail, another=len(sizes) == 1)
        if verdict is Verdict.AGREES:
            return


def _randomised(
    run: Run, compile_again: Compile, part: Part | None, detail: dict[str, Any], *, another: bool
) -> Verdict:
    """The pass with randomised statistics, which needs an engine of its own: at another batch size, where it can be.

    Without `part`, a difference is not reported.
    """
    other = _other_batch(run) if another else None
    inputs = run.inputs if other is None else other
    again = compile_again(inputs)
    if again is None:
        return Verdict.AGREES  # what failed has been reported
    return _verdict(run, again, inputs, " with randomised statistics", part, detail)


def _other_batch(run: Run) -> Inputs | None:
    """Inputs of another batch size, where the model takes them."""
    tensors = run.inputs.tensors()
    if not tensors or tensors[0].dim() < 2:
        return None
    other = run.inputs.with_batch(tensors[0].shape[0] + 3)
    try:
        run_model(run.model.root, other)
    except Exception:
        return None
    return other


def _verdict(run: Run, answer: Answer, inputs: Inputs, how: str, part: Part | None, detail: dict[str, Any]) -> Verdict:
    with exact():
        reference = compare.flatten(run_model(run.model.root, inputs))
        # TensorRT-RTX multiplies in TF32 even where that is switched off.
        verdict, found = compare.judge(run.model.root, inputs, reference, answer(inputs), noise.TF32)
    if verdict is Verdict.DIFFERS and part is None:
        return verdict
    detail["passes"] += 1
    if found is not None:
        detail["difference"] = max(detail.get("difference", 0.0), found.largest)
        detail["scale"] = max(detail.get("scale", 0.0), found.scale)
        detail["allowed"] = max(detail.get("allowed", 0.0), found.allowed)
    if verdict is not Verdict.DIFFERS or found is None or part is None:
        return verdict
    try:
        path = part(inputs, compare.tolerance_inside(found))
    except Exception as error:
        run.log("verify", "warning", f"the first layer that differs could not be found: {summary(error)}")
        path = None
    text = f"the engine answers otherwise than the model in eval mode{how}, inputs {inputs.shapes()}: {found}"
    if path is not None:
        text += f"; the outputs part at {describe(run.model, path)}{_reason(run, path)}"
    run.report(Finding("BN905", "run", text, text, path, forward=() if path else root_call(run)))
    return verdict


def _reason(run: Run, path: str) -> str:
    module = run.model.root.get_submodule(path)
    if getattr(module, "running_mean", None) is None:
        return ", which has no running statistics: the converter ignores that and does not normalise"
    return ""


def precision_pass(run: Run, compile_half: Any, detail: dict[str, Any]) -> None:
    """An engine in a smaller data type against the model in float32, which the float32 engine agrees with.

    `compile_half` gives the engine's answers to inputs of float32, for the model or for the module that it is given.
    """
    name = run.request.precision
    if name == "float32" or any(f.code == "BN905" for f in run.reported) or run.incomparable() is not None:
        return
    tolerance = compare.TOLERANCE[name]
    with exact():
        reference = compare.flatten(run_model(run.model.root, run.inputs))
    found = compare.worst(compare.differences(reference, compile_half(run.model.root)(run.inputs), tolerance))
    if found is None:
        return
    detail[name] = found.largest
    if found.differs:
        with marked(run.model) as wrapper:
            answers = compile_half(wrapper)(run.inputs)
            path = first_difference(wrapper, answers, run.inputs, tolerance)
        text = f"in {name} the engine answers otherwise than the model in float32, as it does not in float32: {found}"
        if path is not None:
            text += f"; the outputs part at {describe(run.model, path)}"
        run.report(Finding("BN905", "run", text, text, path, forward=() if path else root_call(run)))


def root_call(run: Run) -> Any:
    """The `forward` of the model itself, for what belongs to no layer."""
    from .places import Place

    code = getattr(run.model.root.forward, "__code__", None)
    return () if code is None else (Place(code.co_filename, code.co_firstlineno, "forward"),)


def time(run: Run, detail: dict[str, Any], engine: Answer) -> None:
    """Note the latency of the engine, of the model in eager mode and, where that is asked for, of torch.compile's.

    PyTorch runs with its own settings: what the user gets without TensorRT.
    """
    root, inputs = run.model.root.cuda(), run.inputs.to("cuda")
    _note(run, detail, "engine_ms", lambda: lambda: engine(inputs))
    _note(run, detail, "eager_ms", lambda: lambda: run_model(root, inputs))
    if run.request.timing:
        _note(run, detail, "compiled_ms", lambda: _compiled(root, inputs))
        torch._dynamo.reset()


@contextmanager
def _at_most(seconds: int) -> Generator[None]:
    """Raise TimeoutError in what takes longer, on systems that have SIGALRM."""

    def expired(number: int, frame: Any) -> None:
        raise TimeoutError(f"it took more than {seconds} s")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    kept = signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, kept)


def _note(run: Run, detail: dict[str, Any], name: str, prepare: Callable[[], Callable[[], Any]]) -> None:
    """Note a latency; where it cannot be had, why: a model may not run any more once it has been exported."""
    try:
        with torch.no_grad():
            detail[name] = round(_latency(prepare()), 4)
    except Exception as error:
        detail[name] = f"not measured: {summary(error)}"
        run.log("verify", "warning", f"{name} {detail[name]}")


def _compiled(root: Any, inputs: Inputs) -> Callable[[], Any]:
    """The model as torch.compile has compiled it. Raises what that raises, and TimeoutError."""
    compiled = torch.compile(root)
    with _at_most(_COMPILING_S):
        run_model(compiled, inputs)
    return lambda: run_model(compiled, inputs)


def _latency(function: Callable[[], Any]) -> float:
    """Median milliseconds of a call on the GPU, warm, by CUDA events."""
    for _ in range(_WARM):
        function()
    torch.cuda.synchronize()
    times: list[float] = []
    for _ in range(_TIMED):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        function()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[len(times) // 2]
