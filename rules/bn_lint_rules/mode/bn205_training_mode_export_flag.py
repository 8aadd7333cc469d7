from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import ExportedAsTraining
from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Rule, Severity, Valid
from bn_lint.source.tree import Node
from bn_lint_rules.mode._events import everywhere, way_to_export
from bn_lint_rules.mode._nets import NET

_CALL = 'torch.onnx.export(model, x, "net.onnx"{more})\n'
_TRAINING = ", training=torch.onnx.TrainingMode.TRAINING"
_PRESERVE = ", training=torch.onnx.TrainingMode.PRESERVE"


class TrainingModeExportFlag(Rule):
    """An ONNX export asks for a training graph of a model with BatchNorm.

    ## What it does
    Finds `training=TrainingMode.TRAINING` in an ONNX export of a model with BatchNorm layers, and
    `training=TrainingMode.PRESERVE` where the model is in train mode and the TorchScript exporter is chosen.

    ## Why is this bad
    The TorchScript exporter then writes BatchNormalization with `training_mode=1`. TensorRT's parser refuses such a
    node since 8.5 (`This version of TensorRT does not support training_mode == 1 in BatchNormalization.`), and before
    that ignored the attribute without a word. The exporter that is the default since torch 2.9 ignores the argument.

    ## Example
    ```python
    torch.onnx.export(model, x, "net.onnx", training=torch.onnx.TrainingMode.TRAINING)
    ```

    ## Use instead
    ```python
    model.eval()
    torch.onnx.export(model, x, "net.onnx")
    ```

    ## Fix safety
    The fix takes the argument away. It is unsafe: whoever trains from the ONNX file wanted it.
    """

    code = "BN205"
    name = "training-mode-export-flag"
    severity = Severity.ERROR
    examples = (
        Valid(NET + "model.eval()\n" + _CALL.format(more="")),
        # Nothing is preserved that harms.
        Valid(NET + "model.eval()\n" + _CALL.format(more=f"{_PRESERVE}, dynamo=False")),
        # The argument has no effect on this exporter.
        Valid(NET + "model.eval()\n" + _CALL.format(more=f"{_TRAINING}, dynamo=True")),
        Invalid(
            NET + "model.eval()\n" + _CALL.format(more=_TRAINING),
            ("18:1 TrainingMode.TRAINING: before torch 2.9 the file gets BatchNormalization with ...",),
            fixed=NET + "model.eval()\n" + _CALL.format(more=""),
        ),
        Invalid(
            NET + _CALL.format(more=f"{_PRESERVE}, dynamo=False"),
            ("17:1 TrainingMode.PRESERVE and a model in train mode: the file gets BatchNormalization with ...",),
            fixed=NET + _CALL.format(more=", dynamo=False"),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, events in context.evaluation.events(ExportedAsTraining).items():
            event = everywhere(context, events)
            if event is None:
                continue
            outcome = "the file gets BatchNormalization with training_mode=1, which TensorRT refuses since 8.5"
            if event.flag == "PRESERVE":
                message = f"TrainingMode.PRESERVE and a model in train mode: {outcome}"
            elif event.dynamo is None:
                message = f"TrainingMode.TRAINING: before torch 2.9 {outcome}; since then the argument is ignored"
            else:
                message = f"TrainingMode.TRAINING: {outcome}"
            fix = _without_flag(place) if place == event.at else None
            yield Finding(place, message, way_to_export(place, event), fix)


def _without_flag(call: Node) -> Fix | None:
    """Take the argument `training` out of the call."""
    found = call.ir
    if found is None or found[0] != "call":
        return None
    text = call.piece.file.source.text
    for index, (name, value) in enumerate(found[4]):
        if name == "training" and (index or found[3]):
            _, end = call.piece.node(value[1]).span
            before = found[4][index - 1][1] if index else found[3][-1]
            _, start = call.piece.node(before[1]).span
            if "#" in text[start:end]:
                return None
            return Fix("Export for inference: remove `training`", (Edit(start, end, ""),), safe=False)
    return None
