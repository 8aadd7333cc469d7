from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import WRONG, Applied, Shared
from bn_lint.model.symbolic import text_of
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.channels._events import built_by
from bn_lint_rules.channels._repairs import mixed_up

_NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3)
        self.bn1 = nn.BatchNorm2d(8)
        {second}

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        return self.{used}(self.conv2(x))
"""


class SharedBatchNorm(Rule):
    """One BatchNorm layer normalises at two places.

    ## What it does
    Finds a BatchNorm instance that one `forward` applies at several places, to the outputs of different layers. Where
    the places have different numbers of channels, it is BN101 that reports it, since the layer cannot run.

    ## Why is this bad
    One set of running statistics then mixes two distributions: in train mode each place uses its own batch, in eval
    mode both use the mixture, and the outputs are poor. Tools that fold BatchNorm into the convolution before it fold
    it twice, or once.

    ## Example
    ```python
    x = self.bn(self.conv1(x))
    x = self.bn(self.conv2(x))
    ```

    ## Use instead
    ```python
    x = self.bn1(self.conv1(x))
    x = self.bn2(self.conv2(x))
    ```

    ## Fix safety
    Where another BatchNorm of the class is never applied, the fix applies that one at the last place. It is unsafe: the
    layer that comes into use has the statistics and parameters of a layer that was never trained.
    """

    code = "BN103"
    name = "shared-batchnorm"
    severity = Severity.WARNING
    examples = (
        Valid(_NET.format(second="self.bn2 = nn.BatchNorm2d(8)", used="bn2")),
        Invalid(
            _NET.format(second="self.relu = nn.ReLU()", used="bn1"),
            ("9:20 one BatchNorm2d normalises at 2 places (lines 13 and 14): its running statistics mix them",),
        ),
        Invalid(
            _NET.format(second="self.bn2 = nn.BatchNorm2d(8)", used="bn1"),
            ("9:20 one BatchNorm2d normalises at 2 places (lines 13 and 14): its running statistics mix them",),
            fixed=_NET.format(second="self.bn2 = nn.BatchNorm2d(8)", used="bn2"),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in context.evaluation.events(Shared).items():
            event = next((e for e in events if e.decisions == 0), None)
            applied = context.evaluation.events(Applied).get(site, [])
            if event is None or any(e.verdict in WRONG for e in applied):
                continue  # where the layer does not fit at one of the places, that is what is reported
            lines = [place.line for place in event.places]
            shown = ", ".join(map(str, lines[:-1])) + f" and {lines[-1]}"
            widths = {place: text_of(e.received) for e in applied for place in [e.used] if e.received is not None}
            places = tuple(
                Related(place, f"applied here{f', to {widths[place]} channels' if place in widths else ''}")
                for place in event.places
            )
            yield Finding(
                site,
                f"one {event.cls.name} normalises at {len(lines)} places (lines {shown}): "
                "its running statistics mix them",
                (*places, *built_by(event)),
                next(mixed_up(context, site, event.places[-1]), None),
            )
