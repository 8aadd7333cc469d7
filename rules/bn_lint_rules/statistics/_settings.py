"""The numbers that BatchNorm layers of a file are built with: where they stand, and how they are mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bn_lint.model.events import Configured
from bn_lint.rule import Edit, FileContext, Fix, Related
from bn_lint.source import ir
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import argument, built_by

POSITIONS = {"eps": 1, "momentum": 2}
BATCH_NORMS = frozenset(f"torch.nn.{name}" for name in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"))


@dataclass(frozen=True)
class Setting:
    """A BatchNorm of class `cls`, constructed at `site`, has this value of eps or momentum."""

    site: Node
    cls: str
    value: float
    related: tuple[Related, ...] = ()


def settings(context: FileContext, name: str) -> Iterator[Setting]:
    """The BatchNorm layers of a file whose `name` (eps, momentum) is certainly a number that is not PyTorch's default.

    Either the call spells it out, or the evaluator saw it whatever the unknown conditions are.
    """
    spelled: set[Node] = set()
    for node, call in context.nodes("call"):
        cls = context.names.torch_name(call[2])
        given = argument(node, name, POSITIONS[name]) if cls in BATCH_NORMS else None
        value = None if given is None else _number(given.ir)
        if cls is not None and value is not None:
            spelled.add(node)
            yield Setting(node, cls.rpartition(".")[2], value)
    for site, events in context.evaluation.events(Configured).items():
        event = next((e for e in events if e.decisions == 0 and getattr(e, name) is not None), None)
        if event is not None and site not in spelled:
            yield Setting(site, event.cls.name, getattr(event, name), built_by(event))


def place(site: Node, name: str) -> tuple[int, int] | None:
    """Where the number stands in the constructing call; None where the call does not give it."""
    given = argument(site, name, POSITIONS[name])
    return None if given is None else given.span


def replaced(site: Node, name: str, value: str, title: str) -> Fix | None:
    """Write another number; None where the call does not spell one out."""
    given = argument(site, name, POSITIONS[name])
    if given is None or _number(given.ir) is None:
        return None
    start, end = given.span
    return Fix(title, (Edit(start, end, value),), safe=False)


def _number(node: ir.Node | None) -> float | None:
    """A number that is spelled out, with its sign."""
    if node is not None and node[0] == "unary" and node[2] == "-":
        value = _number(node[3])
        return None if value is None else -value
    if node is None or node[0] != "const" or not isinstance(node[2], int | float) or isinstance(node[2], bool):
        return None
    return float(node[2])
