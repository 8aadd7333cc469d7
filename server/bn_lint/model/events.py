"""What an evaluation saw: the facts that rules report from."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bn_lint.model.symbolic import Size
from bn_lint.model.values import Module, Origin, Tensor, Value
from bn_lint.source.tree import Node


class Verdict(enum.Enum):
    """What is known about a layer and the tensor that reached it."""

    FITS = "fits"
    WRONG_CHANNELS = "wrong channels"
    WRONG_RANK = "wrong rank"
    CHANNELS_LAST = "channels last"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Entry:
    """How the evaluator came into the code: `resnet50()`, at `node` where it stands in a file.

    `symbolic`: some arguments are symbols, so that what is reported holds for every value.
    """

    text: str
    node: Node | None
    symbolic: bool = False


@dataclass(frozen=True, eq=False)
class Applied:
    """A layer with a channel count was applied to a tensor.

    `declared` is what the layer was built for (num_features, in_channels), `received` the size of the tensor's
    channel axis. `used` is where it was called, `chain` the calls that built it. `decisions` counts the unknown
    conditions that this run had decided before: 0 means that it happens whatever they are.
    """

    verdict: Verdict
    layer: Module
    tensor: Tensor
    declared: Value
    received: Size | None
    used: Node
    entry: Entry
    decisions: int
    reason: str = ""

    @property
    def built(self) -> Node | None:
        return self.layer.built

    @property
    def origin(self) -> Origin | None:
        return self.tensor.origin


@dataclass(frozen=True, eq=False)
class Built:
    """A module was constructed."""

    module: Module
    entry: Entry
    decisions: int
