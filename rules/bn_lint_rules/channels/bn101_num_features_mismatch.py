from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Applied, Verdict
from bn_lint.model.symbolic import text_of
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import argument, certain, story


class NumFeaturesMismatch(Rule):
    """A BatchNorm layer receives a tensor with another number of channels than it was built for.

    ## What it does
    Follows the channels through constructors and `forward`, and reports a BatchNorm whose `num_features`
    differs from the size of dimension 1 of the tensor that reaches it.

    ## Why is this bad
    PyTorch raises `running_mean should contain 64 elements not 32` when the layer runs, with a traceback that
    ends inside `torch/nn/functional.py`; under export the message names no line of the model at all.

    ## Example
    ```python
    self.conv = nn.Conv2d(3, 64, 3)
    self.bn = nn.BatchNorm2d(32)
    ```

    ## Use instead
    ```python
    self.conv = nn.Conv2d(3, 64, 3)
    self.bn = nn.BatchNorm2d(64)
    ```
    """

    code = "BN101"
    name = "num-features-mismatch"
    severity = Severity.ERROR
    examples = (
        Valid("from torch import nn\n\nnet = nn.Sequential(nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64))\n"),
        Invalid(
            "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.conv = nn.Conv2d(3, 64, 3)\n        self.bn = nn.BatchNorm2d(32)\n\n"
            "    def forward(self, x):\n        return self.bn(self.conv(x))\n",
            ("8:34 BatchNorm2d(32) receives 64 channels",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in context.evaluation.applied.items():
            if is_batch_norm(events[0].cls):
                event = certain(events, Verdict.WRONG_CHANNELS)
                if event is not None:
                    yield _finding(site, event)


def _finding(site: Node, event: Applied) -> Finding:
    return Finding(
        site,
        f"{event.cls.name}({text_of(event.declared)}) receives {text_of(event.received)} channels",
        story(event),
        span=argument(site, "num_features"),
    )
