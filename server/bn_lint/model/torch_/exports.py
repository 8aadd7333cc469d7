"""Where a model leaves Python: every export, convert and compile call, and what the wrong mode does there.

One row a call. The clause of a row completes the sentence "`model` is in train mode here: ...", so that a
message says the truth for that call and for no other. What was run names the release it was run with in
`ran`; what was not names the sources that were read. `tests/modes/test_exports.py` runs the torch rows.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bn_lint.source import ir


class Takes(enum.Enum):
    """What stands in the model's place."""

    MODULE = "module"
    """An nn.Module: its mode at this call counts."""

    SCRIPT = "script"
    """A ScriptModule: one that was scripted can still be switched, in a traced one the mode is a constant."""

    PROGRAM = "program"
    """An ExportedProgram or what is made from one: the mode was fixed at the capture, report it there."""


class Outcome(enum.Enum):
    """What becomes of a BatchNorm that is in the wrong mode at the call."""

    BATCH_STATISTICS = "batch statistics"
    """Silent: the exported model computes mean and variance of whatever batch arrives."""

    RUNNING_STATISTICS = "running statistics"
    """BatchNorm is written as in eval mode although the module is not; nothing else is switched."""

    CALIBRATION = "calibration"
    """Silent: what is measured, and the running statistics themselves, come from the wrong mode."""

    ERROR = "error"
    """The call raises, and `Behaviour.error` is part of the text."""

    SWITCHES = "switches"
    """The call puts the model in the mode that it wants: nothing to report."""

    KEEPS = "keeps"
    """The result has the model's mode and can still be switched: nothing to report at this call."""

    HARMLESS = "harmless"
    """The mode changes nothing in the result."""


