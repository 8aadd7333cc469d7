from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Unregistered
from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Related, Rule, Severity, Valid
from bn_lint.source import ir
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import built_by

_CONTAINER = {"list": "ModuleList", "tuple": "ModuleList", "dict": "ModuleDict"}
_SHOWN = 3

_NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.norms = {norms}

    def forward(self, x):
        for norm in self.norms:
            x = norm(x)
        return x
"""


class UnregisteredBatchNorm(Rule):
    """BatchNorm layers in a plain list, tuple or dict are invisible to the module that holds them.

    ## What it does
    Finds attributes of a module that keep BatchNorm layers, or modules with BatchNorm inside, in a plain Python
    container, and nowhere else in the module.

    ## Why is this bad
    Only attributes that are modules themselves, nn.ModuleList, nn.ModuleDict and nn.Sequential register what they hold.
    The layers in a plain list are not in `state_dict()`, are not moved by `.to()`, and stay in train mode after
    `model.eval()`. Export then fails with `Constant lifted_tensor_0 is mutated in the forward method. Pls register it
    as buffer` (torch_tensorrt 2.11), or bakes batch statistics in.

    ## Example
    ```python
    self.norms = [nn.BatchNorm2d(c) for c in channels]
    ```

    ## Use instead
    ```python
    self.norms = nn.ModuleList([nn.BatchNorm2d(c) for c in channels])
    ```

    ## Fix safety
    The layers appear in `state_dict()` afterwards, where they always should have been; a checkpoint saved before does
    not have them.
    """

    code = "BN207"
    name = "unregistered-batchnorm"
    severity = Severity.ERROR
    examples = (
        Valid(_NET.format(norms="nn.ModuleList([nn.BatchNorm2d(8) for _ in range(2)])")),
        Valid(_NET.format(norms="[nn.ReLU() for _ in range(2)]")),
        Invalid(
            _NET.format(norms="[nn.BatchNorm2d(8) for _ in range(2)]"),
            ("7:9 `self.norms` keeps BatchNorm layers in a plain list: eval(), to() and state_dict() do not see them",),
            fixed=_NET.format(norms="nn.ModuleList([nn.BatchNorm2d(8) for _ in range(2)])"),
        ),
        Invalid(
            _NET.format(norms='{"a": nn.Sequential(nn.BatchNorm2d(8))}').replace("self.norms:", "self.norms.values():"),
            ("7:9 `self.norms` keeps BatchNorm layers in a plain dict: eval(), to() and state_dict() do not see them",),
            fixed=_NET.format(norms='nn.ModuleDict({"a": nn.Sequential(nn.BatchNorm2d(8))})').replace(
                "self.norms:", "self.norms.values():"
            ),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, events in context.evaluation.events(Unregistered).items():
            event = next((e for e in events if e.decisions == 0), events[0])
            layers = tuple(Related(layer, "this layer is not registered") for layer in event.layers[:_SHOWN])
            yield Finding(
                place,
                f"`self.{event.name}` keeps BatchNorm layers in a plain {event.kind}: "
                "eval(), to() and state_dict() do not see them",
                (*layers, *built_by(event)),
                _wrap(context, place, event.kind),
            )


def _wrap(context: FileContext, place: Node, kind: str) -> Fix | None:
    """Wrap the assigned value, where it is written out and torch.nn has a name in the file."""
    nn = context.names.local_name("torch.nn")
    value = next(
        (
            node[3]
            for node in ir.walk(place.piece.fragment.body)
            if node[0] == "assign" and any(target[1] == place.number for target in node[2])
        ),
        None,
    )
    if nn is None or value is None:
        return None
    written = value[0] in ("list", "tuple", "dict") or (value[0] == "comp" and value[2] in ("list", "dict"))
    if not written or (value[0] == "dict" and not all(key and isinstance(key[2], str) for key, _ in value[2])):
        return None
    name = f"{nn}.{_CONTAINER[kind]}"
    if value[0] in ("list", "tuple", "dict") and not value[2]:
        start, end = place.piece.node(value[1]).span
        return Fix(f"Use {name}", (Edit(start, end, f"{name}()"),))
    start, end = place.piece.node(value[1]).span
    text = place.piece.node(value[1]).text
    if value[0] == "tuple" and not text.startswith("("):
        text = f"({text})"
    return Fix(f"Wrap it in {name}", (Edit(start, end, f"{name}({text})"),))
