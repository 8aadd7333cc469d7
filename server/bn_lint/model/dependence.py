"""Which pieces of code can notice that another piece has changed.

By names, so too often rather than too seldom: a piece notices a change of whatever has a name that it mentions. In
another file it has to mention it by an import, as an attribute or in a string.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bn_lint.model.scopes import bound_names
from bn_lint.source import ir
from bn_lint.source.tree import Fragment, Piece

_FUNCTIONS = ("def", "lambda")
_STAR = "*"
_IMPORTS_ALL = re.compile(r"import[\s\\]*\*")
# Up to so many names are first looked for in the text: most have none of them.
_FEW = 8


@dataclass(frozen=True)
class Mentions:
    """The names that code mentions, and those among them that may be another file's."""

    all: frozenset[str]
    foreign: frozenset[str]


@dataclass(frozen=True)
class Names:
    """The names in a fragment: those it binds or changes, those it mentions, those it reads when imported."""

    provides: frozenset[str]
    mentions: Mentions
    on_import: Mentions


def names_in(fragment: Fragment) -> Names:
    """The names in a fragment, kept with it."""
    cached: Names | None = fragment.__dict__.get("_names")
    if cached is None:
        mentions = on_import = _mentions(fragment.body, lambda node: False)
        if fragment.nodes(*_FUNCTIONS):
            on_import = _mentions(fragment.body, lambda node: node[0] in _FUNCTIONS)
        cached = fragment.__dict__["_names"] = Names(frozenset(_provided(fragment.body)), mentions, on_import)
    return cached


def only_defines(fragment: Fragment) -> bool:
    """Whether a fragment is functions and classes only."""
    return all(statement[0] in ("def", "class") for statement in fragment.body)


def affected(changed: Iterable[Piece], loaded: Iterable[Piece]) -> set[Piece]:
    """The pieces among `loaded` that can notice a change of what others bind; the changed ones are in it."""
    found = set(changed)
    news: dict[Path, set[str]] = defaultdict(set)
    anywhere: set[str] = set()

    def publish(pieces: Iterable[Piece]) -> bool:
        """Whether these bind names that were not known to have changed."""
        size = sum(map(len, news.values()))
        for piece in pieces:
            provides = names_in(piece.fragment).provides
            news[piece.file.path] |= provides
            anywhere.update(provides)
        return sum(map(len, news.values())) > size

    if not publish(found):
        return found
    everything = list(loaded)
    starred = {
        piece.file.path
        for piece in everything
        if _IMPORTS_ALL.search(piece.fragment.text) and _STAR in names_in(piece.fragment).on_import.foreign
    }

    def notices(piece: Piece, which: Callable[[Names], Mentions]) -> bool:
        if len(anywhere) <= _FEW and not any(name in piece.fragment.text for name in anywhere):
            return False
        path = piece.file.path
        mentions = which(names_in(piece.fragment))
        foreign = mentions.all if path in starred else mentions.foreign
        return not (foreign.isdisjoint(anywhere) and mentions.all.isdisjoint(news[path]))

    while publish(piece for piece in everything if notices(piece, lambda names: names.on_import)):
        pass
    return found | {piece for piece in everything if notices(piece, lambda names: names.mentions)}


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


def _mentions(body: ir.Body, closed: Callable[[ir.Node], bool]) -> Mentions:
    own: set[str] = set()
    foreign: set[str] = set()
    stack: list[ir.Node] = list(body)
    while stack:
        node = stack.pop()
        op = node[0]
        if op == "name":
            own.add(node[2])
        elif op == "attr":
            foreign.add(node[3])
        elif op == "const":
            if node[2].__class__ is str and node[2].isidentifier():
                foreign.add(node[2])  # getattr(models, "resnet18")
        elif op == "import":
            for name, _ in node[2]:
                foreign.update(name.split("."))
        elif op == "from":
            foreign.update([_STAR] if node[4] == _STAR else [name for name, _ in node[4]])
        if closed(node):
            # What a function reads, it reads when it is called; its defaults and decorators at once.
            stack.extend(_at_definition(node))
        else:
            stack.extend(ir.children(node))
    return Mentions(frozenset(own | foreign), frozenset(foreign))


def _at_definition(node: ir.Node) -> list[ir.Node]:
    parameters: tuple[Any, ...] = node[3] if node[0] == "def" else node[2]
    found: list[ir.Node] = [parameter[2] for parameter in parameters if parameter[2] is not None]
    if node[0] == "def":
        found += node[5]
    return found