class Argument(enum.Enum):
    """A condition on an argument that is no value."""

    NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a call does to a model in the wrong mode, under one condition.

    `when` holds argument names with the value each must have: a constant, the qualified name of an
    enumeration's member, or `Argument.NOT_GIVEN`. `since` and `until` are releases of the site's package, the
    second exclusive; empty is unbounded. The first behaviour of a site whose condition and releases hold is
    the true one.
    """

    outcome: Outcome
    clause: str = ""
    when: tuple[tuple[str, object], ...] = ()
    error: str = ""
    since: str = ""
    until: str = ""
    source: str = ""
    ran: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSite:
    """One way out of Python.

    `names` are the qualified names of one function. `argument` is the name of the model's argument and
    `position` its place, `self` not counted; a position of -1 means that the model is `self`. `wants` is the
    mode the call is made for. With `lazy` the mode counts when the result is first called. With `leaves_eval`
    the module that was passed stays in eval mode. `gone` is the first release known to lack the call.
    """

    names: tuple[str, ...]
    package: str = "torch"
    argument: str = "model"
    behaviours: tuple[Behaviour, ...]
    position: int = 0
    takes: Takes = Takes.MODULE
    wants: str = "eval"
    lazy: bool = False
    leaves_eval: bool = False
    since: str = ""
    gone: str = ""


TORCH = "torch 2.13.0, CPU"
TORCH_TENSORRT = "torch-tensorrt-rtx 2.11.0, H200"
OPENVINO = "openvino 2026.4.1, torch 2.13.0"
COREML = "coremltools 9.0, torch 2.13.0"
EXECUTORCH = "executorch 1.5.1, torch 2.13.0"
LIGHTNING = "lightning 2.6.6, torch 2.13.0"
TORCHAO = "torchao 0.18.0, torch 2.13.0"

_TRACED = (
    "the trace holds train mode as a constant, so each output depends on the other items of its batch, and"
    " `.eval()` on the traced copy changes nothing"
)
_FIXED = "the mode was fixed when the program was captured"

_BAKED = "batch statistics are baked in, so each output depends on the other items of its batch"
_NO_WORD = "nothing is said, and " + _BAKED
_FREEZES = "freezing raises `Freezing is currently only implemented for modules in eval mode`"
_FREEZE_ERROR = "Freezing is currently only implemented for modules in eval mode."
_FUSES = "folding BatchNorm raises `Fusion only for eval!`"
_FUSE_ERROR = "Fusion only for eval!"
_FUSES_IN_EVAL = (Behaviour(Outcome.ERROR, _FUSES, error=_FUSE_ERROR, source="F05", ran=TORCH),)

_SWITCHES_ITSELF = Behaviour(Outcome.SWITCHES, "the call switches the model to eval mode itself")

_ONNX_RUNNING = (
    "the exporter warns, writes BatchNorm with its running statistics as in eval mode, and leaves Dropout on:"
    " the file matches the model in neither mode"
)
_ONNX_TRAINING = (
    "the file gets BatchNormalization with training_mode=1, which TensorRT refuses since 8.5 and ignored before that"
)
_ONNX_SWITCHES = "the TorchScript exporter switches the model to eval mode and back"
_TRAINING = "torch.onnx.TrainingMode.TRAINING"
_PRESERVE = "torch.onnx.TrainingMode.PRESERVE"

# Without `dynamo`: the TorchScript exporter before torch 2.9, the torch.export-based one since, which ignores
# `training`.
_ONNX = (
    Behaviour(
        Outcome.BATCH_STATISTICS,
        _ONNX_TRAINING,
        when=(("dynamo", False), ("training", _TRAINING)),
        source="A06; measured, CPU: PRESERVE",
        ran=TORCH,
    ),
    Behaviour(
        Outcome.BATCH_STATISTICS,
        _ONNX_TRAINING,
        when=(("dynamo", False), ("training", _PRESERVE)),
        source="A07; measured, CPU: PRESERVE",
        ran=TORCH,
    ),
    Behaviour(Outcome.SWITCHES, _ONNX_SWITCHES, when=(("dynamo", False),), source="A02", ran=TORCH),
    Behaviour(
        Outcome.RUNNING_STATISTICS,
        _ONNX_RUNNING,
        when=(("dynamo", True),),
        since="2.5",
        source="A02; measured, CPU: train, dynamo=True",
        ran=TORCH,
    ),
    Behaviour(
        Outcome.RUNNING_STATISTICS,
        _ONNX_RUNNING,
        when=(("dynamo", Argument.NOT_GIVEN),),
        since="2.9",
        source="A02",
        ran=TORCH,
    ),
    Behaviour(
        Outcome.BATCH_STATISTICS,
        _ONNX_TRAINING,
        when=(("dynamo", Argument.NOT_GIVEN), ("training", _TRAINING)),
        until="2.9",
        source="A06",
    ),
    Behaviour(
        Outcome.BATCH_STATISTICS,
        _ONNX_TRAINING,
        when=(("dynamo", Argument.NOT_GIVEN), ("training", _PRESERVE)),
        until="2.9",
        source="A07",
    ),
    Behaviour(Outcome.SWITCHES, _ONNX_SWITCHES, when=(("dynamo", Argument.NOT_GIVEN),), until="2.9", source="A02"),
)

_TORCH_EXPORT = (
    ExportSite(
        names=("torch.export.export",),
        argument="mod",
        since="2.1",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"{_NO_WORD}; the program cannot be switched afterwards",
                source="A01, A08; measured, GPU: train mode",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=("torch.export.export_for_training", "torch.export.export_for_inference"),
        argument="mod",
        since="2.5",
        gone="2.13",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"{_NO_WORD}; the program cannot be switched afterwards",
                source="A01; absent from torch 2.13.0",
            ),
        ),
    ),
    ExportSite(
        names=("torch.export.draft_export",),
        argument="mod",
        since="2.7",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"{_NO_WORD}; the program cannot be switched afterwards",
                source="A01",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=("torch._export.capture_pre_autograd_graph",),
        argument="f",
        since="2.1",
        gone="2.13",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _NO_WORD, source="A01; absent from torch 2.13.0"),),
    ),
    ExportSite(
        names=("torch._export.aot_compile",),
        argument="f",
        since="2.1",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _NO_WORD, source="A01", ran=TORCH),),
    ),
    ExportSite(
        names=("torch._inductor.aoti_compile_and_package",),
        argument="exported_program",
        takes=Takes.PROGRAM,
        since="2.5",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _FIXED, source="A01", ran=TORCH),),
    ),
    ExportSite(
        names=("torch._inductor.aot_compile",),
        argument="gm",
        takes=Takes.PROGRAM,
        since="2.1",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _FIXED, source="A01"),),
    ),
)

_TORCH_ONNX = (
    ExportSite(names=("torch.onnx.export",), behaviours=_ONNX),
    ExportSite(
        names=("torch.onnx.utils.export",),
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                _ONNX_TRAINING,
                when=(("training", _TRAINING),),
                source="A06",
                ran=TORCH,
            ),
            Behaviour(
                Outcome.BATCH_STATISTICS,
                _ONNX_TRAINING,
                when=(("training", _PRESERVE),),
                source="A07",
                ran=TORCH,
            ),
            Behaviour(Outcome.SWITCHES, _ONNX_SWITCHES, source="A02", ran=TORCH),
        ),
    ),
    ExportSite(
        names=("torch.onnx.export_to_pretty_string",),
        gone="2.13",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                _ONNX_TRAINING,
                when=(("training", _TRAINING),),
                source="A06; absent from torch 2.13.0",
            ),
            Behaviour(
                Outcome.BATCH_STATISTICS,
                _ONNX_TRAINING,
                when=(("training", _PRESERVE),),
                source="A07",
            ),
            Behaviour(Outcome.SWITCHES, _ONNX_SWITCHES, source="A02"),
        ),
    ),
    ExportSite(
        names=("torch.onnx.dynamo_export",),
        since="2.1",
        gone="2.13",
        behaviours=(
            Behaviour(
                Outcome.RUNNING_STATISTICS,
                "BatchNorm is written with its running statistics as in eval mode, and Dropout is left on",
                source="A02; absent from torch 2.13.0",
            ),
        ),
    ),
)

_TORCH_JIT = (
    ExportSite(
        names=("torch.jit.trace",),
        argument="func",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                _TRACED,
                source="A09",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=("torch.jit.trace_module",),
        argument="mod",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                _TRACED,
                source="A09",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=("torch.jit.script",),
        argument="obj",
        behaviours=(Behaviour(Outcome.KEEPS, "the scripted module has the same mode and can be switched", ran=TORCH),),
    ),
    ExportSite(
        names=("torch.jit.save",),
        argument="m",
        takes=Takes.SCRIPT,
        behaviours=(
            Behaviour(Outcome.KEEPS, "the file is loaded in the same mode and can still be switched", ran=TORCH),
        ),
    ),
    ExportSite(
        names=("torch.jit.ScriptModule.save", "torch.jit.RecursiveScriptModule.save"),
        argument="self",
        position=-1,
        takes=Takes.SCRIPT,
        behaviours=(
            Behaviour(Outcome.KEEPS, "the file is loaded in the same mode and can still be switched", ran=TORCH),
        ),
    ),
    ExportSite(
        names=("torch.jit.freeze",),
        argument="mod",
        takes=Takes.SCRIPT,
        behaviours=(Behaviour(Outcome.ERROR, _FREEZES, error=_FREEZE_ERROR, source="A10", ran=TORCH),),
    ),
    ExportSite(
        names=("torch.jit.optimize_for_inference",),
        argument="mod",
        takes=Takes.SCRIPT,
        behaviours=(
            Behaviour(
                Outcome.SWITCHES,
                "it puts a scripted module in eval mode before it freezes it",
                source="differs from A10: torch/jit/_freeze.py",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=("torch.utils.mobile_optimizer.optimize_for_mobile",),
        argument="script_module",
        takes=Takes.SCRIPT,
        behaviours=(
            Behaviour(
                Outcome.SWITCHES,
                "it puts its own copy of a scripted module in eval mode",
                source="read: torch/csrc/jit/passes/xnnpack_rewrite.cpp; this build of torch has no XNNPACK",
            ),
        ),
    ),
)

_TENSORRT_BACKENDS = ("tensorrt", "torch_tensorrt")

_TORCH_COMPILE = (
    ExportSite(
        names=("torch.compile",),
        lazy=True,
        since="2.0",
        behaviours=tuple(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                "the first call builds the engine from the train-mode graph, with batch statistics",
                when=(("backend", backend),),
                source="A01, F10",
                ran=f"{TORCH}: the graph that reaches the backend",
            )
            for backend in _TENSORRT_BACKENDS
        ),
    ),
)

_TORCH_TENSORRT = (
    ExportSite(
        names=("torch_tensorrt.compile", "trtorch.compile"),
        package="torch-tensorrt",
        argument="module",
        behaviours=(
            Behaviour(
                Outcome.ERROR,
                _FREEZES,
                when=(("ir", "ts"),),
                error=_FREEZE_ERROR,
                source="A10",
            ),
            Behaviour(
                Outcome.ERROR,
                _FREEZES,
                when=(("ir", "torchscript"),),
                error=_FREEZE_ERROR,
                source="A10",
            ),
            Behaviour(
                Outcome.SWITCHES,
                "the fx front end puts the model in eval mode itself",
                when=(("ir", "fx"),),
                source="read: torch_tensorrt/fx/lower.py, 2.13.0",
            ),
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"the engine builds without a word, and {_BAKED}",
                source="A01; measured, GPU: train mode",
                ran=TORCH_TENSORRT,
            ),
        ),
    ),
    ExportSite(
        names=("torch_tensorrt.dynamo.trace",),
        package="torch-tensorrt",
        argument="mod",
        since="2.2",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _NO_WORD, source="A01; read: dynamo/_tracer.py, 2.13.0"),),
    ),
    ExportSite(
        names=(
            "torch_tensorrt.dynamo.compile",
            "torch_tensorrt.dynamo.cross_compile_for_windows",
            "torch_tensorrt.dynamo.convert_exported_program_to_serialized_trt_engine",
            "torch_tensorrt.dynamo.convert_module_to_trt_engine",
        ),
        package="torch-tensorrt",
        argument="exported_program",
        takes=Takes.PROGRAM,
        since="2.1",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _FIXED, source="A01", ran=TORCH_TENSORRT),),
    ),
    ExportSite(
        names=("torch_tensorrt.cross_compile_for_windows",),
        package="torch-tensorrt",
        argument="module",
        since="2.7",
        behaviours=(Behaviour(Outcome.BATCH_STATISTICS, _NO_WORD, source="A01; read: _compile.py, 2.13.0"),),
    ),
    ExportSite(
        names=("torch_tensorrt.convert_method_to_trt_engine",),
        package="torch-tensorrt",
        argument="module",
        behaviours=(
            Behaviour(Outcome.ERROR, _FREEZES, when=(("ir", "ts"),), error=_FREEZE_ERROR, source="A10"),
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"the engine builds without a word, and {_BAKED}",
                source="A01; read: _compile.py, 2.13.0",
            ),
        ),
    ),
    ExportSite(
        names=("torch_tensorrt.ts.compile", "torch_tensorrt.ts.convert_method_to_trt_engine"),
        package="torch-tensorrt",
        argument="module",
        takes=Takes.SCRIPT,
        behaviours=(Behaviour(Outcome.ERROR, _FREEZES, error=_FREEZE_ERROR, source="A10"),),
    ),
    ExportSite(
        names=("torch_tensorrt.MutableTorchTensorRTModule",),
        package="torch-tensorrt",
        argument="pytorch_model",
        lazy=True,
        since="2.5",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                "it only warns that the model may be in training mode, and batch statistics are baked in",
                source="A01; read: dynamo/runtime/_MutableTorchTensorRTModule.py, 2.13.0",
            ),
        ),
    ),
    ExportSite(
        names=("torch2trt.torch2trt", "torch2trt.torch2trt.torch2trt"),
        package="torch2trt",
        argument="module",
        behaviours=(
            Behaviour(
                Outcome.CALIBRATION,
                "torch2trt runs the model on the example input, which moves the running statistics, and bakes those in",
                source="C11; read: torch2trt.py and converters/batch_norm.py, which ignore `training`",
            ),
        ),
    ),
)

_OTHER_TOOLS = (
    ExportSite(
        names=("coremltools.convert", "coremltools.converters.convert"),
        package="coremltools",
        takes=Takes.PROGRAM,
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"{_FIXED}: a train-mode trace becomes code that computes batch statistics, a train-mode"
                " program is refused (`Unsupported fx node _native_batch_norm_legit_functional`)",
                ran=COREML,
            ),
        ),
    ),
    ExportSite(
        names=(
            "openvino.convert_model",
            "openvino.tools.mo.convert_model",
            "openvino.tools.ovc.convert_model",
        ),
        package="openvino",
        argument="input_model",
        leaves_eval=True,
        behaviours=(
            Behaviour(
                Outcome.SWITCHES,
                "OpenVINO puts an nn.Module in eval mode itself and leaves it there",
                source="read: openvino/frontend/pytorch/ts_decoder.py; a train-mode trace stays one",
                ran=OPENVINO,
            ),
        ),
    ),
    ExportSite(
        names=(
            "executorch.exir.to_edge",
            "executorch.exir.to_edge_transform_and_lower",
            "executorch.exir.program.to_edge",
        ),
        package="executorch",
        argument="programs",
        takes=Takes.PROGRAM,
        behaviours=(
            Behaviour(
                Outcome.ERROR,
                f"{_FIXED}; ExecuTorch refuses `aten._native_batch_norm_legit_functional`: not Core ATen",
                error="_native_batch_norm_legit_functional.default is not in Core ATen opset",
                source="A01",
                ran=EXECUTORCH,
            ),
        ),
    ),
    ExportSite(
        names=("lightning.pytorch.LightningModule.to_onnx", "pytorch_lightning.LightningModule.to_onnx"),
        package="lightning",
        argument="self",
        position=-1,
        behaviours=tuple(
            Behaviour(row.outcome, f"to_onnx does not call eval(); {row.clause}", row.when, ran=LIGHTNING)
            for row in _ONNX
            if not row.until
        ),
    ),
    ExportSite(
        names=(
            "lightning.pytorch.LightningModule.to_torchscript",
            "pytorch_lightning.LightningModule.to_torchscript",
        ),
        package="lightning",
        argument="self",
        position=-1,
        behaviours=(Behaviour(Outcome.SWITCHES, "to_torchscript switches to eval mode and back", ran=LIGHTNING),),
    ),
    ExportSite(
        names=(
            "lightning.pytorch.LightningModule.to_tensorrt",
            "pytorch_lightning.LightningModule.to_tensorrt",
        ),
        package="lightning",
        argument="self",
        position=-1,
        since="2.6",
        behaviours=(
            Behaviour(
                Outcome.SWITCHES,
                "to_tensorrt switches to eval mode and back",
                source="read: lightning/pytorch/core/module.py, 2.6.6",
            ),
        ),
    ),
    ExportSite(
        names=("timm.utils.onnx_export", "timm.utils.onnx.onnx_export"),
        package="timm",
        leaves_eval=True,
        behaviours=(
            Behaviour(
                Outcome.HARMLESS,
                "the caller asked for a training graph",
                when=(("training", True),),
                source="read: timm/utils/onnx.py, 1.0.31",
            ),
            Behaviour(
                Outcome.SWITCHES,
                "onnx_export puts the model in eval mode itself",
                source="read: timm/utils/onnx.py, 1.0.31",
            ),
        ),
    ),
    ExportSite(
        names=("pnnx.export", "pnnx.utils.export"),
        package="pnnx",
        leaves_eval=True,
        behaviours=(
            Behaviour(
                Outcome.SWITCHES,
                "pnnx puts the model in eval mode itself and leaves it there",
                source="read: pnnx/utils/export.py",
            ),
        ),
    ),
    ExportSite(
        names=("litert_torch.convert", "ai_edge_torch.convert"),
        package="litert-torch",
        argument="module",
        behaviours=(
            Behaviour(
                Outcome.BATCH_STATISTICS,
                f"it only warns that the model is in training mode, and {_BAKED}",
                source="A01; read: litert_torch/_convert/core.py, 0.10.0",
            ),
        ),
    ),
)

_QUANTIZE = "torch.ao.quantization"

_QUANTIZATION = (
    ExportSite(
        names=(f"{_QUANTIZE}.fuse_modules", "torch.quantization.fuse_modules"),
        behaviours=_FUSES_IN_EVAL,
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.fuse_modules_qat", "torch.quantization.fuse_modules_qat"),
        wants="train",
        behaviours=(Behaviour(Outcome.HARMLESS, "it fuses in either mode", source="differs from F06", ran=TORCH),),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.prepare", "torch.quantization.prepare"),
        lazy=True,
        behaviours=(
            Behaviour(
                Outcome.CALIBRATION,
                "the observers see activations normalised with batch statistics, and calibration moves the"
                " running statistics that convert() uses",
                source="F07",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.prepare_qat", "torch.quantization.prepare_qat"),
        wants="train",
        behaviours=(
            Behaviour(
                Outcome.ERROR,
                "it raises `prepare_qat only works on models in training mode`",
                error="prepare_qat only works on models in training mode",
                source="F07",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.convert", "torch.quantization.convert"),
        argument="module",
        behaviours=(
            Behaviour(
                Outcome.HARMLESS,
                "the converted layers use the running statistics in either mode",
                source="differs from F07",
                ran=TORCH,
            ),
        ),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.quantize", "torch.quantization.quantize"),
        behaviours=(Behaviour(Outcome.SWITCHES, "it puts its copy of the model in eval mode itself", ran=TORCH),),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.quantize_qat", "torch.quantization.quantize_qat"),
        wants="train",
        behaviours=(Behaviour(Outcome.SWITCHES, "it puts its copy of the model in train mode itself", ran=TORCH),),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.quantize_fx.prepare_fx", "torch.quantization.quantize_fx.prepare_fx"),
        behaviours=_FUSES_IN_EVAL,
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.quantize_fx.fuse_fx", "torch.quantization.quantize_fx.fuse_fx"),
        behaviours=_FUSES_IN_EVAL,
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.quantize_fx.prepare_qat_fx", "torch.quantization.quantize_fx.prepare_qat_fx"),
        wants="train",
        behaviours=(Behaviour(Outcome.HARMLESS, "it prepares in either mode", source="differs from F07", ran=TORCH),),
    ),
    ExportSite(
        names=(f"{_QUANTIZE}.quantize_fx.convert_fx", "torch.quantization.quantize_fx.convert_fx"),
        argument="graph_module",
        behaviours=(
            Behaviour(Outcome.HARMLESS, "the converted layers use the running statistics in either mode", ran=TORCH),
        ),
    ),
    ExportSite(
        names=(
            "torch.ao.quantization.quantize_pt2e.prepare_pt2e",
            "torchao.quantization.pt2e.quantize_pt2e.prepare_pt2e",
        ),
        package="torchao",
        takes=Takes.PROGRAM,
        behaviours=(
            Behaviour(
                Outcome.HARMLESS,
                "Conv and BatchNorm are folded with the running statistics in either mode",
                ran=TORCHAO,
            ),
        ),
    ),
    ExportSite(
        names=("torch.fx.experimental.optimization.fuse",),
        behaviours=_FUSES_IN_EVAL,
    ),
    ExportSite(
        names=("torch.fx.experimental.optimization.optimize_for_inference",),
        behaviours=_FUSES_IN_EVAL,
    ),
    ExportSite(
        names=("torch.nn.utils.fusion.fuse_conv_bn_eval", "torch.nn.utils.fuse_conv_bn_eval"),
        argument="bn",
        position=1,
        behaviours=_FUSES_IN_EVAL,
    ),
    ExportSite(
        names=("torch.nn.utils.fusion.fuse_linear_bn_eval", "torch.nn.utils.fuse_linear_bn_eval"),
        argument="bn",
        position=1,
        behaviours=_FUSES_IN_EVAL,
    ),
)

EXPORT_SITES: tuple[ExportSite, ...] = (
    *_TORCH_EXPORT,
    *_TORCH_ONNX,
    *_TORCH_JIT,
    *_TORCH_COMPILE,
    *_TORCH_TENSORRT,
    *_OTHER_TOOLS,
    *_QUANTIZATION,
)
"""Every way out of Python that is known, torch's own first."""

