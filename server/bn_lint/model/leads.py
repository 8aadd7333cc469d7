"""What leads to a layer that no entry has reached yet: names, and strings that stand for names.

`build("se")` leads to SqueezeExcite where `if kind == "se": return SqueezeExcite(...)` stands in a builder, and so does
each row of a table that says `attention="se"`, and each factory that asks for that row. Nothing is concluded from
this: it only says which of many entries to try first.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from bn_lint.source import ir
from bn_lint.source.tree import Node, SourceFile

# What a step costs, and how little is not followed any further.
_STEP, _LEAST = 0.9, 1e-3
_MAX_STRING = 200
_WORD = re.compile(r"\w+")
_IDLE = frozenset({"self", "cls", "super", "None", "isinstance", "len", "int", "range", "str", "getattr"})
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Unit:
    """A definition or the row of a table: its names, and each word in it with the words on which it depends there."""

    names: tuple[str, ...]
    mentions: Mapping[str, frozenset[str]]

    def among(self, words: Set[str]) -> dict[str, frozenset[str]]:
        """What it mentions of some words."""
        return {word: guards for word, guards in self.mentions.items() if word in words}


class Map:
    """Which words lead where, through the units of some files."""

    def __init__(self, *files: SourceFile) -> None:
        self._users: dict[str, list[Unit]] = defaultdict(list)
        # All words that were found to lead anywhere that was asked for.
        self.leading: set[str] = set()
        for file in files:
            self.add(file)

    def add(self, file: SourceFile) -> None:
        for unit in units(file):
            for word in unit.mentions:
                self._users[word].append(unit)

    def to(self, names: Iterable[str]) -> dict[str, float]:
        """How directly each word leads to these names, from 0 to 1.

        A word that many units mention leads nowhere in particular.
        """
        found = dict.fromkeys(names, 1.0)
        waiting = [(-weight, word) for word, weight in found.items()]
        heapq.heapify(waiting)
        while waiting:
            weight, word = heapq.heappop(waiting)
            users = self._users.get(word, ())
            share = -weight * _STEP / max(len(users), 1)
            if -weight < found[word] or share < _LEAST:
                continue
            for unit in users:
                for each in (*unit.names, *unit.mentions[word]):
                    if share > found.get(each, 0.0):
                        found[each] = share
                        heapq.heappush(waiting, (-share, each))
        self.leading.update(found)
        return found


def units(file: SourceFile) -> Iterator[Unit]:
    """The definitions at the top of a file, the tables there, and their rows."""
    for piece in file.pieces:
        for statement in piece.fragment.body:
            yield from piece.fragment.once("units", statement[1], lambda s=statement: list(_units(s)))


def _units(statement: ir.Node) -> Iterator[Unit]:
    op = statement[0]
    if op in ("def", "class"):
        decorators = statement[5] if op == "def" else statement[6]
        strings = tuple(node[2] for node in ir.walk(decorators) if node[0] == "const" and isinstance(node[2], str))
        yield Unit((statement[2], *strings), _mentions(statement))
    elif op in ("assign", "ann"):
        targets = statement[2] if op == "assign" else (statement[2],)
        value = statement[3] if op == "assign" else statement[4]
        if value is None:
            return
        names = tuple(name for target in targets for name in _names(target))
        yield Unit(names, _mentions(value))
        for key, row in _rows(value):
            yield Unit((key,), _mentions(row))
    elif op == "expr" and statement[2][0] == "call":  # REGISTRY.register("se", SqueezeExcite)
        strings = tuple(arg[2] for arg in statement[2][3] if arg[0] == "const" and isinstance(arg[2], str))
        if strings:
            yield Unit(strings, _mentions(statement[2]))


def _names(target: ir.Node) -> Iterator[str]:
    if target[0] == "name":
        yield target[2]
    elif target[0] == "sub" and target[3][0] == "const" and isinstance(target[3][2], str):
        yield target[3][2]


def _rows(value: ir.Node) -> Iterator[tuple[str, ir.Node]]:
    """The rows of a table: of a dict display, of `dict(...)`, or of one that is handed to a function."""
    if value[0] == "dict":
        for key, row in value[2]:
            if key is not None and key[0] == "const" and isinstance(key[2], str):
                yield key[2], row
    elif value[0] == "call":
        if value[2][0] == "name" and value[2][2] == "dict":
            yield from ((name, row) for name, row in value[4] if name is not None)
        for arg in value[3]:
            yield from _rows(arg)


def _mentions(node: Any) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    _collect(node, _NOTHING, found)
    return found


def _collect(item: Any, guards: frozenset[str], found: dict[str, frozenset[str]]) -> None:
    if item.__class__ is not tuple:
        return
    if not ir.is_node(item):
        for part in item:
            _collect(part, guards, found)
        return
    op = item[0]
    for word in _words(item):
        found[word] = found.get(word, _NOTHING) | guards
    if op in ("if", "ifexp"):
        _collect(item[2], guards, found)
        names, strings = _tested(item[2])
        _collect(item[3], guards | names | strings, found)
        _collect(item[4], guards | names, found)
    elif op == "dict":
        for key, value in item[2]:
            _collect(key, guards, found)
            _collect(value, guards | frozenset(() if key is None else _words(key)), found)
    elif op == "call":
        table = item[2][0] == "name" and item[2][2] == "dict"
        _collect(item[2:4], guards, found)
        for name, value in item[4]:
            if name is not None and not (value[0] == "const" and not value[2]):
                found[name] = found.get(name, _NOTHING) | guards
            _collect(value, guards | {name} if table and name is not None else guards, found)
    elif op == "expr" and item[2][0] == "const":
        pass  # a docstring
    else:
        for part in item[2:]:
            _collect(part, guards, found)


def _tested(condition: ir.Node) -> tuple[frozenset[str], frozenset[str]]:
    """The words in the names of a condition, and those in its strings."""
    parts = [node for node in ir.walk(condition) if node[0] in ("name", "attr", "const")]
    names = frozenset(word for node in parts if node[0] != "const" for word in _words(node))
    return names, frozenset(word for node in parts if node[0] == "const" for word in _words(node))


def conditions(node: Node, definition: ir.Node) -> dict[int, frozenset[str]]:
    """The words of the conditions under which each call in a definition, at `node`, is made, by the call's number."""

    def of_calls() -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        _conditions(definition, _NOTHING, found)
        return found

    return node.piece.fragment.once("conditions", node.number, of_calls)


def _conditions(item: Any, guards: frozenset[str], found: dict[int, frozenset[str]]) -> None:
    if item.__class__ is not tuple:
        return
    if ir.is_node(item) and item[0] == "call":
        found[item[1]] = guards
    if ir.is_node(item) and item[0] in ("if", "ifexp"):
        _conditions(item[2], guards, found)
        _conditions(item[3], guards.union(*_tested(item[2])), found)
        _conditions(item[4], guards, found)
    else:
        for part in item:
            _conditions(part, guards, found)


def _words(node: ir.Node) -> Iterator[str]:
    """The words in a name, an attribute, or a string: the string, its words, and what `_` separates in them."""
    if node[0] in ("name", "attr"):
        name: str = node[2] if node[0] == "name" else node[3]
        if name not in _IDLE:
            yield name
    elif node[0] == "const" and isinstance(node[2], str) and len(node[2]) <= _MAX_STRING:
        yield node[2]
        for word in _WORD.findall(node[2]):
            yield word
            yield from (part for part in word.split("_") if len(part) > 1 and part != word)
