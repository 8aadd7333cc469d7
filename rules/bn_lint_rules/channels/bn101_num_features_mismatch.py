from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Applied, Verdict
from bn_lint.model.symbolic import text_of
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint.source import ir
from bn_lint.source.tree import Node


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
            if not is_batch_norm(events[0].layer.cls):
                continue
            event = _worst(events)
            if event is not None:
                yield _finding(site, event)


def _worst(events: list[Applied]) -> Applied | None:
    wrong = [event for event in events if event.verdict is Verdict.WRONG_CHANNELS]
    for event in wrong:
        if event.decisions == 0:
            return event
    for event in wrong:
        fine = [
            other
            for other in events
            if other.verdict is not Verdict.WRONG_CHANNELS
            and other.entry is event.entry
            and other.layer.chain == event.layer.chain
        ]
        if not fine:
            return event
    return None


def _finding(site: Node, event: Applied) -> Finding:
    received = text_of(event.received)
    related: list[Related] = []
    origin = event.origin
    if origin is not None:
        place = origin.built or origin.used
        if place is not None:
            related.append(Related(place, f"{text_of(origin.channels)} channels come from {origin.what}"))
    related.append(Related(event.used, "the layer is applied here"))
    if event.entry.node is not None:
        related.append(Related(event.entry.node, f"when built by {event.entry.text}"))
    return Finding(
        site,
        f"{event.layer.cls.name}({text_of(event.declared)}) receives {received} channels",
        tuple(related),
        span=_argument(site),
    )


def _argument(site: Node) -> tuple[int, int] | None:
    """The span of the num_features argument, where the call has one to point at."""
    call = site.ir
    if call is None or call[0] != "call":
        return None
    args: tuple[ir.Node, ...] = call[3]
    for name, value in call[4]:
        if name == "num_features":
            return site.piece.node(value[1]).span
    if args and args[0][0] != "star":
        return site.piece.node(args[0][1]).span
    return None
