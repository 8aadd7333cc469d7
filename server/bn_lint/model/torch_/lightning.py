"""LightningModule: an nn.Module with more methods, of which those that switch or export it are known."""

from __future__ import annotations

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
from bn_lint.model.frame import Frame
from bn_lint.model.torch_.exports import EXPORT_SITES
from bn_lint.model.torch_.leaving import call_of
from bn_lint.model.torch_.module import MODULE
from bn_lint.model.torch_.registry import register
from bn_lint.model.values import OPEN_KEYWORDS, UNKNOWN, Class, ClassMethod, Native, Unknown, Value

Args = list[Value]
Keywords = dict[str, Value]

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")
_HOMES = (
    *(f"{package}.{place}LightningModule" for package in _PACKAGES for place in ("", "core.", "core.module.")),
    "pytorch_lightning.core.lightning.LightningModule",
    "lightning.LightningModule",
)


def _freeze(f: Frame, args: Args, keywords: Keywords) -> Value:
    calls.call(f, attributes.get(f, args[0], "eval"), [], {})
    return None


def _unfreeze(f: Frame, args: Args, keywords: Keywords) -> Value:
    calls.call(f, attributes.get(f, args[0], "train"), [], {})
    return None


def _from_checkpoint(f: Frame, args: Args, keywords: Keywords) -> Value:
    """A new module, in train mode, built with what the checkpoint says and these arguments."""
    given = {
        name: value for name, value in keywords.items() if name not in ("checkpoint_path", "map_location", "strict")
    }
    return calls.call(f, args[0], [], given | {OPEN_KEYWORDS: UNKNOWN})


def _unknown(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("result")


_members: dict[str, Value] = {
    "freeze": Native("freeze", _freeze),
    "unfreeze": Native("unfreeze", _unfreeze),
    "load_from_checkpoint": ClassMethod(Native("load_from_checkpoint", _from_checkpoint)),
    **{
        name: Native(name, _unknown)
        for name in ("log", "log_dict", "print", "save_hyperparameters", "manual_backward", "toggle_optimizer")
    },
}
for _site in EXPORT_SITES:
    if _site.position < 0 and _site.package == "lightning":
        _members[_site.names[0].rpartition(".")[2]] = Native(_site.names[0], call_of(_site.names[0]))
# It has more attributes than are listed here: what is not listed is unknown.
LIGHTNING = Class("LightningModule", [MODULE, UNKNOWN], _members, qualified="lightning.pytorch.LightningModule")
for _home in _HOMES:
    register(_home, LIGHTNING)
