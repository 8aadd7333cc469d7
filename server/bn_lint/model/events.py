"""What an evaluation saw: the facts that rules report from. Nothing here keeps a heap alive."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bn_lint.model.symbolic import Size
from bn_lint.model.values import Class, Origin, Value
from bn_lint.source.tree import Node


@dataclass(frozen=True, eq=False)
class Entry:
    """How the evaluator came into the code: `resnet50()`, at `node` where it stands in a file.

    `symbolic`: some arguments are symbols, so that what is reported holds for every value.
    """

    text: str
    node: Node | None
    symbolic: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Event:
    """Something that happened at a place.

    `path` numbers the run of the entry; `decisions` counts the unknown conditions that this run had decided
    before: 0 means that it happens whatever they are.
    """

    at: Node
    entry: Entry
    path: int
    decisions: int


class Verdict(enum.Enum):
    """What is known about a layer and the tensor that reached it."""

    FITS = "fits"
    WRONG_CHANNELS = "wrong channels"
    WRONG_RANK = "wrong rank"
    CHANNELS_LAST = "channels last"
    UNKNOWN = "unknown"


# The reason for a verdict that is not known: the tensor comes from a layer that does not fit, so nothing is sure.
BEHIND_A_MISTAKE = "a layer before it does not fit"
WRONG = (Verdict.WRONG_CHANNELS, Verdict.WRONG_RANK, Verdict.CHANNELS_LAST)


@dataclass(frozen=True, eq=False, kw_only=True)
class Applied(Event):
    """A layer with a channel count, constructed at `at`, was applied to a tensor at `used`.

    `chain`: the calls that led to the construction, innermost first. `declared` is what the layer was built for
    (num_features, in_channels), `received` the size of the tensor's channel axis, `dims` the tensor's shape, None
    where the rank is unknown; `origin` tells how the channels came about. `reason` says why nothing is known. `scope`
    has the sizes that had a name where a normalisation layer was constructed (`planes`, `self.inplanes`).
    """

    verdict: Verdict
    cls: Class
    chain: tuple[Node, ...]
    used: Node
    declared: Value
    received: Size | None
    dims: tuple[Size, ...] | None
    origin: Origin | None
    reason: str
    scope: dict[str, Size] | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Shared(Event):
    """One BatchNorm instance, constructed at `at`, was applied at several places of one function."""

    cls: Class
    places: tuple[Node, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Renormalised(Event):
    """A BatchNorm, constructed at `at`, was applied at `used` to the very output of the one constructed at `first`."""

    cls: Class
    used: Node
    first: Node


@dataclass(frozen=True, eq=False, kw_only=True)
class Unused(Event):
    """A BatchNorm was constructed at `at`, and a forward pass without any unknown in it did not reach it."""

    cls: Class


@dataclass(frozen=True, eq=False, kw_only=True)
class NoStatistics(Event):
    """A BatchNorm was constructed with track_running_stats=False at `at`."""

    cls: Class


@dataclass(frozen=True, eq=False, kw_only=True)
class Unregistered(Event):
    """BatchNorm layers are kept in a plain container: the attribute assigned at `at`.

    `owner` is the class, `name` the attribute, `kind` list, tuple or dict; `layers` are some of the BatchNorm layers'
    constructing calls.
    """

    owner: Class
    name: str
    kind: str
    layers: tuple[Node, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Exported(Event):
    """A model with BatchNorm layers in the wrong mode went into an export call, at `at`.

    `name` is the call's qualified name, `wants` the mode that it is made for, `clause` and `outcome` what the wrong
    mode does there. `wrong` are the constructing calls of the layers in the wrong mode, `layers` counts all BatchNorm
    layers; `built` is where the model was constructed, `switched` where its mode was last set.
    """

    name: str
    wants: str
    clause: str
    outcome: str
    cls: Class
    built: Node | None
    switched: Node | None
    wrong: tuple[Node, ...]
    layers: int
