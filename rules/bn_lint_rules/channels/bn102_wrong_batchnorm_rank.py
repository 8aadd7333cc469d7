from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Verdict
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid
from bn_lint_rules.channels._events import certain, story

_TAKES = {"BatchNorm1d": "(N, C) or (N, C, L)", "BatchNorm2d": "(N, C, H, W)", "BatchNorm3d": "(N, C, D, H, W)"}


class WrongBatchNormRank(Rule):
    """A BatchNorm layer receives a tensor of a rank that it does not take.

    ## What it does
    Finds BatchNorm1d on a feature map, BatchNorm2d after a Linear layer or a flatten, and so on: BatchNorm1d takes
    tensors of rank 2 or 3, BatchNorm2d of rank 4, BatchNorm3d of rank 5.

    ## Why is this bad
    PyTorch raises `expected 4D input (got 2D input)` when the layer runs.

    ## Example
    ```python
    nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm1d(8))
    ```

    ## Use instead
    ```python
    nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    ```
    """

    code = "BN102"
    name = "wrong-batchnorm-rank"
    severity = Severity.ERROR
    examples = (
        Valid("from torch import nn\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
              "        super().__init__(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))\n"),
        Invalid(
            "from torch import nn\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n"
            "        super().__init__(nn.Conv2d(3, 8, 3), nn.BatchNorm1d(8))\n",
            ("6:46 BatchNorm1d takes (N, C) or (N, C, L), but receives a tensor of rank 4",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in context.evaluation.applied.items():
            if not is_batch_norm(events[0].cls):
                continue
            event = certain(events, Verdict.WRONG_RANK)
            if event is not None and event.dims is not None:
                name = next(base.name for base in event.cls.mro if base.name in _TAKES)
                message = f"{name} takes {_TAKES[name]}, but receives a tensor of rank {len(event.dims)}"
                yield Finding(site, message, story(event))
