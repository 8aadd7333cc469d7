"""The layers that a call of fuse_modules names."""

from __future__ import annotations

from bn_lint.model.frame import Frame
from bn_lint.model.iteration import known_items
from bn_lint.model.values import Module, Value


def fused_layers(
    f: Frame, model: Module, args: list[Value], keywords: dict[str, Value]
) -> list[list[tuple[str, Module]]] | None:
    """The groups of layers to fuse, each with its dotted name; None where some are not known."""
    given = keywords.get("modules_to_fuse", args[1] if len(args) > 1 else None)
    groups = None if given is None else known_items(f, given)
    if not groups:
        return None
    if all(isinstance(name, str) for name in groups):
        groups = [groups]
    found: list[list[tuple[str, Module]]] = []
    for group in groups:
        names = known_items(f, group) or []
        layers = [(name, _at(model, name)) for name in names if isinstance(name, str)]
        known = [(name, layer) for name, layer in layers if layer is not None]
        if not known or len(known) < len(names):
            return None
        found.append(known)
    return found


def _at(model: Module, path: str) -> Module | None:
    current: Value = model
    for part in path.split("."):
        current = current.children.get(part) if isinstance(current, Module) and not current.escaped else None
    return current if isinstance(current, Module) else None
