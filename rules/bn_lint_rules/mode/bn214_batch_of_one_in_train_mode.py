from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import OneValue
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import everywhere

_NET = """\
import torch
from torch import nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 8)
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        return self.bn(self.fc(x))


head = Head()
"""


class BatchOfOneInTrainMode(Rule):
    """A BatchNorm in train mode gets one value per channel.

    ## What it does
    Reports calls of a model in train mode with an input of known shape that brings a BatchNorm layer a single value per
    channel: a batch of one after a linear layer or a global pooling.

    ## Why is this bad
    There is no variance of one value, and PyTorch raises: `ValueError: Expected more than 1 value per channel when
    training, got input size torch.Size([1, 8])`. It is the first sign of a forgotten `eval()` before an export with a
    dummy input of batch one.

    ## Example
    ```python
    model = Net()
    torch.jit.trace(model, torch.randn(1, 3, 224, 224))
    ```

    ## Use instead
    ```python
    model = Net().eval()
    torch.jit.trace(model, torch.randn(1, 3, 224, 224))
    ```
    """

    code = "BN214"
    name = "batch-of-one-in-train-mode"
    severity = Severity.ERROR
    examples = (
        Valid(_NET + "head.eval()\nhead(torch.randn(1, 16))\n"),
        Valid(_NET + "head(torch.randn(2, 16))\n"),
        Invalid(
            _NET + "head(torch.randn(1, 16))\n",
            ("16:1 in train mode BatchNorm1d gets [1, 8] here, one value per channel: PyTorch raises Expected ...",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for events in context.evaluation.events(OneValue).values():
            event = everywhere(context, events)
            if event is None:
                continue
            place = event.ran if event.ran.piece.file is context.file else event.at
            shape = ", ".join(map(str, event.dims))
            related = () if event.used == place else (Related(event.used, f"{event.cls.name} is applied here"),)
            yield Finding(
                place,
                f"in train mode {event.cls.name} gets [{shape}] here, one value per channel: "
                "PyTorch raises Expected more than 1 value per channel when training",
                (Related(event.at, "this layer"), *related),
            )
