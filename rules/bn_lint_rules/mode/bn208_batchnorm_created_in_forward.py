from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import BuiltInForward
from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid

_NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = None

    def forward(self, x):
        x = self.conv(x)
{body}
"""


class BatchNormCreatedInForward(Rule):
    """A BatchNorm is constructed while the model runs.

    ## What it does
    Finds BatchNorm layers that a `forward` method constructs, itself or through what it calls, and does not keep.

    ## Why is this bad
    Each call gets a new layer in train mode, with fresh weights and statistics. It is in no `state_dict()`, no
    optimizer trains it, `eval()` cannot reach it. Exports fail with texts that do not name it (`_apply(): Couldn't swap
    BatchNorm2d.weight`), or bake the fresh layer in.

    ## Example
    ```python
    def forward(self, x):
        return nn.BatchNorm2d(8)(self.conv(x))
    ```

    ## Use instead
    ```python
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)


    def forward(self, x):
        return self.bn(self.conv(x))
    ```
    """

    code = "BN208"
    name = "batchnorm-created-in-forward"
    severity = Severity.ERROR
    examples = (
        # Made once and kept.
        Valid(
            _NET.format(
                body="        if self.bn is None:\n            self.bn = nn.BatchNorm2d(8)\n        return self.bn(x)"
            )
        ),
        Invalid(
            _NET.format(body="        return nn.BatchNorm2d(8)(x)"),
            ("13:16 this constructs a BatchNorm2d in every forward pass of Net: it stays untrained and in train mode",),
        ),
        Invalid(
            _NET.format(body="        norm = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU())\n        return norm(x)"),
            ("13:30 this constructs a BatchNorm2d in every forward pass of Net: it stays untrained and in train mode",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, events in context.evaluation.events(BuiltInForward).items():
            event = events[0]
            yield Finding(
                place,
                f"this constructs a {event.cls.name} in every forward pass of {event.owner.name}: "
                "it stays untrained and in train mode",
            )
