"""Ways into a class or function from where code calls it with arguments that are written out.

`net = Net(10, width=64)` in the middle of a training function says how the class is meant to be built; so does a row
`"net18": {"class": Net, "params": {"width": 64}}` of a table of models, and so do the keys of the table that a
constructor looks its argument up in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import bn_lint.model.calls as calls
from bn_lint.model.compiler import expression
from bn_lint.model.entries import Candidate, Parameter, optional, symbolic
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import Entry
from bn_lint.model.frame import Frame, ModuleScope
from bn_lint.model.scopes import Scope, function_scope, target_names
from bn_lint.model.values import Bound, Class, ClassMethod, Function, Unknown, Value
from bn_lint.source import ir
from bn_lint.source.tree import Node

_MAX_TEXT = 60
# How the arguments in a row of a table of models are called.
_ARGUMENTS = re.compile(r"param|arg|kw|cfg|config|init")
# So many of the keys of a table are tried: those whose rows name something new.
_MAX_KEYS = 8
# How code says that it wants BatchNorm.
_BATCH_NORM = re.compile(r"(?i)(batch(_?norm)?|bn)(_?[123]d)?$")


def of_names(ev: Evaluator, scope: ModuleScope, names: set[str]) -> Iterator[Candidate]:
    """The calls in a file, of what has one of these names, that depend on nothing but the file's own globals."""
    assert scope.file is not None
    seen: set[str] = set()
    for piece in scope.file.pieces:
        fragment = piece.fragment
        for name, call in fragment.once("closed calls", 0, lambda body=fragment.body: list(_closed_calls(body))):
            if name not in names:
                continue
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


def _closed_calls(item: Any, bound: frozenset[str] = frozenset()) -> Iterator[tuple[str, ir.Node]]:
    """The calls below, outside functions as well as inside, that no local name comes into; by what is called."""
    if item.__class__ is not tuple:
        return
    if not ir.is_node(item):
        for part in item:
            yield from _closed_calls(part, bound)
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
        if last and bound.isdisjoint(node[2] for node in ir.walk(item) if node[0] == "name"):
            yield last, item
    for part in item[2:]:
        yield from _closed_calls(part, bound)


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
    named: list[tuple[Value, Value]] = list(row.items())  # pyright: ignore[reportUnknownArgumentType]
    items = [item for _, item in named]
    made: list[Class | Function] = [item for item in items if isinstance(item, Class | Function)]
    if len(made) != 1:
        return None
    known = _parameters(made[0])
    fitting: list[dict[str, Value]] = [item for item in items if _fits(item, known)]
    if len(fitting) > 1:
        fitting = [item for name, item in named if _ARGUMENTS.search(str(name)) and _fits(item, known)]
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


@dataclass(frozen=True)
class _Callee:
    """What an entry calls, with the parameters that a call gives."""

    name: str
    value: Value
    parameters: list[Parameter]

    def required(self, but: str = "") -> dict[str, Value]:
        return {p[1]: symbolic(p) for p in self.parameters if not optional(p) and p[1] != but}

    def given(self, candidate: Candidate, text: str, arguments: dict[str, Value], *, symbolic: bool) -> Candidate:
        """An entry that calls it with other arguments."""
        entry = Entry(f"{self.name}{text}", candidate.node, symbolic=symbolic)
        start = partial(_call, self.value, arguments)
        return replace(candidate, entry=entry, start=start, siblings=())


def _call(value: Value, arguments: dict[str, Value], f: Frame) -> Value:
    return calls.call(f, value, [], dict(arguments))


def _callee(ev: Evaluator, candidate: Candidate) -> _Callee | None:
    name: str = candidate.definition[2]
    value = ev.module_attribute(candidate.scope, name)
    if isinstance(value, Function):
        return _Callee(name, value, value.code.parameters)
    if not isinstance(value, Class):
        return None
    if candidate.method:
        found = value.members.get(candidate.method)
        function, name = found.function if isinstance(found, ClassMethod) else None, f"{name}.{candidate.method}"
        called = Bound(function, value)
    else:
        function, called = value.lookup("__init__"), value
    return _Callee(name, called, function.code.parameters[1:]) if isinstance(function, Function) else None


