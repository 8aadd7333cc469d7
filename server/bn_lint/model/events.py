"""What an evaluation saw: the facts that rules report from. Nothing here keeps a heap alive."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bn_lint.model.symbolic import Size
from bn_lint.model.values import Class, Origin, Value
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

    `built` is the call that constructs the layer, `chain` the calls that led there, innermost first; `used` is
    where the layer was called. `declared` is what it was built for (num_features, in_channels), `received` the
    size of the tensor's channel axis, `dims` the tensor's shape, None where the rank is unknown; `origin` tells
    how the channels came about. `path` numbers the run of the entry, `decisions` counts the unknown conditions
    that this run had decided before: 0 means that it happens whatever they are.
    """

    verdict: Verdict
    cls: Class
    built: Node
    chain: tuple[Node, ...]
    used: Node
    declared: Value
    received: Size | None
    dims: tuple[Size, ...] | None
    origin: Origin | None
    entry: Entry
    path: int
    decisions: int
    reason: str
