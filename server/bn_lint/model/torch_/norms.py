"""Normalisation layers, and the check that is the reason for all this: does the tensor have num_features channels?"""

from __future__ import annotations

from typing import Any

from bn_lint.model.events import BEHIND_A_MISTAKE, OneValue, Verdict
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.symbolic import Size, doubtful, fresh, is_doubtful
from bn_lint.model.torch_.module import MODULE, parts
from bn_lint.model.torch_.registry import LIBRARY, function, layer
from bn_lint.model.torch_.shapes import different, equal, is_size, like, refine
from bn_lint.model.values import MISSING, Class, Module, Origin, StaticMethod, Tensor, Value

_BATCH_NORM = (
    "num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None,"
    " *, bias=True"
)
_INSTANCE_NORM = (
    "num_features, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False, device=None, dtype=None"
)


def apply_batch_norm(f: Frame, module: Module, input: Value, *, any_rank: bool = False) -> Tensor:
    """A BatchNorm's output, after checking rank and channels of what it received."""
    ranks: tuple[int, ...] | None = None if any_rank else module.cls.lookup("__ranks__")
    declared = f.ev.path.width(module.attrs.get("num_features"))
    tensor = input if isinstance(input, Tensor) else Tensor(None)
    f.ev.normalised(f, module, tensor)
    if tensor.dims is None and ranks == (2, 3) and tensor.last is not None:
        _choose_rank(f, tensor, declared)
    dims = tensor.dims
    if dims is None:
        f.ev.applied(f, Verdict.UNKNOWN, module, tensor, declared, None, "rank of the input is not known")
        return _assumed(f, tensor, declared, ranks)
    if ranks is not None and len(dims) not in ranks:
        f.ev.applied(f, Verdict.WRONG_RANK, module, tensor, declared, None)
        raise Raised(ValueError)
    if len(dims) < 2:
        raise Raised(ValueError)
    received = f.ev.path.size(dims[1])
    if _one_value(f, module, dims):
        raise Raised(ValueError)
    verdict, reason = _verdict(f, module, tensor, declared, received)
    f.ev.applied(f, verdict, module, tensor, declared, received, reason)
    if verdict is Verdict.WRONG_CHANNELS:
        # Real code stops here. What follows is seen all the same, but its width is no evidence of anything.
        return Tensor((dims[0], doubtful("C"), *dims[2:]), channel=tensor.channel)
    if is_size(declared) and not isinstance(received, int) and not is_doubtful(received):
        received = declared  # it runs, so the tensor has what the layer was built for
    out = (dims[0], received, *dims[2:])
    return Tensor(out, channel=tensor.channel, origin=_origin(f, module, tensor, received), norm=module.built)


def _one_value(f: Frame, layer: Module, dims: tuple[Size, ...]) -> bool:
    """Whether a BatchNorm gets a single value per channel while it is in train mode, which PyTorch refuses."""
    if not layer.training or layer.escaped or layer.built is None or len(dims) < 2:
        return False
    others = (dims[0], *dims[2:])
    if not all(isinstance(size, int) for size in others) or any(size != 1 for size in others):
        return False
    event = OneValue(
        at=layer.built,
        **f.ev.stamp(),
        cls=layer.cls,
        ran=f.ev.ran_at or f.place,
        used=f.place,
        dims=dims,
        chain=f.chain(),
    )
    f.ev.record(("one value", layer.built), event)
    return True


def _origin(f: Frame, module: Module, tensor: Tensor, channels: Any) -> Origin:
    parents = () if tensor.origin is None else (tensor.origin,)
    return Origin(module.cls.name, channels, module.built, f.place, parents)


