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


@dataclass(frozen=True, eq=False, kw_only=True)
class Reached(Event):
    """Something that happened in code reached through the calls `chain`, innermost first, and is the callers' doing."""

    chain: tuple[Node, ...]


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
    has the sizes that had a name where a normalisation layer was constructed (`planes`, `self.inplanes`). `through` is
    the call in the file of `used` that led to the construction, where that stands in another file; none where the layer
    does not fit what that call made itself.
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
    through: Node | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Shaped(Event):
    """The statement at `at` gave a tensor of this shape. Recorded only where somebody wants to see shapes."""

    dims: tuple[Size, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class OtherNorm(Event):
    """The call at `at` constructed a module other than a BatchNorm: LayerNorm, Identity, one of the code's own."""

    cls: Class


@dataclass(frozen=True, eq=False, kw_only=True)
class Constructed(Event):
    """A BatchNorm was constructed at `at`. Recorded only while surveying."""

    cls: Class


@dataclass(frozen=True, eq=False, kw_only=True)
class Census(Event):
    """How many BatchNorm layers the model of an entry has, and how many of them certainly got the right tensor.

    Recorded only while surveying, at the entry.
    """

    layers: int
    verified: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Stopped(Event):
    """A run ended early at `at`: the code raised, or the evaluator gave up. Recorded only while surveying."""

    reason: str


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
    """A BatchNorm was constructed at `at`, and a forward pass without any unknown in it did not reach it.

    `names` are the attributes that lead to it, from the last module around it that did run.
    """

    cls: Class
    names: frozenset[str]


@dataclass(frozen=True, eq=False, kw_only=True)
class NoStatistics(Event):
    """A BatchNorm constructed at `at` has no running statistics: track_running_stats=False, or `removed` at a place."""

    cls: Class
    removed: Node | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Configured(Event):
    """A BatchNorm was constructed at `at` with an eps or momentum that is not PyTorch's default. None: not known."""

    cls: Class
    eps: float | None
    momentum: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Halved(Event):
    """A BatchNorm, constructed at `at` with this `eps`, was cast to float16 at `cast`, itself or with its model."""

    cls: Class
    eps: float
    cast: Node


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


class Mode(enum.Enum):
    """What mode the BatchNorm layers of a model are in, against the one that a call is made for."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False, kw_only=True)
class Exported(Reached):
    """A model went into an export call, at `at`.

    `name` is the call's qualified name, `wants` the mode that it is made for, `clause` and `outcome` what the wrong
    mode does there, `quantizes` whether it fuses or quantizes rather than exports. `mode` tells whether any layer is in
    the wrong mode: `wrong` are those layers' constructing calls, `count` how many they are, of `layers` in the model,
    both 0 where only so much is known that there are some. `cls` is the model's class, `built` where it was
    constructed.

    Of the first wrong layer: `switched` is where its mode was last set, with the calls that led there in `trail`;
    `undone` where it had been put in the right mode before; `forced` says that it was switched by itself and not with
    the model. `gradless` is the torch.no_grad() around the export.
    """

    name: str
    wants: str
    clause: str
    outcome: str
    quantizes: bool
    mode: Mode
    cls: Class
    built: Node | None = None
    wrong: tuple[Node, ...] = ()
    count: int = 0
    layers: int = 0
    switched: Node | None = None
    trail: tuple[Node, ...] = ()
    undone: Node | None = None
    forced: bool = False
    gradless: Node | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FusedInWrongOrder(Event):
    """fuse_modules was told to fuse `names`, which are of the classes `classes`: BatchNorm before its convolution."""

    names: tuple[str, ...]
    classes: tuple[str, ...]
    layers: tuple[Node, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class ExportedAsTraining(Reached):
    """An ONNX export of a model with BatchNorm layers that asks for a training graph by `flag`.

    `dynamo` is the value of the argument of that name, None where it is not given.
    """

    flag: str
    dynamo: bool | None
    cls: Class


@dataclass(frozen=True, eq=False, kw_only=True)
class SwitchedTooLate(Event):
    """The mode of what an export gave is set, at `at`: it was fixed by the call `name` at `exported`.

    `method` is eval or train. `raises` is the error's text, empty where the call does nothing.
    """

    name: str
    method: str
    exported: Node
    raises: str


@dataclass(frozen=True, eq=False, kw_only=True)
class BuiltInForward(Event):
    """A BatchNorm was constructed at `at` while a forward method of `owner` ran, and no module keeps it."""

    cls: Class
    owner: Class


@dataclass(frozen=True, eq=False, kw_only=True)
class ModeLost(Event):
    """An overriding `train` of `owner`, defined at `at`, does not do what nn.Module.train does.

    `returned`: it returns the module. `children`: it switches the modules below. `mode`: it passes the mode on, so that
    eval() gives eval mode.
    """

    owner: Class
    method: str
    returned: bool
    children: bool
    mode: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Thawed(Event):
    """A model in train mode runs, and its constructor had put a BatchNorm in eval mode, at `at`.

    `thawed`: the layer is back in train mode. `switched` is the call that set its mode last, `owner` the model, `layer`
    the BatchNorm's constructing call.
    """

    thawed: bool
    owner: Class
    switched: Node
    layer: Node | None


@dataclass(frozen=True, eq=False, kw_only=True)
class ReferenceInTrainMode(Event):
    """An output of a model in train mode, computed at `ran`, is compared at `at` with that of its export.

    `exported` is the call by which the model was exported.
    """

    cls: Class
    ran: Node
    exported: Node


@dataclass(frozen=True, eq=False, kw_only=True)
class OneValue(Reached):
    """A BatchNorm in train mode, constructed at `at`, received one value per channel at `used`.

    `dims` is the shape that it received, `ran` the call of the model that it belongs to.
    """

    cls: Class
    ran: Node
    used: Node
    dims: tuple[Size, ...]
