"""The settings of BatchNorm layers that are not PyTorch's own, and what float16 makes of them."""

from __future__ import annotations

from bn_lint.model.events import Configured, Halved
from bn_lint.model.frame import Frame
from bn_lint.model.torch_.module import parts
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.model.values import Module, Value

# The smallest number of float16 is 2**-24; what is at most half of it becomes 0.
ZERO_IN_HALF = 2.0**-25
_EPS, _MOMENTUM = 1e-05, 0.1


def built(f: Frame, module: Module) -> None:
    """A BatchNorm has been constructed."""
    eps, momentum = number(module.attrs.get("eps")), number(module.attrs.get("momentum"))
    if module.built is not None and (eps not in (None, _EPS) or momentum not in (None, _MOMENTUM)):
        event = Configured(at=module.built, **f.ev.stamp(), cls=module.cls, eps=eps, momentum=momentum)
        f.ev.record(("configured", module.built), event)


def halved(f: Frame, root: Module) -> None:
    """A module is cast to float16: record the BatchNorm layers in it whose eps becomes 0 by that."""
    for module in parts(root):
        eps = number(module.attrs.get("eps"))
        if is_batch_norm(module.cls) and module.built is not None and eps is not None and 0 < eps <= ZERO_IN_HALF:
            event = Halved(at=module.built, **f.ev.stamp(), cls=module.cls, eps=eps, cast=f.place)
            f.ev.record(("halved", module.built), event)


def number(value: Value) -> float | None:
    """A known number, else None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
