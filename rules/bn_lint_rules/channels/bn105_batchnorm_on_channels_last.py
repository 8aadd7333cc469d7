from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Verdict
from bn_lint.model.symbolic import text_of
from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid
from bn_lint_rules.channels._events import batch_norms, certain, named, story

_NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.conv(x)
        {permute}
        return self.bn(x)
"""


class BatchNormOnChannelsLast(Rule):
    """A BatchNorm layer normalises an axis that is not the channel axis.

    ## What it does
    Finds a BatchNorm applied to a tensor whose channels are not in dimension 1: after a permute to (N, H, W, C), or on
    the (N, L, C) output of a Linear layer on a sequence. BatchNorm always normalises dimension 1.

    ## Why is this bad
    PyTorch raises `running_mean should contain ... elements` when the sizes differ. When the height happens to equal
    the number of channels nothing is raised, and the layer silently normalises rows of pixels.

    ## Example
    ```python
    x = self.conv(x).permute(0, 2, 3, 1)
    x = self.bn(x)
    ```

    ## Use instead
    ```python
    x = self.bn(self.conv(x))
    x = x.permute(0, 2, 3, 1)
    ```
    """

    code = "BN105"
    name = "batchnorm-on-channels-last"
    severity = Severity.ERROR
    examples = (
        Valid(_NET.format(permute="x = x * 2")),
        Invalid(
            _NET.format(permute="x = x.permute(0, 2, 3, 1)"),
            ("8:19 BatchNorm2d(8) normalises dimension 1, but the 8 channels are in dimension 3",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in batch_norms(context):
            event = certain(context, events, Verdict.CHANNELS_LAST)
            if event is None or event.dims is None:
                continue
            count = text_of(event.declared)
            axis = max(index for index, size in enumerate(event.dims) if text_of(size) == count)
            yield Finding(
                site,
                f"{named(event, site)} normalises dimension 1, but the {count} channels are in dimension {axis}",
                story(event),
            )
