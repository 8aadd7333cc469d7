from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Verdict
from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Rule, Severity, Valid
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import batch_norms, certain, elsewhere, story

_TAKES = {"BatchNorm1d": "(N, C) or (N, C, L)", "BatchNorm2d": "(N, C, H, W)", "BatchNorm3d": "(N, C, D, H, W)"}
_RIGHT = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}

_NET = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3), nn.{norm}(8))
"""


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
        Valid(_NET.format(norm="BatchNorm2d")),
        Valid(_NET.format(norm="SyncBatchNorm")),
        Invalid(
            _NET.format(norm="BatchNorm1d"),
            ("6:46 BatchNorm1d takes (N, C) or (N, C, L), but receives a tensor of rank 4",),
            fixed=_NET.format(norm="BatchNorm2d"),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in batch_norms(context):
            event = certain(context, events, Verdict.WRONG_RANK)
            if event is None or event.dims is None:
                continue
            name = next(base.name for base in event.cls.mro if base.name in _TAKES)
            message = (
                f"{name}{elsewhere(event, site)} takes {_TAKES[name]}, but receives a tensor of rank {len(event.dims)}"
            )
            ranks = {len(e.dims) for e in events if e.dims is not None}
            fix = _rename(site, name, ranks.pop()) if len(ranks) == 1 and site == event.at else None
            yield Finding(site, message, story(event), fix)


def _rename(site: Node, name: str, rank: int) -> Fix | None:
    """The class for the rank, where the call names the class of a module (`nn.BatchNorm1d`)."""
    call = site.ir
    right = _RIGHT.get(rank)
    if call is None or call[0] != "call" or call[2][0] != "attr" or call[2][3] != name or right is None:
        return None
    _, end = site.piece.node(call[2][1]).span
    return Fix(f"Use {right}", (Edit(end - len(name), end, right),))
