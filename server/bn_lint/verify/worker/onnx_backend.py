"""The stages of the backend `onnx`: export, compare with onnxruntime, build with TensorRT, run where there is a GPU."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from . import compare, findings, folding, fx, onnx_export, statistics, tensorrt_build
from .compare import Verdict
from .findings import Finding, describe, summary
from .inputs import Dynamic
from .onnx_export import Exported
from .pipeline import Stop, asked_axes, at_sizes, run_model
from .places import Place
from .tensorrt_build import Problem

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")


def stages(run: Run) -> None:
    """Export the model, prove the export, build an engine from it."""
    _require(run)
    axes = asked_axes(run)
    with run.running("export") as detail:
        exported = _export(run, axes, "default")
        detail["nodes"] = len(exported.graph.graph.node)
        detail["opset"] = max(o.version for o in exported.graph.opset_import)
    if run.stops_here("export"):
        return
    reason = run.incomparable() if run.comparing else "only the build is tried"
    if reason is not None:
        run.skip("compare", reason)
    elif importlib.util.find_spec("onnxruntime") is None:
        run.skip("compare", "onnxruntime is not installed for this interpreter")
    else:
        with run.running("compare") as detail:
            _compare(run, exported, axes, detail)
    if run.stops_here("compare"):
        return
    trt = tensorrt_build.find()
    if trt is None:
        run.skip(
            "build", "neither tensorrt_rtx nor tensorrt is installed for this interpreter: pip install tensorrt-rtx"
        )
        return
    plan = _build(run, trt, exported)
    if run.stops_here("build"):
        return
    if not torch.cuda.is_available():
        run.skip("run", "there is no GPU")
    elif plan is not None:
        from . import engine

        engine.stage(run, trt, plan, exported, axes, at_sizes(run, axes))


def _require(run: Run) -> None:
    packages = ["onnx", "onnxscript"] if run.request.exporter == "dynamo" else ["onnx"]
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        import sys

        raise run.refuse(
            "missing-package",
            f"{' and '.join(missing)} not installed: {sys.executable} -m pip install {' '.join(missing)}",
        )


def _export(run: Run, axes: list[Dynamic], name: str) -> Exported:
    folder = os.path.join(run.folder, name)
    os.makedirs(folder, exist_ok=True)
    captured = run.captured
    try:
        training = None if captured is None else captured.options.get("training")
        exported = onnx_export.export(run.model.root, run.inputs, axes, run.request.exporter, folder, training)
    except (KeyboardInterrupt, MemoryError, Stop):
        raise
    except BaseException as error:
        _report_export(run, error)
        raise Stop from None
    for warning in exported.warnings:
        run.log("exporter", "warning", warning)
    return exported


_UNSUPPORTED = (
    "No ONNX function found for",
    "UnsupportedOperatorError",
    "No decompositions registered",
    "Exporting the operator",
)


def _report_export(run: Run, error: BaseException) -> None:
    where = findings.blame(error, run.model)
    raw = findings.raw(error)
    unsupported = any(phrase in raw for phrase in _UNSUPPORTED)
    code = "BN904" if unsupported else "BN902"
    message = f"{describe(run.model, where.module)} cannot be exported: {summary(error)}"
    run.report(Finding(code, "export", message, raw, where.module, forward=where.running))


def _compare(run: Run, exported: Exported, axes: list[Dynamic], detail: dict[str, Any]) -> None:
    """The exported graph against the model, as it is and with randomised statistics."""
    if not _repeatable(run):
        detail["reason"] = "the model gives another answer each time, even in eval mode; nothing can be compared"
        return
    if _verdict(run, exported, axes, "", detail) in (None, Verdict.DIFFERS) or not statistics.table(run.model):
        return
    for own in (True, False):
        with statistics.randomised(run.model, run.inputs, own=own):
            again = _export(run, axes, "randomised")
            verdict = _verdict(run, again, axes, " with randomised statistics", detail)
        if verdict is not Verdict.SENSITIVE:
            return


def _repeatable(run: Run) -> bool:
    first = compare.flatten(run_model(run.model.root, run.inputs))
    second = compare.flatten(run_model(run.model.root, run.inputs))
    found = compare.worst(compare.differences(first, second))
    return found is None or not found.differs


def _verdict(run: Run, exported: Exported, axes: list[Dynamic], how: str, detail: dict[str, Any]) -> Verdict | None:
    """What running the exported graph says, at all sizes. None where onnxruntime cannot run it."""
    verdict = Verdict.AGREES
    for inputs in at_sizes(run, axes):
        reference = compare.flatten(run_model(run.model.root, inputs))
        try:
            answers = compare.onnxruntime_answers(exported, inputs)
        except Exception as error:
            text = f"onnxruntime cannot run the exported graph{how}: {summary(error)}"
            run.log("onnxruntime", "warning", text)
            detail["reason"] = text
            return None
        outputs = [answers[name] for name in exported.outputs]
        verdict, found = compare.judge(run.model.root, inputs, reference, outputs)
        if found is None:
            continue
        detail["difference"] = max(detail.get("difference", 0.0), found.largest)
        detail["scale"] = max(detail.get("scale", 0.0), found.scale)
        if verdict is Verdict.DIFFERS:
            path = compare.first_norm_that_differs(run.model, exported, inputs, compare.tolerance_inside(found))
            shapes = inputs.shapes()
            text = f"the exported graph answers otherwise than the model in eval mode{how}, inputs {shapes}: {found}"
            if path is not None:
                text += f"; the outputs part at {describe(run.model, path)}"
            run.report(Finding("BN905", "compare", text, text, path, forward=() if path else _root_call(run)))
        if verdict is not Verdict.AGREES:
            return verdict
    return verdict


def _root_call(run: Run) -> tuple[Place, ...]:
    code = getattr(run.model.root.forward, "__code__", None)
    return () if code is None else (Place(os.path.abspath(code.co_filename), code.co_firstlineno, "forward"),)


def _build(run: Run, trt: Any, exported: Exported) -> bytes | None:
    compute = run.request.compute or ("current" if torch.cuda.is_available() else "sm120")
    if not tensorrt_build.is_rtx(trt) and not torch.cuda.is_available():
        run.skip(
            "build",
            "tensorrt builds only on a machine with a GPU; tensorrt-rtx builds anywhere: pip install tensorrt-rtx",
        )
        return None
    with run.running("build") as detail:
        detail["builder"] = f"{trt.__name__} {trt.__version__}"
        detail["target"] = compute
        try:
            built = tensorrt_build.build(
                trt, exported.path, compute, exported.dynamic, lambda s, t: run.log("tensorrt", s, t)
            )
        except ValueError as error:
            raise run.refuse("target", str(error)) from None
        detail["bytes"] = len(built.plan or b"")
        if built.plan is None:
            _report_problems(run, exported, built.problems)
        else:
            _report_fallbacks(run, exported, built.fallbacks)
            if built.engine:
                folding.report(run, built.engine, network(run, exported), detail)
    return built.plan


_PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")


def network(run: Run, exported: Exported) -> folding.Network:
    """The BatchNorm nodes of the exported graph, and the nodes that they could be folded into."""
    nodes = exported.graph.graph.node
    found = folding.Network(products={node.name for node in nodes if node.op_type in _PRODUCTS})
    produced = {output: node for node in nodes for output in node.output}
    uses = Counter(value for node in nodes for value in node.input)
    for node in nodes:
        path = onnx_export.module_of_node(node, run.model)
        if node.op_type == "BatchNormalization" and path is not None:
            found.norms[node.name] = path
            before = produced.get(node.input[0])
            if before is not None and before.name in found.products and uses[node.input[0]] == 1:
                found.foldable.add(path)
    if all(onnx_export.module_of_node(n, run.model) for n in nodes if n.op_type == "BatchNormalization"):
        norms = {path for path, module in run.model.root.named_modules() if folding.can_fold(module)}
        found.folded = norms - set(found.norms.values())
    return found


def _report_problems(run: Run, exported: Exported, problems: list[Problem]) -> None:
    """One finding for each node that was refused; messages without a node go with the last that has one."""
    groups: dict[str | None, list[Problem]] = {}
    nodes: dict[str | None, Any] = {}
    for problem in problems:
        node = _node_of(exported, problem)
        name = None if node is None else node.name
        nodes[name] = node
        groups.setdefault(name, []).append(problem)
    if len(groups) > 1:
        rest = groups.pop(None, [])
        groups[next(iter(groups))].extend(rest)
    for name, group in groups.items():
        node = nodes[name]
        first = group[0]
        unsupported = first.code.startswith("UNSUPPORTED_NODE")
        path = None if node is None else onnx_export.module_of_node(node, run.model)
        stack = [] if node is None else onnx_export.stack_of_node(node)
        running = fx.running(stack, run.model)
        what = describe(run.model, path)
        operator = first.operator or (node.op_type if node is not None else "")
        verdict = (
            f"TensorRT does not support {operator or 'an operator'} of {what}"
            if unsupported
            else f"TensorRT cannot build {what}"
        )
        text = "\n".join(f"[{p.source} {p.code}] {p.text}" for p in group)
        # For an operator that it has no importer for, the parser gives the assertion that failed: `false`.
        said = "" if first.text.strip() == "false" else f": {first.text.strip()}"
        finding = Finding("BN904" if unsupported else "BN901", "build", verdict + said, text, path)
        if path is None or run.model.layers[path].cls.startswith("torch.nn.") is False:
            finding.forward = running
        if name:
            finding.detail["node"] = name
        run.report(finding)


def _node_of(exported: Exported, problem: Problem) -> Any:
    nodes = exported.graph.graph.node
    if problem.node is not None and problem.node < len(nodes):
        return nodes[problem.node]
    for wanted in (problem.layer, problem.node_name):
        if wanted:
            for node in nodes:
                if node.name == wanted or (node.name and node.name in wanted):
                    return node
    return None


def _report_fallbacks(run: Run, exported: Exported, fallbacks: list[str]) -> None:
    """BatchNorm nodes that became elementwise layers because their statistics are not constants."""
    by_name = {node.name: node for node in exported.graph.graph.node}
    produced = {output: node for node in exported.graph.graph.node for output in node.output}
    constants = {i.name for i in exported.graph.graph.initializer}
    for name in fallbacks:
        node = by_name.get(name)
        if node is None or all(_is_constant(i, produced, constants) for i in node.input[1:]):
            continue  # equal initial statistics that the exporter has merged; trained ones are not equal
        path = onnx_export.module_of_node(node, run.model)
        text = (
            f"TensorRT computes {describe(run.model, path)} with elementwise layers and cannot fold it into a "
            "convolution, because its statistics or parameters are computed while the engine runs"
        )
        run.report(Finding("BN908", "build", text, text, path, severity="info", detail={"node": name}))


def _is_constant(name: str, produced: dict[str, Any], constants: set[str]) -> bool:
    while name not in constants:
        node = produced.get(name)
        if node is None:
            return False
        if node.op_type == "Constant":
            return True
        if node.op_type != "Identity":
            return False
        name = node.input[0]
    return True
