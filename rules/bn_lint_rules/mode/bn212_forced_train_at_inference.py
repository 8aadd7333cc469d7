from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import way_to_export, way_to_switch, wrong_exports
from bn_lint_rules.mode._nets import NET

_LOOP = """\
model.eval()
for module in model.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.{mode}()
torch.export.export(model, (x,))
"""


class ForcedTrainAtInference(Rule):
    """BatchNorm layers were put back in train mode one by one before the model is exported.

    ## What it does
    Reports export calls of a model in eval mode whose BatchNorm layers, or some of them, had `train()` called on
    themselves afterwards: test-time adaptation, or the discovery that the model "works better" so.

    ## Why is this bad
    A model that needs batch statistics at inference has running statistics that do not describe its data. Exported,
    each output depends on the other items of its batch, and a batch of one is normalised with itself; TensorRT refuses
    BatchNormalization with training_mode=1.

    ## Example
    ```python
    model.eval()
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.train()
    torch.export.export(model, (x,))
    ```

    ## Use instead
    ```python
    torch.optim.swa_utils.update_bn(loader, model)  # compute the statistics that are wanted, then keep them
    model.eval()
    torch.export.export(model, (x,))
    ```
    """

    code = "BN212"
    name = "forced-train-at-inference"
    severity = Severity.ERROR
    examples = (
        Valid(NET + _LOOP.format(mode="eval")),
        Invalid(
            NET + _LOOP.format(mode="train"),
            ("21:1 1 of 1 BatchNorm layers were put back in train mode by themselves after eval(): nothing is ...",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, event in wrong_exports(context):
            if event.wants != "eval" or event.quantizes or event.undone is None or not event.forced:
                continue
            some = f"{event.count} of {event.layers} BatchNorm layers" if event.layers else "BatchNorm layers"
            yield Finding(
                place,
                f"{some} were put back in train mode by themselves after eval(): {event.clause}",
                (
                    Related(event.undone, "put in eval mode here"),
                    *way_to_switch(event),
                    *way_to_export(place, event),
                ),
            )
