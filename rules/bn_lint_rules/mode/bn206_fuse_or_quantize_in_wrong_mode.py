from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import FusedInWrongOrder
from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Related, Rule, Severity, Valid
from bn_lint.source.tree import Node
from bn_lint_rules.mode._events import amount, everywhere, way_to_export, way_to_switch, wrong_exports
from bn_lint_rules.mode._fixes import put_in_eval_mode
from bn_lint_rules.mode._nets import NET

_FUSE = 'fused = torch.ao.quantization.fuse_modules(model, [["{first}", "{second}"]])\n'
_QCONFIG = 'model.qconfig = torch.ao.quantization.get_default_qat_qconfig("x86")\n'


class FuseOrQuantizeInWrongMode(Rule):
    """Layers are fused, or a model is prepared for quantization, in the wrong mode or order.

    ## What it does
    Checks the mode of the BatchNorm layers at `fuse_modules`, `prepare`, `prepare_qat`, `prepare_fx`, `fuse_fx`,
    `fuse_conv_bn_eval` and their kin: folding a BatchNorm and post-training calibration want eval mode, `prepare_qat`
    wants train mode. In the names given to `fuse_modules`, BatchNorm has to follow its convolution.

    ## Why is this bad
    Most of these raise (`Fusion only for eval!`, `prepare_qat only works on models in training mode`, `did not find
    fuser method for`) from deep inside torch. Calibration in train mode raises nothing: the observers see activations
    normalised with batch statistics, and the running statistics move.

    ## Example
    ```python
    model = Net()
    fused = torch.ao.quantization.fuse_modules(model, [["bn", "conv"]])
    ```

    ## Use instead
    ```python
    model = Net().eval()
    fused = torch.ao.quantization.fuse_modules(model, [["conv", "bn"]])
    ```

    ## Fix safety
    The fix for a missing `eval()` puts the model in eval mode just before the call; in a loop it is unsafe.
    """

    code = "BN206"
    name = "fuse-or-quantize-in-wrong-mode"
    severity = Severity.ERROR
    examples = (
        Valid(NET + "model.eval()\n" + _FUSE.format(first="conv", second="bn")),
        Valid(NET + _QCONFIG + "prepared = torch.ao.quantization.prepare_qat(model)\n"),
        Invalid(
            NET + _FUSE.format(first="conv", second="bn"),
            ("17:9 Net is in train mode here (1 BatchNorm): folding BatchNorm raises `Fusion only for eval!`",),
            fixed=NET + "model.eval()\n" + _FUSE.format(first="conv", second="bn"),
        ),
        Invalid(
            NET + "model.eval()\n" + _QCONFIG + "prepared = torch.ao.quantization.prepare_qat(model)\n",
            ("19:12 Net is in eval mode here (1 BatchNorm): it raises `prepare_qat only works on models in ...",),
            fixed=NET + "model.eval()\n" + _QCONFIG + "prepared = torch.ao.quantization.prepare_qat(model.train())\n",
        ),
        Invalid(
            NET + "model.eval()\n" + _FUSE.format(first="bn", second="conv"),
            (
                "18:9 `bn` (BatchNorm2d) is named before `conv` (Conv2d): fuse_modules wants them in the order "
                "in which they run, and raises here",
            ),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, event in wrong_exports(context):
            if not event.quantizes:
                continue
            fix = None
            if place == event.at:
                fix = put_in_eval_mode(place, event.name) if event.wants == "eval" else _put_in_train_mode(place)
            built = () if event.built is None else (Related(event.built, f"{event.cls.name} is built here"),)
            yield Finding(
                place,
                f"{amount(event)}: {event.clause}",
                (*built, *way_to_switch(event), *way_to_export(place, event)),
                fix,
            )
        for place, events in context.evaluation.events(FusedInWrongOrder).items():
            event = everywhere(context, events)
            if event is not None:
                named = [f"`{n}` ({c})" for n, c in zip(event.names, event.classes, strict=True)]
                yield Finding(
                    place,
                    f"{named[0]} is named before {named[1]}: fuse_modules wants them in the order in which they run, "
                    "and raises here",
                    tuple(Related(layer, "this layer") for layer in event.layers),
                )


def _put_in_train_mode(call: Node) -> Fix | None:
    found = call.ir
    if found is None or found[0] != "call" or not found[3] or found[3][0][0] not in ("name", "attr"):
        return None
    _, end = call.piece.node(found[3][0][1]).span
    return Fix("Put the model in train mode: `.train()`", (Edit(end, end, ".train()"),), safe=False)
