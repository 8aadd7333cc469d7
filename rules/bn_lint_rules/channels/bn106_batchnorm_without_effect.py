from __future__ import annotations

import re
from collections.abc import Iterable

from bn_lint.model.events import Applied, Renormalised, Shared, Unused
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint.source import ir
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import built_by

_NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn1 = nn.BatchNorm2d(8)
        self.bn2 = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.bn1(self.conv(x))
        return {result}
"""


_SUBCLASS = """\
import torch.nn.functional as F
from torch import nn


class SplitNorm(nn.BatchNorm2d):
    def forward(self, x):
        n, c, h, w = x.shape
        mean, var = self.running_mean.repeat(2), self.running_var.repeat(2)
        return F.batch_norm(x.view(-1, c * 2, h, w), mean, var).view(n, c, h, w)
"""


class BatchNormWithoutEffect(Rule):
    """A BatchNorm layer is never applied, or applied to what is normalised already.

    ## What it does
    Finds a BatchNorm that is built and that `forward` never reaches, when `forward` could be followed to its end and
    no other code mentions the attribute; and a BatchNorm applied to the very output of another one.

    ## Why is this bad
    A layer that is never applied keeps its first statistics for ever, and its parameters receive no gradient: most
    often another layer stands where it should (`self.bn1` twice). Normalising twice costs time and does nothing that
    one layer cannot.

    ## Example
    ```python
    x = self.bn1(self.conv1(x))
    x = self.bn1(self.conv2(x))  # self.bn2 is never used
    ```

    ## Use instead
    ```python
    x = self.bn1(self.conv1(x))
    x = self.bn2(self.conv2(x))
    ```
    """

    code = "BN106"
    name = "batchnorm-without-effect"
    severity = Severity.WARNING
    examples = (
        Valid(_NET.format(result="self.bn2(x.relu())")),
        # Applied from outside.
        Valid(_NET.format(result="x") + "\n\ndef refine(net, x):\n    return net.bn2(x)\n"),
        # Applied by another method.
        Valid(_NET.format(result="x") + "\n    def refine(self, x):\n        return self.bn2(x)\n"),
        # A subclass that normalises in its own way.
        Valid(_SUBCLASS),
        Invalid(_NET.format(result="x"), ("9:20 this BatchNorm2d is never applied: forward does not reach it",)),
        Invalid(
            _NET.format(result="self.bn2(x)"),
            ("9:20 this BatchNorm2d normalises what the BatchNorm of line 8 has just normalised",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        evaluation = context.evaluation
        applied = evaluation.events(Applied)
        for site, unused in evaluation.events(Unused).items():
            # A layer applied twice in its place is the defect, and is reported.
            mixed_up = any(other.piece == site.piece for other in evaluation.events(Shared))
            if site not in applied and not mixed_up and not _mentioned(context, site, unused[0].names):
                message = f"this {unused[0].cls.name} is never applied: forward does not reach it"
                yield Finding(site, message, built_by(unused[0]))
        for site, events in evaluation.events(Renormalised).items():
            event = next((e for e in events if e.decisions == 0), None)
            if event is not None and event.first != site:
                first = Related(event.first, "normalised first here")
                line = event.first.line
                message = f"this {event.cls.name} normalises what the BatchNorm of line {line} has just normalised"
                yield Finding(site, message, (first, Related(event.used, "and again here"), *built_by(event)))


def _mentioned(context: FileContext, site: Node, names: frozenset[str]) -> bool:
    """Whether code that was not run may apply a layer: another method or branch, another class, another file."""
    for node, found in context.nodes("attr"):
        if found[3] in names:
            owned = ir.dotted_name(found[2]) == "self"
            if not owned or (node.piece == site.piece and not _is_target(node)):
                return True
    if any(found[2] in names for _, found in context.nodes("const")):
        return True  # getattr(self, "bn2")
    pattern = re.compile(r"(?<!self)\.(?:" + "|".join(map(re.escape, names)) + r")\b")
    return not names or context.workspace.mentioned(context.file, pattern)


def _is_target(node: Node) -> bool:
    """Whether an attribute is assigned to here."""
    return any(target[1] == node.number for statement in node.piece.fragment.nodes("assign") for target in statement[2])
