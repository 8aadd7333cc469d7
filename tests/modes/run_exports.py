"""Run the torch rows of the table of export calls, and tell what each really does to a model in the wrong mode.

A program of its own, run by an interpreter that has torch, onnx and onnxruntime, with bn_lint on its path. Prints one
line of JSON for each row: its names, its place among the site's behaviours, the outcome that was measured, the error's
text.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from bn_lint.model.torch_.exports import EXPORT_SITES, Argument, Behaviour, ExportSite, Outcome

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

A, B, C = torch.randn(3, 1, 3, 8, 8, generator=torch.Generator().manual_seed(0)).unbind(0)
BATCH = torch.cat([A, B])
Run = Callable[[torch.Tensor], torch.Tensor]


class Net(nn.Module):
    """Convolution, BatchNorm with statistics that are not those of a fresh layer, Dropout."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        nn.init.constant_(self.bn.running_mean, 0.5)
        nn.init.constant_(self.bn.running_var, 4.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.drop(self.bn(self.conv(x)))


def without_dropout(training: bool) -> Net:
    net = Net()
    net.drop = nn.Identity()
    return net.train(training)


def mixes_batch(run: Run) -> bool:
    """Whether the first output depends on the second input."""
    with torch.no_grad():
        first, second = run(BATCH)[0], run(torch.cat([A, C]))[0]
    return not torch.allclose(torch.as_tensor(first), torch.as_tensor(second), atol=1e-5)


def is_eval(run: Run) -> bool:
    """Whether it computes what the model does in eval mode."""
    with torch.no_grad():
        return torch.allclose(torch.as_tensor(run(BATCH)), without_dropout(False)(BATCH), atol=1e-4)


def by_numbers(run: Run) -> Outcome:
    """Batch statistics, or those of eval mode."""
    if mixes_batch(run):
        return Outcome.BATCH_STATISTICS
    assert is_eval(run)
    return Outcome.SWITCHES


def of_onnx(path: str) -> Outcome:
    """What an ONNX file computes."""
    import onnx
    import onnxruntime

    graph = onnx.load(path).graph
    for node in graph.node:
        if node.op_type == "BatchNormalization" and any(
            attribute.name == "training_mode" and attribute.i for attribute in node.attribute
        ):
            return Outcome.BATCH_STATISTICS
    dropout = any(node.op_type == "Dropout" for node in graph.node)
    if dropout:
        return Outcome.RUNNING_STATISTICS
    session = onnxruntime.InferenceSession(path)
    name = session.get_inputs()[0].name
    return by_numbers(lambda x: session.run(None, {name: x.numpy()})[0])


def to_onnx(export: Callable[..., Any], **options: Any) -> Outcome:
    export(Net(), (BATCH,), "net.onnx", **options)
    dropout = of_onnx("net.onnx")
    if dropout is not Outcome.RUNNING_STATISTICS:
        return dropout
    # Dropout was left on. What became of BatchNorm shows without it.
    export(without_dropout(True), (BATCH,), "net.onnx", **options)
    assert of_onnx("net.onnx") is Outcome.SWITCHES
    return Outcome.RUNNING_STATISTICS


def exported(**options: Any) -> Outcome:
    return by_numbers(torch.export.export(without_dropout(True), (BATCH,)).module())


def drafted(**options: Any) -> Outcome:
    return by_numbers(torch.export.draft_export(without_dropout(True), (BATCH,)).module())


def aot_compiled(**options: Any) -> Outcome:
    """The graph that reaches the compiler; the compiler itself keeps it as it is."""
    import torch._export
    import torch._inductor

    seen: list[Any] = []
    original, torch._inductor.aot_compile = (
        torch._inductor.aot_compile,
        lambda graph, *_, **__: seen.append(graph) or "",
    )
    try:
        torch._export.aot_compile(without_dropout(True), (BATCH,))
    finally:
        torch._inductor.aot_compile = original
    norm = next(node for node in seen[0].graph.nodes if node.target is nn.functional.batch_norm)
    return Outcome.BATCH_STATISTICS if norm.args[5] else Outcome.SWITCHES


def packaged(**options: Any) -> Outcome:
    """The program that is packaged: its mode was fixed when it was captured."""
    return exported()


def traced(**options: Any) -> Outcome:
    made = torch.jit.trace(without_dropout(True), BATCH, check_trace=False)
    made.eval()
    return by_numbers(made)


def trace_module(**options: Any) -> Outcome:
    made = torch.jit.trace_module(without_dropout(True), {"forward": BATCH}, check_trace=False)
    made.eval()
    return by_numbers(made)


def kept(made: nn.Module) -> Outcome:
    """In the mode of the model, and eval() works."""
    assert made.training
    made.eval()
    assert is_eval(made)
    return Outcome.KEEPS


def scripted(**options: Any) -> Outcome:
    return kept(torch.jit.script(without_dropout(True)))


def saved(**options: Any) -> Outcome:
    torch.jit.save(torch.jit.script(without_dropout(True)), "net.pt")
    return kept(torch.jit.load("net.pt"))


def saved_by_method(**options: Any) -> Outcome:
    torch.jit.script(without_dropout(True)).save("net.pt")
    return kept(torch.jit.load("net.pt"))


def frozen(**options: Any) -> Outcome:
    return by_numbers(torch.jit.freeze(torch.jit.script(without_dropout(True))))


def optimized(**options: Any) -> Outcome:
    return by_numbers(torch.jit.optimize_for_inference(torch.jit.script(without_dropout(True))))


def compiled(backend: str) -> Outcome:
    """The graph that reaches a backend of this name."""
    graphs: list[Any] = []

    def capture(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    if backend not in torch._dynamo.list_backends(None):
        torch._dynamo.register_backend(capture, name=backend)
    torch._dynamo.reset()
    model = torch.compile(without_dropout(True), backend=backend)
    outcome = by_numbers(model)
    assert graphs
    return outcome


def raises_nothing(make: Callable[[], object]) -> Outcome:
    make()
    return Outcome.HARMLESS


def with_qconfig(training: bool, *, qat: bool) -> Net:
    net = without_dropout(training)
    config = torch.ao.quantization.get_default_qat_qconfig if qat else torch.ao.quantization.get_default_qconfig
    net.qconfig = config("x86")
    return net


def prepared(**options: Any) -> Outcome:
    made = torch.ao.quantization.prepare(with_qconfig(True, qat=False))
    before = copy.deepcopy(made.bn.running_mean)
    made(BATCH)
    return Outcome.SWITCHES if torch.equal(before, made.bn.running_mean) else Outcome.CALIBRATION


def _norm_alone(training: bool) -> Outcome:
    """Whether converting in a mode gives the same numbers as converting in eval mode."""
    results = []
    for mode in (training, False):
        net = torch.ao.quantization.fuse_modules(with_qconfig(False, qat=False), [["conv", "bn"]])
        made = torch.ao.quantization.prepare(net)
        made(BATCH)
        made.train(mode)
        results.append(torch.ao.quantization.convert(made).conv.weight().dequantize())
    assert torch.equal(*results)
    return Outcome.HARMLESS


def quantized(**options: Any) -> Outcome:
    seen: list[bool] = []
    torch.ao.quantization.quantize(
        with_qconfig(True, qat=False), lambda model, x: seen.append(model.training), (BATCH,)
    )
    return Outcome.KEEPS if seen[0] else Outcome.SWITCHES


def quantized_qat(**options: Any) -> Outcome:
    seen: list[bool] = []
    torch.ao.quantization.quantize_qat(
        with_qconfig(False, qat=True), lambda model, x: seen.append(model.training), (BATCH,)
    )
    return Outcome.SWITCHES if seen[0] else Outcome.KEEPS


def _fx(name: str, training: bool, *, qat: bool) -> object:
    from torch.ao.quantization import get_default_qat_qconfig_mapping, get_default_qconfig_mapping, quantize_fx

    mapping = get_default_qat_qconfig_mapping("x86") if qat else get_default_qconfig_mapping("x86")
    return getattr(quantize_fx, name)(without_dropout(training), mapping, (BATCH,))


def _fuse_fx(**options: Any) -> Outcome:
    from torch.ao.quantization.quantize_fx import fuse_fx

    return raises_nothing(lambda: fuse_fx(without_dropout(True)))


def _convert_fx(**options: Any) -> Outcome:
    from torch.ao.quantization.quantize_fx import convert_fx

    made = _fx("prepare_fx", False, qat=False)
    made(BATCH)
    made.train()
    return raises_nothing(lambda: convert_fx(made))


def _experimental(name: str) -> Outcome:
    import torch.fx.experimental.optimization as optimization

    return raises_nothing(lambda: getattr(optimization, name)(without_dropout(True)))


def _fuse_linear(**options: Any) -> Outcome:
    from torch.nn.utils.fusion import fuse_linear_bn_eval

    return raises_nothing(lambda: fuse_linear_bn_eval(nn.Linear(4, 4).train(), nn.BatchNorm1d(4).train()))


def _fuse_conv(**options: Any) -> Outcome:
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    net = without_dropout(True)
    return raises_nothing(lambda: fuse_conv_bn_eval(net.conv, net.bn))


_QUANTIZATION = torch.ao.quantization
RECIPES: dict[str, Callable[..., Outcome]] = {
    "torch.export.export": exported,
    "torch.export.draft_export": drafted,
    "torch._export.aot_compile": aot_compiled,
    "torch._inductor.aoti_compile_and_package": packaged,
    "torch.onnx.export": lambda **options: to_onnx(torch.onnx.export, **options),
    "torch.onnx.utils.export": lambda **options: to_onnx(torch.onnx.utils.export, **options),
    "torch.jit.trace": traced,
    "torch.jit.trace_module": trace_module,
    "torch.jit.script": scripted,
    "torch.jit.save": saved,
    "torch.jit.ScriptModule.save": saved_by_method,
    "torch.jit.freeze": frozen,
    "torch.jit.optimize_for_inference": optimized,
    "torch.compile": compiled,
    "torch.ao.quantization.fuse_modules": lambda: raises_nothing(
        lambda: _QUANTIZATION.fuse_modules(without_dropout(True), [["conv", "bn"]])
    ),
    "torch.ao.quantization.fuse_modules_qat": lambda: raises_nothing(
        lambda: _QUANTIZATION.fuse_modules_qat(without_dropout(False), [["conv", "bn"]])
    ),
    "torch.ao.quantization.prepare": prepared,
    "torch.ao.quantization.prepare_qat": lambda: raises_nothing(
        lambda: _QUANTIZATION.prepare_qat(with_qconfig(False, qat=True))
    ),
    "torch.ao.quantization.convert": lambda: _norm_alone(True),
    "torch.ao.quantization.quantize": quantized,
    "torch.ao.quantization.quantize_qat": quantized_qat,
    "torch.ao.quantization.quantize_fx.prepare_fx": lambda: raises_nothing(lambda: _fx("prepare_fx", True, qat=False)),
    "torch.ao.quantization.quantize_fx.fuse_fx": _fuse_fx,
    "torch.ao.quantization.quantize_fx.prepare_qat_fx": lambda: raises_nothing(
        lambda: _fx("prepare_qat_fx", False, qat=True)
    ),
    "torch.ao.quantization.quantize_fx.convert_fx": _convert_fx,
    "torch.fx.experimental.optimization.fuse": lambda: _experimental("fuse"),
    "torch.fx.experimental.optimization.optimize_for_inference": lambda: _experimental("optimize_for_inference"),
    "torch.nn.utils.fusion.fuse_conv_bn_eval": _fuse_conv,
    "torch.nn.utils.fusion.fuse_linear_bn_eval": _fuse_linear,
}


def options_of(behaviour: Behaviour) -> dict[str, Any]:
    """The arguments under which a behaviour holds."""
    given = {name: value for name, value in behaviour.when if value is not Argument.NOT_GIVEN}
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("torch.onnx.TrainingMode."):
            given[name] = getattr(torch.onnx.TrainingMode, value.rpartition(".")[2])
    return given


def measure(site: ExportSite, name: str, behaviour: Behaviour) -> dict[str, str]:
    recipe = RECIPES.get(name)
    if recipe is None:
        return {"outcome": "", "error": "no recipe"}
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return {"outcome": recipe(**options_of(behaviour)).value, "error": ""}
    except Exception as error:
        return {"outcome": Outcome.ERROR.value, "error": f"{type(error).__name__}: {error}"}


def main() -> None:
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    for site in EXPORT_SITES:
        for name in site.names:
            for index, behaviour in enumerate(site.behaviours):
                if behaviour.ran.startswith("torch 2") and (name in RECIPES or name == site.names[0]):
                    row = {"name": name, "index": index} | measure(site, name, behaviour)
                    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
