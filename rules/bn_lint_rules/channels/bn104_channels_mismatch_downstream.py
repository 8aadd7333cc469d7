from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Verdict
from bn_lint.model.symbolic import text_of
from bn_lint.model.torch_.norms import has_num_features
from bn_lint.model.values import Origin
from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid
from bn_lint_rules.channels._events import argument, certain, elsewhere, layers, story

_NET = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, 3),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d({inputs}, 4, 1),
        )
"""


class ChannelsMismatchDownstream(Rule):
    """The layer that a BatchNorm feeds cannot take its channels.

    ## What it does
    Finds a convolution or Linear layer whose `in_channels` or `in_features` differs from what the BatchNorm before it
    gives.

    ## Why is this bad
    PyTorch raises `expected input[...] to have 16 channels, but got 8 channels instead` when the layer runs.

    ## Example
    ```python
    nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(16, 4, 1))
    ```

    ## Use instead
    ```python
    nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1))
    ```
    """

    code = "BN104"
    name = "channels-mismatch-downstream"
    severity = Severity.ERROR
    examples = (
        Valid(_NET.format(inputs=8)),
        Invalid(_NET.format(inputs=16), ("10:23 Conv2d(16, ...) receives the 8 channels of BatchNorm2d, line 8",)),
        Invalid(
            _NET.format(inputs=16)
            .replace("nn.ReLU(),", "nn.AdaptiveAvgPool2d(2), nn.Flatten(),")
            .replace("nn.Conv2d(16, 4, 1)", "nn.Linear(8, 4)"),
            ("10:23 Linear(8, ...) receives 32 channels: flatten of those of BatchNorm2d, line 8",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        applied = list(layers(context))
        # A BatchNorm that does not fit itself (BN101) gives a number of channels that nobody meant.
        wrong = {events[0].at for _, events in applied if certain(context, events, Verdict.WRONG_CHANNELS)}
        for site, events in applied:
            if has_num_features(events[0].cls):
                continue
            event = certain(context, events, Verdict.WRONG_CHANNELS)
            norm = None if event is None or event.origin is None else _norm_behind(event.origin)
            if event is None or event.origin is None or norm is None or norm.built in wrong:
                continue
            where = "" if norm.built is None else f", line {norm.built.line}"
            given = text_of(event.received)
            if norm is event.origin:
                what = f"the {given} channels of {norm.what}{where}"
            else:
                what = f"{given} channels: {event.origin.what} of those of {norm.what}{where}"
            declared = (argument(site, "in_channels") or argument(site, "in_features")) if event.at == site else None
            yield Finding(
                site,
                f"{event.cls.name}({text_of(event.declared)}, ...){elsewhere(event, site)} receives {what}",
                story(event),
                span=None if declared is None else declared.span,
            )


def _norm_behind(origin: Origin) -> Origin | None:
    """The BatchNorm whose output this is, perhaps with that of others, reshaped or joined."""
    if origin.built is not None:
        return origin if "BatchNorm" in origin.what else None
    return next(filter(None, map(_norm_behind, dict.fromkeys(origin.parents))), None)
