from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import ModeLost, Thawed
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import certain, everywhere

_NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)
{init}
    def forward(self, x):
        return self.bn(self.conv(x))
"""
_FREEZE = "        self.bn.eval()\n"
_RUN = "\n\nmodel = Net()\nmodel.train()\nloss = model(torch.randn(4, 3, 32, 32)).sum()\n"


def _override(body: str) -> str:
    return _NET.format(init="") + f"\n    def train(self, mode=True):\n{body}"


class LostTrainOverride(Rule):
    """An overriding `train` or `eval` loses the mode, or `train()` undoes what was frozen.

    ## What it does
    Calls the overriding `train` and `eval` methods of a model, in the evaluator, and reports those that do not return
    the model, that do not reach its BatchNorm layers, or that do not pass the mode on. Also finds BatchNorm layers that
    a constructor puts in eval mode, and that are in train mode again when the model runs.

    ## Why is this bad
    `eval()` calls `train(False)`, and both return the model: without that, `model = Net().eval()` is None. A `train`
    that forgets `super().train(mode)` leaves BatchNorm in train mode after `eval()`, and the export bakes batch
    statistics in. A layer that is frozen in the constructor only is unfrozen by the first `train()` of the training
    loop.

    ## Example
    ```python
    def train(self, mode=True):
        super().train(mode)
        self.backbone.bn.eval()
    ```

    ## Use instead
    ```python
    def train(self, mode=True):
        super().train(mode)
        self.backbone.bn.eval()
        return self
    ```
    """

    code = "BN210"
    name = "lost-train-override"
    severity = Severity.WARNING
    examples = (
        Valid(_override("        super().train(mode)\n        self.bn.eval()\n        return self\n")),
        Valid(_override("        super().train(mode)\n        self.bn.eval()\n        return self\n") + _RUN),
        Invalid(
            _override("        super().train(mode)\n        self.bn.eval()\n"),
            ("14:5 train() of Net does not return the model: `Net().eval()` is None",),
        ),
        Invalid(
            _override("        self.training = mode\n        return self\n"),
            ("14:5 train() of Net does not reach its BatchNorm layers: they stay in train mode after eval()",),
        ),
        Invalid(
            _override("        return super().train()\n"),
            ("14:5 train() of Net does not pass the mode on: eval() leaves the model in train mode",),
        ),
        Invalid(
            _NET.format(init=_FREEZE) + _RUN,
            ("10:9 BatchNorm is frozen here only: train() of Net has put it back in train mode when the model runs",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, lost in context.evaluation.events(ModeLost).items():
            event = everywhere(context, lost)
            if event is not None:
                yield Finding(place, f"{event.method}() of {event.owner.name} {_loss(event)}")
        for place, thawed in context.evaluation.events(Thawed).items():
            frozen = certain(context, thawed, lambda e: e.thawed)
            if frozen is not None:
                layer = () if frozen.layer is None else (Related(frozen.layer, "this layer"),)
                yield Finding(
                    place,
                    f"BatchNorm is frozen here only: train() of {frozen.owner.name} has put it back in train mode "
                    "when the model runs",
                    (Related(frozen.switched, "train() is called here"), *layer),
                )


def _loss(event: ModeLost) -> str:
    if not event.mode:
        return "does not pass the mode on: eval() leaves the model in train mode"
    if not event.children:
        return "does not reach its BatchNorm layers: they stay in train mode after eval()"
    return f"does not return the model: `{event.owner.name}().eval()` is None"
