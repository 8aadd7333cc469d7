from __future__ import annotations

from collections.abc import Iterable, Iterator

from bn_lint.model.events import Applied, Shared, Verdict
from bn_lint.model.symbolic import text_of
from bn_lint.model.torch_.norms import has_num_features
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import argument, certain, layers, named, story
from bn_lint_rules.channels._repairs import repair

_NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.conv = nn.Conv2d(3, {conv}, 3)
        self.bn = nn.BatchNorm2d({bn})

    def forward(self, x):
        return self.bn(self.conv(x))
"""


_HELPER = """\
from torch import nn


def conv1x1(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 1)


class Net(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.conv = conv1x1(3, {width})
        self.bn = nn.BatchNorm2d(width)
        self.head = nn.Conv2d(width, 10, 1)

    def forward(self, x):
        return self.head(self.bn(self.conv(x)))
"""

_TWO = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.bn1 = nn.BatchNorm2d(8)
        self.bn2 = nn.BatchNorm2d(16)

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        return self.{second}(self.conv2(x))
"""

_JOINED = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, planes=8, skip=16):
        super().__init__()
        self.skip, self.planes = skip, planes
        self.left = nn.Conv2d(3, planes, 1)
        self.right = nn.Conv2d(3, skip, 1)
        self.bn = nn.BatchNorm2d({width})

    def forward(self, x):
        return self.bn(torch.cat([self.left(x), self.right(x)], dim=1))
"""


class NumFeaturesMismatch(Rule):
    """A BatchNorm layer receives another number of channels than it was built for.

    ## What it does
    Follows the channels through constructors and `forward`, and reports a BatchNorm whose `num_features`
    differs from the size of dimension 1 of the tensor that reaches it. What is not known is not reported. Where a
    function or base class in another file constructs the layer, the call that gave the wrong number is reported.

    BatchNorm1d, 2d, 3d and SyncBatchNorm raise whenever they have statistics or parameters, in train and eval mode
    alike; with `affine=False, track_running_stats=False` there is nothing to compare, and nothing is reported.
    InstanceNorm raises with `affine=True` or `track_running_stats=True` and is reported then; by default it has
    neither and PyTorch only warns. GroupNorm and LayerNorm have no `num_features` and are not looked at.

    ## Why is this bad
    PyTorch raises `running_mean should contain 64 elements not 32` when the layer runs (64 arrive, 32 were
    declared), with a traceback that ends inside `torch/nn/functional.py`; under export the message names no line of
    the model at all.

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

    ## Fix safety
    The fix takes over the number of output channels that the feeding layer was given, or gives the feeding layer the
    number that the BatchNorm was given. It is offered only if the evaluated model fits afterwards. It is unsafe where
    a layer behind, of which nothing could be said before, then does not fit: the feeding layer may be what is wrong.
    It is also unsafe where it writes a number and a parameter of the function around could change the width.
    """

    code = "BN101"
    name = "num-features-mismatch"
    severity = Severity.ERROR
    examples = (
        Valid(_NET.format(conv="64", bn="64")),
        Valid(_NET.format(conv="width * 2", bn="2 * width")),
        # The width of the input is not known, and nothing is said about it.
        Valid("from torch import nn\n\n\ndef norm(x, width):\n    return nn.BatchNorm2d(width)(x)\n"),
        # Nothing to compare: it runs.
        Valid(_NET.format(conv="64", bn="32, affine=False, track_running_stats=False")),
        Valid(_NET.format(conv="64", bn="32").replace("BatchNorm", "InstanceNorm")),
        Invalid(
            _NET.format(conv="64", bn="32, affine=True").replace("BatchNorm", "InstanceNorm"),
            ("8:37 InstanceNorm2d(32) receives 64 channels",),
            fixed=_NET.format(conv="64", bn="64, affine=True").replace("BatchNorm", "InstanceNorm"),
        ),
        # Through a helper: it is the call beside the layer that is mended.
        Invalid(
            _HELPER.format(width="32"),
            ("12:34 BatchNorm2d(16) receives 32 channels",),
            fixed=_HELPER.format(width="width"),
        ),
        # The wrong one of two layers is applied.
        Invalid(
            _TWO.format(second="bn1"),
            ("9:35 BatchNorm2d(8) receives 16 channels",),
            fixed=_TWO.format(second="bn2"),
        ),
        # A width computed from names in scope.
        Invalid(
            _JOINED.format(width="planes"),
            ("11:34 BatchNorm2d(8) receives 24 channels",),
            fixed=_JOINED.format(width="planes + skip"),
        ),
        Invalid(
            _NET.format(conv="64", bn="32"),
            ("8:34 BatchNorm2d(32) receives 64 channels",),
            fixed=_NET.format(conv="64", bn="64"),
        ),
        Invalid(
            _NET.format(conv="width * 2", bn="width"),
            ("8:34 BatchNorm2d(16) receives 32 channels",),
            fixed=_NET.format(conv="width * 2", bn="width * 2"),
        ),
        Invalid(
            _NET.format(conv="width * 2", bn="width").replace("width=16", "width"),
            ("8:34 BatchNorm2d(width) receives 2*width channels",),
            fixed=_NET.format(conv="width * 2", bn="width * 2").replace("width=16", "width"),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in layers(context):
            if not has_num_features(events[0].cls):
                continue
            event = certain(context, events, Verdict.WRONG_CHANNELS)
            if event is None:
                continue
            declared = argument(site, "num_features") if site == event.at else None
            yield Finding(
                site,
                f"{named(event, site)} receives {text_of(event.received)} channels",
                (*story(event), *_elsewhere(context, site, event, events)),
                repair(context, site, event, events),
                None if declared is None else declared.span,
            )


def _elsewhere(context: FileContext, site: Node, event: Applied, events: list[Applied]) -> Iterator[Related]:
    """The other places at which the same layer is applied, and fits."""
    shared = {place for other in context.evaluation.events(Shared).get(site, []) for place in other.places}
    for other in events:
        if other.used in shared and other.used != event.used and other.verdict is Verdict.FITS:
            yield Related(other.used, f"the same layer is applied here, to {text_of(other.received)} channels")