def _verdict(f: Frame, module: Module, tensor: Tensor, declared: Value, received: Any) -> tuple[Verdict, str]:
    if module.escaped:
        return Verdict.UNKNOWN, "the layer was handed to code that is not known"
    if not is_size(declared):
        return Verdict.UNKNOWN, "num_features is not known"
    if equal(f, declared, received):
        return Verdict.FITS, ""
    if is_doubtful(received):
        return Verdict.UNKNOWN, BEHIND_A_MISTAKE
    assert tensor.dims is not None
    channel = tensor.channel
    if channel is not None and channel != 1 and equal(f, declared, tensor.dims[channel]):
        return Verdict.CHANNELS_LAST, ""
    if different(f, declared, received):
        # Without statistics and parameters there is no length to compare.
        unchecked = module.attrs.get("affine") is False and module.attrs.get("track_running_stats") is False
        return (Verdict.UNKNOWN, "nothing to compare") if unchecked else (Verdict.WRONG_CHANNELS, "")
    return Verdict.UNKNOWN, "the number of channels is not known"


def _choose_rank(f: Frame, tensor: Tensor, declared: Value) -> None:
    """The output of a Linear layer on an input of unknown rank: (N, C), or (N, L, C) with L as the layer wants it."""
    if f.ev.path.rank((f.piece, f.at)):
        refine(tensor, (fresh("N"), tensor.last or 0))
    elif is_size(declared):
        refine(tensor, (fresh("N"), declared, tensor.last or 0), channel=2)


def _assumed(f: Frame, tensor: Tensor, declared: Value, ranks: tuple[int, ...] | None) -> Tensor:
    """What must have come in, since it runs."""
    if ranks is None or len(ranks) != 1 or not is_size(declared):
        return Tensor(None, last=tensor.last)
    spatial = (fresh("n") for _ in range(ranks[0] - 2))
    refine(tensor, (fresh("N"), declared, *spatial))
    return like(tensor)


def apply_instance_norm(f: Frame, module: Module, input: Value) -> Tensor:
    """An InstanceNorm's output, after checking the channels of a batch.

    With parameters or statistics PyTorch raises where they differ, without it only warns.
    """
    tensor = input if isinstance(input, Tensor) else Tensor(None)
    dims = tensor.dims
    if dims is None:
        return like(tensor)
    rank: int = module.cls.lookup("__ranks__")[0]
    if len(dims) not in (rank - 1, rank):
        raise Raised(ValueError)
    if len(dims) == rank:
        declared, received = f.ev.path.width(module.attrs.get("num_features")), f.ev.path.size(dims[1])
        verdict, reason = Verdict.UNKNOWN, "nothing to compare"
        if module.attrs.get("affine") is True or module.attrs.get("track_running_stats") is True:
            verdict, reason = _verdict(f, module, tensor, declared, received)
        if verdict is Verdict.CHANNELS_LAST:
            verdict = Verdict.WRONG_CHANNELS if different(f, declared, received) else Verdict.UNKNOWN
        f.ev.applied(f, verdict, module, tensor, declared, received, reason)
        if verdict is Verdict.WRONG_CHANNELS:
            return Tensor((dims[0], doubtful("C"), *dims[2:]), channel=tensor.channel)
    return like(tensor)


def _parameters(f: Frame, module: Module, name: str) -> Value:
    """weight, bias and the statistics of a normalisation layer."""
    if name not in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
        return MISSING
    if name in ("weight", "bias") and module.attrs.get("affine") is False:
        return None
    if name.startswith(("running", "num_batches")) and module.attrs.get("track_running_stats") is False:
        return None
    count = module.attrs.get("num_features")
    if name == "num_batches_tracked":
        return Tensor(())
    return Tensor((count,) if is_size(count) else None, owner=module)


def _norm(name: str, signature: str, ranks: tuple[int, ...] | None, check: bool) -> Class:
    cls = layer(
        f"torch.nn.{name}",
        signature,
        apply_batch_norm if check else _same_shape,
        base=MODULE,
        native="BatchNorm" if check else "Norm",
        derived=_parameters,
    )
    cls.members["__ranks__"] = ranks
    return cls


def _instance_norm(count: int) -> Class:
    cls = layer(
        f"torch.nn.InstanceNorm{count}d",
        _INSTANCE_NORM,
        apply_instance_norm,
        base=MODULE,
        native="Norm",
        derived=_parameters,
    )
    cls.members["__ranks__"] = (count + 2,)
    return cls


