"""Ways into a class or function from where code calls it with arguments that are written out.

`net = Net(10, width=64)` in the middle of a training function says how the class is meant to be built; so does a row
`"net18": {"class": Net, "params": {"width": 64}}` of a table of models, and so do the keys of the table that a
constructor looks its argument up in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bn_lint.model.calls as calls
from bn_lint.model.compiler import expression
from bn_lint.model.entries import Candidate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import Entry
from bn_lint.model.frame import Frame, ModuleScope
from bn_lint.model.scopes import Scope, function_scope, target_names
from bn_lint.model.values import Class, Function, Value
from bn_lint.source import ir
from bn_lint.source.tree import Node

_MAX_TEXT = 60


def of_names(ev: Evaluator, scope: ModuleScope, names: set[str]) -> Iterator[Candidate]:
    """The calls in a file, of what has one of these names, that depend on nothing but the file's own globals."""
    assert scope.file is not None
    seen: set[str] = set()
    for piece in scope.file.pieces:
        for call in _closed_calls(piece.fragment.body, frozenset(), names):
            place = Node(piece, call[1])
            shown = _shown(call)
            if shown in seen:
                continue
            seen.add(shown)
            evaluate = expression(call, Scope("module", set(), None, set()))

            def start(f: Frame, evaluate: Any = evaluate) -> Value:
                f.vars = scope.vars
                return evaluate(f)

            yield Candidate(Entry(shown, place), start, scope, place, call)


def _closed_calls(item: Any, bound: frozenset[str], names: set[str]) -> Iterator[ir.Node]:
    """The calls below, outside functions as well as inside, that no local name comes into."""
    if item.__class__ is not tuple:
        return
    if not ir.is_node(item):
        for part in item:
            yield from _closed_calls(part, bound, names)
        return
    op = item[0]
    if op == "def":
        bound |= function_scope(item[3], item[4], item[8], None).names
    elif op == "lambda":
        bound |= {parameter[1] for parameter in item[2]}
    elif op == "comp":
        targets: set[str] = set()
        for target, _, _ in item[5]:
            target_names(target, targets)
        bound |= targets
    elif op == "call" and (item[3] or item[4]):
        last = (ir.dotted_name(item[2]) or "").rpartition(".")[2]
        used = {node[2] for node in ir.walk(item) if node[0] == "name"}
        if last in names and not used & bound:
            yield item
    for part in item[2:]:
        yield from _closed_calls(part, bound, names)


def _shown(call: ir.Node) -> str:
    parts = [_text(arg) for arg in call[3]] + [f"{name or '**'}={_text(value)}" for name, value in call[4]]
    text = f"{(ir.dotted_name(call[2]) or '').rpartition('.')[2]}({', '.join(parts)})"
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}...)"


def _text(node: ir.Node) -> str:
    if node[0] == "const":
        return repr(node[2])
    if node[0] in ("list", "tuple"):
        inner = ", ".join(_text(element) for element in node[2])
        return f"[{inner}]" if node[0] == "list" else f"({inner})"
    return ir.dotted_name(node) or "..."


def of_tables(ev: Evaluator, scope: ModuleScope, names: set[str]) -> Iterator[Candidate]:
    """The rows of tables at the top of a file that name a class or function together with its arguments."""
    assert scope.file is not None
    for piece in scope.file.pieces:
        for statement in piece.fragment.body:
            if statement[0] not in ("assign", "ann"):
                continue
            target = statement[2][0] if statement[0] == "assign" else statement[2]
            table = statement[3] if statement[0] == "assign" else statement[4]
            if target[0] != "name" or table is None or table[0] != "dict":
                continue
            if not any(node[0] == "name" and node[2] in names for node in ir.walk(table)):
                continue
            values = scope.vars.get(target[2])
            for key, row in table[2]:
                if key is not None and key[0] == "const" and isinstance(values, dict):
                    made = _row(values.get(key[2]))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
                    if made is not None:
                        entry = Entry(f"{target[2]}[{key[2]!r}]", Node(piece, statement[1]))
                        yield Candidate(entry, made, scope, Node(piece, row[1]), row)


def _row(row: Value) -> Any:
    """A call of the one class or function in a row with the one dict of arguments in it; None for other rows."""
    if not isinstance(row, dict):
        return None
    items: list[Value] = list(row.values())  # pyright: ignore[reportUnknownArgumentType]
    made: list[Class | Function] = [item for item in items if isinstance(item, Class | Function)]
    if len(made) != 1:
        return None
    known = _parameters(made[0])
    fitting: list[dict[str, Value]] = [item for item in items if _fits(item, known)]
    if len(fitting) != 1:
        return None

    def start(f: Frame) -> Value:
        return calls.call(f, made[0], [], dict(fitting[0]))

    return start


def _fits(item: Value, known: set[str] | None) -> bool:
    """Whether a value is a dict of keyword arguments with these names."""
    if not isinstance(item, dict):
        return False
    return all(isinstance(key, str) and (known is None or key in known) for key in item)  # pyright: ignore[reportUnknownVariableType]


def _parameters(function: Class | Function) -> set[str] | None:
    """The names that may be given as keywords; None where any may."""
    init = function.lookup("__init__") if isinstance(function, Class) else function
    if not isinstance(init, Function) or any(p[0] == "kwarg" for p in init.code.parameters):
        return None
    return {p[1] for p in init.code.parameters}


def keys(scope: ModuleScope, parameter: str, body: ir.Body) -> list[str]:
    """The keys that a required parameter can have, where a function looks it up in a table of the file."""
    for node in ir.walk(body):
        if node[0] == "sub" and node[3][0] == "name" and node[3][2] == parameter and node[2][0] == "name":
            table = scope.vars.get(node[2][2])
            if isinstance(table, dict) and table and all(isinstance(key, str) for key in table):  # pyright: ignore[reportUnknownVariableType]
                return list(table)  # pyright: ignore[reportUnknownArgumentType]
    return []