def by_keys(ev: Evaluator, candidate: Candidate, consulted: dict[str, dict[Any, Value]]) -> Iterator[Candidate]:
    """A class built with each key of the tables that its parameters were looked up in.

    `consulted` are the tables by the name of the parameter, as a run with that parameter unknown has met them.
    """
    callee = _callee(ev, candidate)
    if callee is None:
        return
    for _, name, _, _ in callee.parameters:
        for key in _novel_keys(consulted.get(name, {})):
            required = callee.required(but=name)
            others = ", ".join((*required, *(f"{flag}={value!r}" for flag, value in candidate.flags)))
            given = {**required, name: key, **dict(candidate.flags)}
            yield callee.given(candidate, f"({others}) with {name}={key!r}", given, symbolic=bool(required))


def by_flags(ev: Evaluator, candidate: Candidate, words: Set[str]) -> Iterator[Candidate]:
    """A class or function called with each of its flags that is among some words as it is not by default.

    `norm="none"` is a flag too, where "bn" or the like is among the words.
    """
    callee = _callee(ev, candidate)
    if callee is None:
        return
    for _, flag, default, _ in callee.parameters:
        for option in _options(default, words) if flag in words else ():
            required = callee.required()
            text = ", ".join((*required, f"{flag}={option!r}"))
            flagged = callee.given(candidate, f"({text})", {**required, flag: option}, symbolic=bool(required))
            yield replace(flagged, flags=((flag, option),))


def _options(default: ir.Node | None, words: Set[str]) -> list[Value]:
    """What a flag with this default may be besides."""
    if default is None or default[0] != "const":
        return []
    if default[2].__class__ is bool:
        return [not default[2]]
    if default[2] is None or default[2].__class__ is str:
        return sorted(word for word in words if _BATCH_NORM.match(word) and word != default[2])
    return []


def by_methods(ev: Evaluator, candidate: Candidate) -> Iterator[Candidate]:
    """A class built by each of its own class methods: `EfficientNet.from_name(name)`."""
    cls = ev.module_attribute(candidate.scope, candidate.definition[2])
    for name, member in cls.members.items() if isinstance(cls, Class) else ():
        if isinstance(member, ClassMethod) and not name.startswith("_"):
            method = replace(candidate, method=name)
            callee = _callee(ev, method)
            if callee is not None:
                required = callee.required()
                yield callee.given(method, f"({', '.join(required)})", required, symbolic=bool(required))


def probe(ev: Evaluator, candidate: Candidate) -> Candidate | None:
    """A class built with its defaults, but that every string among them is unknown; None where there is none."""
    callee = _callee(ev, candidate)
    if callee is None:
        return None
    given: dict[str, Value] = {
        name: Unknown(name)
        for _, name, default, _ in callee.parameters
        if default is not None and default[0] == "const" and isinstance(default[2], str)
    }
    if not given:
        return None
    return callee.given(candidate, f"() with any {', '.join(given)}", given, symbolic=True)


def _novel_keys(table: dict[Any, Value]) -> list[Any]:
    """The keys whose rows name a class or function that no earlier row names; all, where no row names any."""
    seen: set[int] = set()
    found: list[Any] = []
    for key, row in table.items():
        parts = {id(part) for part in _parts(row)}
        if not parts or parts - seen:
            found.append(key)
            seen |= parts
    return found[:_MAX_KEYS]


def _parts(row: Value) -> Iterator[Value]:
    items: list[Value] = [row]
    if isinstance(row, dict | list | tuple):
        items = list(row.values() if isinstance(row, dict) else row)  # pyright: ignore[reportUnknownArgumentType]
    for item in items:
        if isinstance(item, Class | Function):
            yield item
        elif isinstance(item, dict) and item is not row:
            yield from _parts(item)