QUANTIZING = frozenset(name for site in _QUANTIZATION for name in site.names)
"""Calls that fuse or quantize layers of a model, which stays in Python."""

FUSING = frozenset({f"{_QUANTIZE}.fuse_modules", "torch.quantization.fuse_modules"})
"""Calls that are told which layers to fuse."""

PREPARING = frozenset(
    f"{module}.{name}" for module in (_QUANTIZE, "torch.quantization") for name in ("prepare", "prepare_qat")
)
"""Calls that give a copy of the model with observers in it."""

BY_NAME: dict[str, ExportSite] = {name: site for site in EXPORT_SITES for name in site.names}
"""The site of each qualified name."""


def model_argument(call: ir.Node | None, name: str) -> ir.Node | None:
    """The expression that stands for the model in an export call."""
    site = BY_NAME.get(name)
    if call is None or call[0] != "call" or site is None:
        return None
    args: tuple[ir.Node, ...] = call[3]
    if site.position < 0:
        model = call[2][2] if call[2][0] == "attr" else None
    elif len(args) > site.position and all(arg[0] != "star" for arg in args[: site.position + 1]):
        model = args[site.position]
    else:
        model = next((value for keyword, value in call[4] if keyword == site.argument), None)
    if model is not None and model[0] == "attr" and model[3] == "forward":
        return model[2]  # torch.jit.trace(model.forward, x)
    return model
