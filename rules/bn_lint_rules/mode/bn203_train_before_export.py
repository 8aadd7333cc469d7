from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import amount, way_to_export, way_to_switch, wrong_exports
from bn_lint_rules.mode._fixes import put_in_eval_mode
from bn_lint_rules.mode._nets import NET

_VALIDATE = """\
def validate(model):
    model.eval()
    model(x)
    model.train()


validate(model)
"""


class TrainBeforeExport(Rule):
    """The model was put in eval mode, and back in train mode before it is exported.

    ## What it does
    Reports export calls that get BatchNorm layers in train mode although the model had been put in eval mode: a later
    `train()` undid it, often at the end of a validation function that is called in between. The story shows the way to
    that call.

    ## Why is this bad
    The `eval()` is there to be read, so nobody looks for the mistake. The exported model computes with batch
    statistics, or the exporter does something else that the author did not ask for; the message says what.

    ## Example
    ```python
    model.eval()
    validate(model)  # ends with model.train()
    torch.export.export(model, (x,))
    ```

    ## Use instead
    ```python
    validate(model)
    model.eval()
    torch.export.export(model, (x,))
    ```

    ## Fix safety
    The fix puts the model in eval mode just before the call; in a loop that may go on to train it is unsafe.
    """

    code = "BN203"
    name = "train-before-export"
    severity = Severity.ERROR
    examples = (
        Valid(NET + "model.train()\nmodel.eval()\ntorch.export.export(model, (x,))\n"),
        Valid(NET + _VALIDATE + "model.eval()\ntorch.export.export(model, (x,))\n"),
        Invalid(
            NET + "model.eval()\nmodel.train()\ntorch.export.export(model, (x,))\n",
            ("19:1 Net is in train mode here (1 BatchNorm): a train() since has undone the eval(); nothing is ...",),
            fixed=NET + "model.eval()\nmodel.train()\nmodel.eval()\ntorch.export.export(model, (x,))\n",
        ),
        Invalid(
            NET + _VALIDATE + "torch.export.export(model, (x,))\n",
            ("24:1 Net is in train mode here (1 BatchNorm): a train() since has undone the eval(); nothing is ...",),
            fixed=NET + _VALIDATE + "model.eval()\ntorch.export.export(model, (x,))\n",
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, event in wrong_exports(context):
            if event.wants != "eval" or event.quantizes or event.undone is None or event.forced:
                continue
            yield Finding(
                place,
                f"{amount(event)}: a train() since has undone the eval(); {event.clause}",
                (
                    Related(event.undone, "put in eval mode here"),
                    *way_to_switch(event),
                    *way_to_export(place, event),
                ),
                put_in_eval_mode(place, event.name) if place == event.at else None,
            )
