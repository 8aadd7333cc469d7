"""Which pieces of code can notice that another piece has changed.

By names, so too often rather than too seldom: a piece notices a change of whatever has a name that it mentions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bn_lint.model.scopes import bound_names
from bn_lint.source import ir
from bn_lint.source.tree import Fragment, Piece

_FUNCTIONS = ("def", "lambda")


@dataclass(frozen=True)
class Names:
    """The names in a fragment: those it binds or changes, those it mentions, those it reads when imported."""

    provides: frozenset[str]
    mentions: frozenset[str]
    on_import: frozenset[str]


def names_in(fragment: Fragment) -> Names:
    """The names in a fragment, kept with it."""
    cached: Names | None = fragment.__dict__.get("_names")
    if cached is None:
        cached = fragment.__dict__["_names"] = Names(
            frozenset(_provided(fragment.body)),
            frozenset(_mentioned(fragment.body, lambda node: False)),
            frozenset(_mentioned(fragment.body, lambda node: node[0] in _FUNCTIONS)),
        )
    return cached


def only_defines(fragment: Fragment) -> bool:
    """Whether a fragment is functions and classes only."""
    return all(statement[0] in ("def", "class") for statement in fragment.body)


def affected(changed: Iterable[Piece], loaded: Iterable[Piece]) -> set[Piece]:
    """The pieces among `loaded` that can notice a change of what others bind; the changed ones are in it."""
    found = set(changed)
    news = {name for piece in found for name in names_in(piece.fragment).provides}
    if not news:
        return found
    everything = list(loaded)
    while True:
        more = {
            name
            for piece in everything
            if not names_in(piece.fragment).on_import.isdisjoint(news)
            for name in names_in(piece.fragment).provides
        }
        if more <= news:
            break
        news |= more
    return found | {piece for piece in everything if not names_in(piece.fragment).mentions.isdisjoint(news)}


def _provided(body: ir.Body) -> set[str]:
    found = bound_names(body)
    for statement in body:
        if statement[0] in ("def", "class", "import", "from"):
            continue
        for node in ir.walk(statement):
            # table["x"] = ..., module.name = ..., names.append(...): the root is another thing afterwards.
            if node[0] in ("sub", "attr"):
                root = ir.dotted_name(node[2])
                if root is not None:
                    found.add(root.partition(".")[0])
    return found


def _mentioned(body: ir.Body, closed: Callable[[ir.Node], bool]) -> Iterator[str]:
    stack: list[ir.Node] = list(body)
    while stack:
        node = stack.pop()
        op = node[0]
        if op == "name":
            yield node[2]
        elif op == "attr":
            yield node[3]
        elif op == "const":
            if node[2].__class__ is str and node[2].isidentifier():
                yield node[2]  # getattr(models, "resnet18")
        elif op == "import":
            for name, _ in node[2]:
                yield from name.split(".")
        elif op == "from":
            if node[4] == "*":
                yield "*"
            else:
                yield from (name for name, _ in node[4])
        if closed(node):
            # What a function reads, it reads when it is called; its defaults and decorators at once.
            stack.extend(_at_definition(node))
        else:
            stack.extend(ir.children(node))


def _at_definition(node: ir.Node) -> list[ir.Node]:
    parameters: tuple[Any, ...] = node[3] if node[0] == "def" else node[2]
    found: list[ir.Node] = [parameter[2] for parameter in parameters if parameter[2] is not None]
    if node[0] == "def":
        found += node[5]
    return found
