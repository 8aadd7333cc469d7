"""Where a setting of a BatchNorm stands, and how it is mended."""

from __future__ import annotations

from bn_lint.rule import Edit, Fix
from bn_lint.source.tree import Node


def is_number(node: Node | None) -> bool:
    """Whether an argument is a number that is spelled out at the call."""
    found = None if node is None else node.ir
    if found is not None and found[0] == "unary":
        found = found[3]
    return found is not None and found[0] == "const" and isinstance(found[2], int | float)


def replaced(node: Node | None, value: str, title: str) -> Fix | None:
    """Write another number in its place; None where the call does not spell one out."""
    if node is None or not is_number(node):
        return None
    start, end = node.span
    return Fix(title, (Edit(start, end, value),), safe=False)
