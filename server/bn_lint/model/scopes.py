"""Which names a function binds, found before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bn_lint.source import ir


class Scope:
    """The names that one function, comprehension or module binds, and the scope around it.

    Class bodies are not scopes for the functions in them, so they never appear as a parent.
    """

    __slots__ = ("codes", "declared_global", "kind", "names", "parent")

    def __init__(self, kind: str, names: set[str], parent: Scope | None, declared_global: set[str]) -> None:
        self.kind = kind
        self.names = names
        self.parent = parent
        self.declared_global = declared_global
        # The code of the functions in a module that are in no other function, in source order, where it is kept.
        self.codes: list[Any] | None = None

    def hops(self, name: str) -> int | None:
        """How many scopes up a name is bound: 0 is here, None the module (or nowhere)."""
        count = 0
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            if name in scope.names:
                return count
            if name in scope.declared_global:
                return None
            scope = scope.parent
            count += 1
        return None


def function_scope(parameters: tuple[Any, ...], body: ir.Body, walrus: tuple[str, ...], parent: Scope | None) -> Scope:
    """The scope of a function or lambda."""
    names = {parameter[1] for parameter in parameters}
    names.update(walrus)
    declared: set[str] = set()
    outer: set[str] = set()
    _bound(body, names, declared, outer)
    return Scope("function", names - declared - outer, parent, declared)


def target_names(target: ir.Node, names: set[str]) -> None:
    """Add the names that an assignment target binds."""
    op = target[0]
    if op == "name":
        names.add(target[2])
    elif op in ("tuple", "list"):
        for element in target[2]:
            target_names(element, names)
    elif op == "star":
        target_names(target[2], names)


def blocks(statement: ir.Node) -> Iterator[ir.Body]:
    """The blocks of a compound statement, except those of `def` and `class`."""
    op = statement[0]
    if op in ("if", "while"):
        yield statement[3]
        yield statement[4]
    elif op == "for":
        yield statement[4]
        yield statement[5]
    elif op == "with":
        yield statement[3]
    elif op == "try":
        yield statement[2]
        for _, _, body in statement[3]:
            yield body
        yield statement[4]
        yield statement[5]
    elif op == "match":
        for _, _, body in statement[3]:
            yield body


def bound_names(body: ir.Body) -> set[str]:
    """The names that running statements binds, those of nested blocks too."""
    names: set[str] = set()
    _bound(body, names, set(), set())
    return names


def _bound(body: ir.Body, names: set[str], declared: set[str], outer: set[str]) -> None:
    stack: list[ir.Node] = list(body)
    while stack:
        node = stack.pop()
        op = node[0]
        if op in ("def", "class"):
            names.add(node[2])
        elif op == "assign":
            for target in node[2]:
                target_names(target, names)
        elif op in ("ann", "for"):
            target_names(node[2], names)
        elif op == "aug":
            target_names(node[3], names)
        elif op == "with":
            for _, target in node[2]:
                if target is not None:
                    target_names(target, names)
        elif op == "try":
            names.update(name for _, name, _ in node[3] if name)
        elif op == "import":
            names.update(bound or name.partition(".")[0] for name, bound in node[2])
        elif op == "from" and node[4] != "*":
            names.update(bound or name for name, bound in node[4])
        elif op == "global":
            declared.update(node[2])
        elif op == "nonlocal":
            outer.update(node[2])
        elif op == "match":
            for pattern, _, _ in node[3]:
                names.update(inner[3] for inner in ir.walk(pattern) if inner[0] == "pas" and inner[3])
        for block in blocks(node):
            stack.extend(block)