def _same_shape(f: Frame, module: Module, input: Value) -> Value:
    return like(input) if isinstance(input, Tensor) else Tensor(None)


BATCH_NORM_1D = _norm("BatchNorm1d", _BATCH_NORM, (2, 3), True)
BATCH_NORM_2D = _norm("BatchNorm2d", _BATCH_NORM, (4,), True)
BATCH_NORM_3D = _norm("BatchNorm3d", _BATCH_NORM, (5,), True)
SYNC_BATCH_NORM = _norm(
    "SyncBatchNorm",
    "num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, process_group=None,"
    " device=None, dtype=None",
    None,
    True,
)
BATCH_NORMS = (BATCH_NORM_1D, BATCH_NORM_2D, BATCH_NORM_3D, SYNC_BATCH_NORM)
INSTANCE_NORMS = tuple(map(_instance_norm, (1, 2, 3)))
for _cls in BATCH_NORMS:
    _cls.norm = "batch"
for _cls in INSTANCE_NORMS:
    _cls.norm = "instance"
for _count in (1, 2, 3):
    _norm(f"LazyInstanceNorm{_count}d", _INSTANCE_NORM.removeprefix("num_features, "), None, False)
    _norm(f"LazyBatchNorm{_count}d", _BATCH_NORM.removeprefix("num_features, "), None, False)
_norm("GroupNorm", "num_groups, num_channels, eps=1e-05, affine=True, device=None, dtype=None", None, False)
_norm(
    "LayerNorm",
    "normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, device=None, dtype=None",
    None,
    False,
)
_norm("RMSNorm", "normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None", None, False)
_norm("LocalResponseNorm", "size, alpha=0.0001, beta=0.75, k=1.0", None, False)


@function(
    "input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05",
    "torch.nn.functional.batch_norm",
)
def functional_batch_norm(f: Frame, input: Value, *rest: Value) -> Value:
    """F.batch_norm; where its statistics or parameters are those of a layer, it is that layer that is applied."""
    owner = next((v.owner for v in rest[:4] if isinstance(v, Tensor) and v.owner is not None), None)
    if owner is not None and is_batch_norm(owner.cls):
        return apply_batch_norm(f, owner, input, any_rank=True)
    return like(input) if isinstance(input, Tensor) else Tensor(None)


@function("input, num_groups, weight=None, bias=None, eps=1e-05", "torch.nn.functional.group_norm", "torch.group_norm")
def functional_group_norm(f: Frame, input: Value, *_: Value) -> Value:
    return like(input) if isinstance(input, Tensor) else Tensor(None)


@function(
    "input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05",
    "torch.nn.functional.instance_norm",
)
def functional_instance_norm(f: Frame, input: Value, *_: Value) -> Value:
    return like(input) if isinstance(input, Tensor) else Tensor(None)


def has_num_features(cls: Class) -> bool:
    """Whether instances of a class are told their number of channels: BatchNorm and InstanceNorm layers."""
    return bool(cls.norm)


def is_batch_norm(cls: Class) -> bool:
    """Whether instances of a class are BatchNorm layers of PyTorch's own kind."""
    return cls.norm == "batch"


def batch_norms(module: Module) -> list[Module]:
    """The BatchNorm layers registered below a module, itself included."""
    return [each for each in parts(module) if is_batch_norm(each.cls)]


def is_other_norm(cls: Class) -> bool:
    """Whether instances of a class normalise otherwise than BatchNorm, or stand in for a norm and do nothing."""
    return not is_batch_norm(cls) and (cls.lookup("__ranks__") is not MISSING or cls.name == "Identity")


@function("module, process_group=None", "torch.nn.SyncBatchNorm.convert_sync_batchnorm")
def convert_sync(f: Frame, module: Value, group: Value) -> Value:
    return module


SYNC_BATCH_NORM.members["convert_sync_batchnorm"] = StaticMethod(
    LIBRARY["torch.nn.SyncBatchNorm.convert_sync_batchnorm"]
)
