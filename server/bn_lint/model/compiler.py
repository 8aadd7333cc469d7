"""Turn the IR into Python closures, once per piece of code; running a closure evaluates the code abstractly.

An expression becomes `f(frame) -> value`, a statement `f(frame) -> signal`. Compiling first and running often is
several times faster than walking the tree each time: a constructor runs once per layer of a model.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
import bn_lint.model.classes as classes
import bn_lint.model.initialising as initialising
import bn_lint.model.iteration as iteration
import bn_lint.model.operators as operators
from bn_lint.model import inert
from bn_lint.model.formatting import format_value
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.imports import import_star, importable
from bn_lint.model.repeats import CHANGEABLE
from bn_lint.model.scopes import Scope, bound_names, function_scope, target_names
from bn_lint.model.values import MISSING, OPEN, OPEN_KEYWORDS, UNKNOWN, Function, Lazy, Object, Tensor, Unknown, Value
from bn_lint.source import ir
from bn_lint.source.tree import Fragment

Expression: TypeAlias = Callable[[Frame], Value]
Statement: TypeAlias = Callable[[Frame], int]

NORMAL, BREAK, CONTINUE, RETURN = range(4)

# More rounds than this are not a model's layers any more.
_MAX_ROUNDS = 1024
# A loop that only does arithmetic may cost this much fuel; then its results are taken as unknown.
_MAX_ARITHMETIC = 500
_MAX = operators.MAX_NUMBER


class Code:
    """The code of one function: parameters, and a body that is compiled when it is first called."""

    __slots__ = (
        "_body",
        "_needs",
        "generator",
        "ir_body",
        "name",
        "node",
        "number",
        "parameters",
        "scope",
    )

    def __init__(self, node: ir.Node, parent: Scope | None) -> None:
        self.node = node
        self.number: int = node[1]
        self._body: Statement | None = None
        self._needs: inert.Needs | Value | None = MISSING
        if node[0] == "lambda":
            self.name = "<lambda>"
            self.parameters = node[2]
            self.ir_body: ir.Body = (("return", node[1], node[3]),)
            self.generator = False
            walrus = tuple(inner[2] for inner in ir.walk(node[3]) if inner[0] == "walrus")
        else:
            self.name = node[2]
            self.parameters = node[3]
            self.ir_body = node[4]
            self.generator = node[7]
            walrus = node[8]
        self.scope = function_scope(self.parameters, self.ir_body, walrus, parent)

    @property
    def body(self) -> Statement:
        if self._body is None:
            self._body = block(self.ir_body, self.scope)
        return self._body

    @property
    def needs(self) -> inert.Needs | None:
        """What it needs to only initialise parameters; None where it does more, whatever it is given."""
        if self._needs is MISSING:
            self._needs = inert.needs(self.ir_body, {parameter[1] for parameter in self.parameters})
        return self._needs


def compiled(fragment: Fragment) -> tuple[Statement, list[Code]]:
    """A fragment's statements and the code of its functions that are in no other one, kept with it."""

    def compile_() -> tuple[Statement, list[Code]]:
        scope = Scope("module", set(), None, set())
        scope.codes = codes = list[Code]()
        return block(fragment.body, scope), codes

    return fragment.once("compiled", 0, compile_)


# ---- statements


def block(body: ir.Body, scope: Scope) -> Statement:
    """Compile statements that run one after the other."""
    steps = [_STATEMENTS[node[0]](node, scope) for node in body if node[0] != "pass"]
    if len(steps) == 1:
        return steps[0]

    def run(f: Frame) -> int:
        for step in steps:
            signal = step(f)
            if signal:
                return signal
        return NORMAL

    return run


def _expr(node: ir.Node, scope: Scope) -> Statement:
    value = expression(node[2], scope)

    def run(f: Frame) -> int:
        value(f)
        return NORMAL

    return run


def _assign(node: ir.Node, scope: Scope) -> Statement:
    number = node[1]
    value = expression(node[3], scope)
    stores = [_target(target, scope) for target in node[2]]
    if len(stores) == 1:
        store = stores[0]

        def run(f: Frame) -> int:
            result = value(f)
            store(f, result)
            if result.__class__ is Tensor:
                f.ev.shaped(f, number, result)
            return NORMAL

        return run

    def run_all(f: Frame) -> int:
        result = value(f)
        for each in stores:
            each(f, result)
        return NORMAL

    return run_all


def _ann(node: ir.Node, scope: Scope) -> Statement:
    if node[4] is None:
        name = node[2][2] if node[2][0] == "name" else None
        annotation = node[3]

        def declare(f: Frame) -> int:
            # Only a class body remembers bare annotations: dataclasses and NamedTuples are made of them.
            if name is not None and f.function is classes.CLASS_BODY:
                f.vars.setdefault(classes.ANNOTATIONS, {})[name] = annotation
            return NORMAL

        return declare
    assign = _assign(("assign", node[1], (node[2],), node[4]), scope)
    name = node[2][2] if node[2][0] == "name" else None
    annotation = node[3]

    def run(f: Frame) -> int:
        if name is not None and f.function is classes.CLASS_BODY:
            f.vars.setdefault(classes.ANNOTATIONS, {})[name] = annotation
        return assign(f)

    return run


def _aug(node: ir.Node, scope: Scope) -> Statement:
    number, operator, target = node[1], node[2], node[3]
    value = expression(node[4], scope)
    if target[0] == "name":
        load, store = _load(target, scope), _store_name(target[2], scope)

        def run(f: Frame) -> int:
            old = load(f)
            new = value(f)
            f.at = number
            result = operators.in_place(f, operator, old, new)
            store(f, result)
            if result.__class__ is Tensor:
                f.ev.shaped(f, number, result)
            return NORMAL

        return run
    if target[0] == "attr":
        owner, name = expression(target[2], scope), target[3]

        def run_attr(f: Frame) -> int:
            obj = owner(f)
            f.at = number
            old = attributes.get(f, obj, name)
            new = operators.in_place(f, operator, old, value(f))
            attributes.set_(f, obj, name, new)
            return NORMAL

        return run_attr
    owner, index = expression(target[2], scope), expression(target[3], scope)

    def run_item(f: Frame) -> int:
        obj, key = owner(f), index(f)
        f.at = number
        old = operators.get_item(f, obj, key)
        operators.set_item(f, obj, key, operators.in_place(f, operator, old, value(f)))
        return NORMAL

    return run_item


def _demanded(test: ir.Node, scope: Scope) -> Callable[[Frame], bool]:
    """Whether a test asks `isinstance(x, list)` or the like of what may be the input of a model.

    Models are run on a tensor of which nothing is known; where the code wants a list of tensors, it stands for one.
    """
    if test[0] != "call" or ir.dotted_name(test[2]) != "isinstance" or not test[3] or test[3][0][0] != "name":
        return lambda f: False
    subject = expression(test[3][0], scope)

    def asks(f: Frame) -> bool:
        value = subject(f)
        return isinstance(value, Tensor) and value.dims is None

    return asks


def _unless(test: Callable[[Frame], bool], body: Statement, orelse: Statement) -> Statement:
    return lambda f: orelse(f) if test(f) else body(f)


def _if(node: ir.Node, scope: Scope) -> Statement:
    number = node[1]
    # Where one side only raises, an unknown condition is first taken to go the other way.
    likely = not (_gives_up(node[3]) and not _gives_up(node[4]))
    test = expression(node[2], scope) if likely or node[2][0] != "bool" else _bool(node[2], scope, likely=False)
    body, orelse = block(node[3], scope), block(node[4], scope)
    if not likely and node[2][0] == "un":  # if not isinstance(x, list): raise
        body = _unless(_demanded(node[2][3], scope), body, orelse)

    def run(f: Frame) -> int:
        value = test(f)
        if value is True or (value is not False and operators.test(f, value, number, likely)):
            return body(f)
        return orelse(f)

    return run


def _gives_up(body: ir.Body) -> bool:
    """Whether statements end in an error, or in `if raises: raise ...` and else give a verdict."""
    *before, last = body or [("pass",)]
    return last[0] == "raise" or (last[0] == "return" and before[-1:] != [] and _raises_if(before[-1]))


def _raises_if(statement: ir.Node) -> bool:
    return statement[0] == "if" and _gives_up(statement[3])


def _for(node: ir.Node, scope: Scope) -> Statement:
    number = node[1]
    needs = inert.loop(node)
    if needs is not None and needs.nothing:
        # It only initialises parameters: no shape, no mode, no structure depends on it.
        return lambda f: NORMAL
    root = expression(node[3][2][2], scope) if needs is not None and ir.dotted_name(node[3][2]) else None
    iterable = expression(node[3], scope)
    store = _target(node[2], scope)
    body, orelse = block(node[4], scope), block(node[5], scope)
    local, bound = inert.local_effects(node[4]), bound_names(node[4])

    def run(f: Frame) -> int:
        f.at = number
        if root is not None and needs is not None and initialising.loop(f, needs, root(f)):
            return NORMAL
        items = iteration.items(f, iterable(f), number)
        ev = f.ev
        start = ev.fuel
        for item in items[:_MAX_ROUNDS]:
            ev.spend()
            if local is not None and start - ev.fuel > _MAX_ARITHMETIC:
                # A table of numbers, an index of offsets: not worth its price.
                break
            store(f, item)
            signal = body(f)
            if signal:
                if signal == BREAK:
                    return NORMAL
                if signal == RETURN:
                    return RETURN
        else:
            if len(items) <= _MAX_ROUNDS:
                return orelse(f)
        f.vars.update((name, Unknown(name)) for name in (bound if local is None else local))
        return orelse(f)

    return run


def _while(node: ir.Node, scope: Scope) -> Statement:
    number = node[1]
    test = expression(node[2], scope)
    body, orelse = block(node[3], scope), block(node[4], scope)

    def run(f: Frame) -> int:
        for round_ in range(_MAX_ROUNDS):
            f.ev.spend()
            value = test(f)
            known = operators.truth(f, value)
            if known is None:
                # Twice round is enough to see what a loop does; a third time proves nothing new.
                known = round_ < 2 and operators.test(f, value, number, round_ == 0)
            if not known:
                return orelse(f)
            signal = body(f)
            if signal == BREAK:
                return NORMAL
            if signal == RETURN:
                return RETURN
        f.ev.abandon("a loop that does not end")
        return NORMAL

    return run


def _try(node: ir.Node, scope: Scope) -> Statement:
    body = block(node[2], scope)
    handlers = [
        (None if kind is None else expression(kind, scope), name and _unbind(name, scope), block(handler, scope))
        for kind, name, handler in node[3]
    ]
    stores = [None if name is None else _store_name(name, scope) for _, name, _ in node[3]]
    orelse = block(node[4], scope)
    final = block(node[5], scope)
    optional = _optional_imports(node)

    def attempt(f: Frame) -> int:
        try:
            if not all(importable(f, module, level) for module, level in optional):
                raise Raised(ImportError)
            signal = body(f)
        except Raised as raised:
            for (kind, unbind, handler), store in zip(handlers, stores, strict=True):
                if kind is None or classes.catches(f, kind(f), raised.kind):
                    if store is not None:
                        store(f, raised.value if isinstance(raised.value, Object) else f.ev.exception(raised.kind))
                    outer, f.ev.handled = f.ev.handled, raised
                    try:
                        return handler(f)
                    finally:
                        f.ev.handled = outer
                        if unbind:
                            with suppress(Raised):  # the handler may have done it itself
                                unbind(f)
            raise
        return signal or orelse(f)

    if not node[5]:
        return attempt

    def run(f: Frame) -> int:
        try:
            signal = attempt(f)
        except Raised:
            result = f.result
            override = final(f)
            if override:
                return override
            f.result = result
            raise
        result = f.result
        override = final(f)
        if override:
            return override
        f.result = result
        return signal

    return run


def _optional_imports(node: ir.Node) -> list[tuple[str, int]]:
    """The imports that a `try` expects to fail where a package is not installed."""
    names = {ir.dotted_name(kind) for kind, _, _ in node[3] if kind is not None}
    for kind, _, _ in node[3]:
        if kind is not None and kind[0] == "tuple":
            names.update(ir.dotted_name(element) for element in kind[2])
    if not names & {"ImportError", "ModuleNotFoundError", "Exception"} and all(
        kind is not None for kind, _, _ in node[3]
    ):
        return []
    found: list[tuple[str, int]] = []
    for statement in node[2]:
        if statement[0] == "import":
            found += [(name, 0) for name, _ in statement[2]]
        elif statement[0] == "from":
            found.append((statement[3], statement[2]))
    return found


def _with(node: ir.Node, scope: Scope) -> Statement:
    items = [
        (expression(item, scope), None if target is None else _target(target, scope), item[1])
        for item, target in node[2]
    ]
    body = block(node[3], scope)

    def run(f: Frame, index: int = 0) -> int:
        if index == len(items):
            return body(f)
        manager, store, number = items[index]
        value = manager(f)
        f.at = number

        def inner(entered: Value) -> int:
            if store is not None:
                store(f, entered)
            return run(f, index + 1)

        return calls.with_context(f, value, inner)

    return run


def _def(node: ir.Node, scope: Scope) -> Statement:
    make = _function(node, scope)
    decorators = [(expression(decorator, scope), decorator[1]) for decorator in node[5]]
    store = _store_name(node[2], scope)

    def run(f: Frame) -> int:
        applied = [(decorator(f), number) for decorator, number in decorators]
        value = make(f)
        for decorator, number in reversed(applied):
            f.at = number
            value = classes.decorate(f, decorator, value)
        store(f, value)
        return NORMAL

    return run


def _function(node: ir.Node, scope: Scope) -> Expression:
    parent = scope
    while parent.kind == "class" and parent.parent is not None:
        parent = parent.parent
    code = Code(node, None if parent.kind == "module" else parent)
    again = None if parent.codes is None else _found_again(len(parent.codes))
    if parent.codes is not None:
        parent.codes.append(code)
    defaults = [(name, expression(default, scope)) for _, name, default, _ in code.parameters if default is not None]
    name = code.name
    in_class = scope.kind == "class"

    def make(f: Frame) -> Value:
        values = {parameter: default(f) for parameter, default in defaults}
        up = f.up if in_class else f
        if up is not None and up.vars is up.module.vars:
            up = None
        return Function(name, code, f.module, f.piece, up, values, again)

    return make


def _found_again(index: int) -> Callable[[Fragment], Code]:
    return lambda fragment: compiled(fragment)[1][index]


def _class(node: ir.Node, scope: Scope) -> Statement:
    number, name = node[1], node[2]
    parent = scope
    while parent.kind == "class" and parent.parent is not None:
        parent = parent.parent
    inner = Scope("class", set(), parent, set())
    bases = _arguments(node[3], (), scope)
    keywords = [(key, expression(value, scope)) for key, value in node[4]]
    body = block(node[5], inner)
    decorators = [expression(decorator, scope) for decorator in node[6]]
    store = _store_name(name, scope)

    def run(f: Frame) -> int:
        applied = [decorator(f) for decorator in decorators]
        base_values, _ = bases(f)
        options = {key: value(f) for key, value in keywords if key is not None}
        up = f.up if f.function is classes.CLASS_BODY else f
        frame = Frame(f.ev, f.module, f.piece, {}, up, f.caller, classes.CLASS_BODY)
        f.at = number
        body(frame)
        value = classes.make(f, name, base_values, frame.vars, options, number)
        for decorator in reversed(applied):
            f.at = number
            value = classes.decorate(f, decorator, value)
        store(f, value)
        return NORMAL

    return run


def _return(node: ir.Node, scope: Scope) -> Statement:
    if node[2] is None:

        def nothing(f: Frame) -> int:
            f.result = None
            return RETURN

        return nothing
    value = expression(node[2], scope)
    number = node[1]

    def run(f: Frame) -> int:
        result = f.result = value(f)
        if result.__class__ is Tensor:
            f.ev.shaped(f, number, result)
        return RETURN

    return run


def _raise(node: ir.Node, scope: Scope) -> Statement:
    value = None if node[2] is None else expression(node[2], scope)

    def run(f: Frame) -> int:
        if value is None:
            raise f.ev.handled or Raised(RuntimeError)
        raised = value(f)
        raise Raised(classes.exception_class(raised), raised)

    return run


def _assert(node: ir.Node, scope: Scope) -> Statement:
    test = expression(node[2], scope)
    demanded = _demanded(node[2], scope)

    def run(f: Frame) -> int:
        if operators.truth(f, test(f)) is False and not demanded(f):
            raise Raised(AssertionError)
        return NORMAL

    return run


def _del(node: ir.Node, scope: Scope) -> Statement:
    steps: list[Callable[[Frame], None]] = []
    for target in node[2]:
        if target[0] == "name":
            steps.append(_unbind(target[2], scope))
        elif target[0] == "attr":
            owner, attr = expression(target[2], scope), target[3]
            steps.append(lambda f, owner=owner, attr=attr: attributes.delete(f, owner(f), attr))
        elif target[0] == "sub":
            owner, index = expression(target[2], scope), expression(target[3], scope)
            steps.append(lambda f, owner=owner, index=index: operators.delete_item(f, owner(f), index(f)))

    def run(f: Frame) -> int:
        for step in steps:
            step(f)
        return NORMAL

    return run


def _unbind(name: str, scope: Scope) -> Callable[[Frame], None]:
    """del name. In a module, names may have come that we do not see, so an absent one is no error there."""
    hops = 0 if scope.kind in ("module", "class") else scope.hops(name)

    def run(f: Frame) -> None:
        frame: Frame | None = f
        for _ in range(hops or 0):
            frame = frame.up if frame is not None else None
        variables = f.module.vars if hops is None or frame is None else frame.vars
        if name not in variables and variables is not f.module.vars:
            raise Raised(UnboundLocalError if hops == 0 and scope.kind == "function" else NameError)
        f.ev.journal.delete(variables, name)

    return run


def _import(node: ir.Node, scope: Scope) -> Statement:
    steps = [(name, bound, _store_name(bound or name.partition(".")[0], scope)) for name, bound in node[2]]

    def run(f: Frame) -> int:
        for name, bound, store in steps:
            if bound:
                store(f, Lazy(name, 0, None))
            else:
                store(f, Lazy(name.partition(".")[0], 0, None))
        return NORMAL

    return run


def _from(node: ir.Node, scope: Scope) -> Statement:
    level, module, names = node[2], node[3], node[4]
    if names == "*":

        def star(f: Frame) -> int:
            import_star(f, module, level)
            return NORMAL

        return star
    steps = [(name, _store_name(bound or name, scope)) for name, bound in names]

    def run(f: Frame) -> int:
        for name, store in steps:
            store(f, Lazy(module, level, name))
        return NORMAL

    return run


def _match(node: ir.Node, scope: Scope) -> Statement:
    number = node[1]
    subject = expression(node[2], scope)
    cases = [
        (_pattern(pattern, scope), None if guard is None else expression(guard, scope), block(body, scope))
        for pattern, guard, body in node[3]
    ]

    def run(f: Frame) -> int:
        value = subject(f)
        for pattern, guard, body in cases:
            f.at = number
            if pattern(f, value) and (guard is None or operators.test(f, guard(f), number)):
                return body(f)
        return NORMAL

    return run


def _pattern(node: ir.Node, scope: Scope) -> Callable[[Frame, Value], bool]:
    op, number = node[0], node[1]
    if op == "pvalue":
        wanted = expression(node[2], scope)
        return lambda f, value: operators.test(f, operators.compare(f, "==", value, wanted(f)), number)
    if op == "por":
        options = [_pattern(option, scope) for option in node[2]]
        return lambda f, value: any(option(f, value) for option in options)
    if op == "pas":
        inner = None if node[2] is None else _pattern(node[2], scope)
        store = None if node[3] is None else _store_name(node[3], scope)

        def capture(f: Frame, value: Value) -> bool:
            if inner is not None and not inner(f, value):
                return False
            if store is not None:
                store(f, value)
            return True

        return capture
    if op == "pseq":
        elements = [_pattern(element, scope) for element in node[2]]

        def sequence(f: Frame, value: Value) -> bool:
            if isinstance(value, list | tuple):
                return len(value) == len(elements) and all(  # pyright: ignore[reportUnknownArgumentType]
                    element(f, item)
                    for element, item in zip(elements, value, strict=True)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                )
            return operators.test(f, Unknown("match"), number)

        return sequence
    return lambda f, value: operators.test(f, Unknown("match"), number)


def _signal(signal: int) -> Callable[[ir.Node, Scope], Statement]:
    return lambda node, scope: lambda f: signal


def _nothing(node: ir.Node, scope: Scope) -> Statement:
    return lambda f: NORMAL


_STATEMENTS: dict[str, Callable[[ir.Node, Scope], Statement]] = {
    "expr": _expr, "assign": _assign, "ann": _ann, "aug": _aug, "if": _if, "for": _for, "while": _while,
    "try": _try, "with": _with, "def": _def, "class": _class, "return": _return, "raise": _raise,
    "assert": _assert, "del": _del, "import": _import, "from": _from, "match": _match,
    "global": _nothing, "nonlocal": _nothing, "pass": _nothing,
    "break": _signal(BREAK), "continue": _signal(CONTINUE),
}  # fmt: skip


# ---- targets

_Store: TypeAlias = Callable[[Frame, Value], None]


def _target(node: ir.Node, scope: Scope) -> _Store:
    op = node[0]
    if op == "name":
        return _store_name(node[2], scope)
    if op == "attr":
        number, name = node[1], node[3]
        owner = expression(node[2], scope)

        def store_attr(f: Frame, value: Value) -> None:
            obj = owner(f)
            f.at = number
            attributes.set_(f, obj, name, value)

        return store_attr
    if op == "sub":
        number = node[1]
        owner, index = expression(node[2], scope), expression(node[3], scope)

        def store_item(f: Frame, value: Value) -> None:
            obj, key = owner(f), index(f)
            f.at = number
            operators.set_item(f, obj, key, value)

        return store_item
    if op in ("tuple", "list"):
        return _unpack(node, scope)
    return lambda f, value: None


def _unpack(node: ir.Node, scope: Scope) -> _Store:
    number = node[1]
    stores = [_target(element[2] if element[0] == "star" else element, scope) for element in node[2]]
    star = next((i for i, element in enumerate(node[2]) if element[0] == "star"), None)
    count = len(stores)

    def store(f: Frame, value: Value) -> None:
        items = iteration.known_items(f, value, count if star is None else None)
        if items is None:
            for index, each in enumerate(stores):
                each(f, value.part(index) if value.__class__ is Unknown else Unknown("unpacked"))
            return
        if star is not None:
            after = count - star - 1
            if len(items) < count - 1:
                raise Raised(ValueError)
            middle = items[star : len(items) - after]
            items = [*items[:star], list(middle), *items[len(items) - after :]]
        if len(items) != count:
            f.at = number
            raise Raised(ValueError)
        for each, item in zip(stores, items, strict=True):
            each(f, item)

    return store


def _store_name(name: str, scope: Scope) -> _Store:
    if scope.kind in ("module", "class"):

        def store_here(f: Frame, value: Value) -> None:
            f.ev.journal.set(f.vars, name, value)
            f.ev.repeats.forget()

        return store_here
    hops = scope.hops(name)
    if hops == 0:

        def store_local(f: Frame, value: Value) -> None:
            f.vars[name] = value

        return store_local
    if hops is None:

        def store_global(f: Frame, value: Value) -> None:
            f.ev.journal.set(f.module.vars, name, value)
            f.ev.repeats.forget()

        return store_global

    def store_outer(f: Frame, value: Value) -> None:
        frame: Frame | None = f
        for _ in range(hops):
            frame = frame.up if frame is not None else None
        if frame is not None:
            f.ev.journal.set(frame.vars, name, value)
            f.ev.repeats.forget()

    return store_outer


# ---- expressions


def expression(node: ir.Node, scope: Scope) -> Expression:
    """Compile an expression."""
    return _EXPRESSIONS[node[0]](node, scope)


def _const(node: ir.Node, scope: Scope) -> Expression:
    value = node[2]
    return lambda f: value


def _load(node: ir.Node, scope: Scope) -> Expression:
    name: str = node[2]
    hops = None if scope.kind in ("module", "class") else scope.hops(name)
    if hops is None:
        if scope.kind == "class":
            outer = None if scope.parent is None else scope.parent.hops(name)

            def load_in_class(f: Frame) -> Value:
                value = f.vars.get(name, MISSING)
                if value is not MISSING:
                    return value if value.__class__ is not Lazy else _force(f, f.vars, name, value)
                frame = f.up
                for _ in range(outer or 0):
                    frame = None if frame is None else frame.up
                if outer is not None and frame is not None and name in frame.vars:
                    return frame.vars[name]
                return _global(f, name)

            return load_in_class
        return lambda f: _global(f, name)
    if hops == 0:

        def load_local(f: Frame) -> Value:
            value = f.vars.get(name, MISSING)
            if value.__class__ is Lazy:
                return _force(f, f.vars, name, value)
            if value is MISSING:
                raise Raised(UnboundLocalError)
            return value

        return load_local
    if hops == 1:

        def load_outer(f: Frame) -> Value:
            up = f.up
            if up is None:
                return _global(f, name)
            value = up.vars.get(name, MISSING)
            if value is MISSING:
                raise Raised(NameError)
            return value if value.__class__ is not Lazy else _force(f, up.vars, name, value)

        return load_outer

    def load_far(f: Frame) -> Value:
        frame: Frame | None = f
        for _ in range(hops):
            frame = None if frame is None else frame.up
        if frame is None:
            return _global(f, name)
        value = frame.vars.get(name, MISSING)
        if value is MISSING:
            raise Raised(NameError)
        return value if value.__class__ is not Lazy else _force(f, frame.vars, name, value)

    return load_far


def _global(f: Frame, name: str) -> Value:
    variables = f.module.vars
    value = variables.get(name, MISSING)
    if value is MISSING:
        return f.ev.builtin(f, name)
    if value.__class__ is Lazy:
        value = _force(f, variables, name, value)
    if value.__class__ in CHANGEABLE:
        f.ev.repeats.note(value)
    return value


def _force(f: Frame, variables: dict[str, Value], name: str, value: Value) -> Value:
    resolved = f.ev.resolve(f.module, value)
    variables[name] = resolved
    return resolved


def _attr(node: ir.Node, scope: Scope) -> Expression:
    number, name = node[1], node[3]
    owner = expression(node[2], scope)

    def run(f: Frame) -> Value:
        obj = owner(f)
        f.at = number
        return attributes.get(f, obj, name)

    return run


def _sub(node: ir.Node, scope: Scope) -> Expression:
    number = node[1]
    owner, index = expression(node[2], scope), expression(node[3], scope)

    def run(f: Frame) -> Value:
        obj, key = owner(f), index(f)
        f.at = number
        return operators.get_item(f, obj, key)

    return run


def _slice(node: ir.Node, scope: Scope) -> Expression:
    parts = [None if part is None else expression(part, scope) for part in node[2:5]]
    return lambda f: slice(*(None if part is None else part(f) for part in parts))


def _call(node: ir.Node, scope: Scope) -> Expression:
    number = node[1]
    function = expression(node[2], scope)
    if node[2][0] == "name" and node[2][2] == "super" and not node[3]:
        return lambda f: classes.zero_argument_super(f)
    args, keywords = node[3], node[4]
    if not keywords and all(arg[0] != "star" for arg in args):
        values = [expression(arg, scope) for arg in args]

        def run(f: Frame) -> Value:
            called = function(f)
            given = [value(f) for value in values]
            f.at = number
            return calls.call(f, called, given, {})

        return run
    bind = _arguments(args, keywords, scope)

    def run_bound(f: Frame) -> Value:
        called = function(f)
        given, named = bind(f)
        f.at = number
        return calls.call(f, called, given, named)

    return run_bound


def _arguments(
    args: tuple[ir.Node, ...], keywords: tuple[Any, ...], scope: Scope
) -> Callable[[Frame], tuple[list[Value], dict[str, Value]]]:
    positional = [(arg[0] == "star", expression(arg[2] if arg[0] == "star" else arg, scope)) for arg in args]
    named = [(key, expression(value, scope)) for key, value in keywords]

    def bind(f: Frame) -> tuple[list[Value], dict[str, Value]]:
        given: list[Value] = []
        for starred, value in positional:
            if not starred:
                given.append(value(f))
                continue
            items = iteration.known_items(f, value(f))
            if items is None:
                given.append(OPEN)
            else:
                given += items
        keys: dict[str, Value] = {}
        for key, value in named:
            if key is not None:
                keys[key] = value(f)
                continue
            mapping = value(f)
            if isinstance(mapping, dict) and all(isinstance(key, str) for key in mapping):  # pyright: ignore[reportUnknownVariableType]
                if not keys.keys().isdisjoint(mapping):  # pyright: ignore[reportUnknownArgumentType]
                    raise Raised(TypeError)
                keys.update(mapping)  # pyright: ignore[reportUnknownArgumentType]
            else:
                keys[OPEN_KEYWORDS] = UNKNOWN
        return given, keys

    return bind


def _bin(node: ir.Node, scope: Scope) -> Expression:
    number, operator = node[1], node[2]
    left, right = expression(node[3], scope), expression(node[4], scope)
    quick = operators.ON_NUMBERS.get(operator)
    if quick is not None:

        def run(f: Frame) -> Value:
            a, b = left(f), right(f)
            if a.__class__ is int and b.__class__ is int:
                result = quick(a, b)
                if -_MAX < result < _MAX:
                    return result
            f.at = number
            return operators.binary(f, operator, a, b)

        return run

    def run_any(f: Frame) -> Value:
        a, b = left(f), right(f)
        f.at = number
        return operators.binary(f, operator, a, b)

    return run_any


def _un(node: ir.Node, scope: Scope) -> Expression:
    number, operator = node[1], node[2]
    operand = expression(node[3], scope)

    def run(f: Frame) -> Value:
        value = operand(f)
        f.at = number
        return operators.unary(f, operator, value)

    return run


def _bool(node: ir.Node, scope: Scope, *, likely: bool = True) -> Expression:
    number = node[1]
    is_and = node[2] == "and"
    likely = likely or is_and
    operands = [expression(operand, scope) for operand in node[3]]

    def run(f: Frame) -> Value:
        last = len(operands) - 1
        for index, operand in enumerate(operands):
            value = operand(f)
            if index == last:
                return value
            # An unknown operand is first taken to be true: `x and f(x)`, `given or default`; not in `if a or b: raise`.
            if operators.test(f, value, number, likely) is not is_and:
                return value
        return None

    return run


def _cmp(node: ir.Node, scope: Scope) -> Expression:
    number = node[1]
    left = expression(node[2], scope)
    rest = [(operator, expression(value, scope)) for operator, value in node[3]]
    if len(rest) == 1:
        operator, right = rest[0]

        def run(f: Frame) -> Value:
            a, b = left(f), right(f)
            f.at = number
            return operators.compare(f, operator, a, b)

        return run

    def run_chain(f: Frame) -> Value:
        a = left(f)
        result: Value = True
        for operator, right in rest:
            b = right(f)
            f.at = number
            result = operators.compare(f, operator, a, b)
            if operators.truth(f, result) is not True:
                return result
            a = b
        return result

    return run_chain


def _ifexp(node: ir.Node, scope: Scope) -> Expression:
    number = node[1]
    test = expression(node[2], scope)
    body, orelse = expression(node[3], scope), expression(node[4], scope)

    def run(f: Frame) -> Value:
        return body(f) if operators.test(f, test(f), number) else orelse(f)

    return run


def _lambda(node: ir.Node, scope: Scope) -> Expression:
    return _function(node, scope)


def _elements(node: ir.Node, scope: Scope) -> Callable[[Frame], list[Value] | None]:
    values = [
        (element[0] == "star", expression(element[2] if element[0] == "star" else element, scope))
        for element in node[2]
    ]

    def run(f: Frame) -> list[Value] | None:
        out: list[Value] = []
        for starred, value in values:
            if not starred:
                out.append(value(f))
                continue
            items = iteration.known_items(f, value(f))
            if items is None:
                return None
            out += items
        return out

    return run


def _tuple(node: ir.Node, scope: Scope) -> Expression:
    elements = _elements(node, scope)

    def run(f: Frame) -> Value:
        out = elements(f)
        return Unknown("tuple") if out is None else tuple(out)

    return run


def _list(node: ir.Node, scope: Scope) -> Expression:
    elements = _elements(node, scope)

    def run(f: Frame) -> Value:
        out = elements(f)
        return Unknown("list") if out is None else out

    return run


def _set(node: ir.Node, scope: Scope) -> Expression:
    elements = _elements(node, scope)

    def run(f: Frame) -> Value:
        out = elements(f)
        try:
            return Unknown("set") if out is None else set(out)
        except TypeError:
            return Unknown("set")

    return run


def _dict(node: ir.Node, scope: Scope) -> Expression:
    items = [(None if key is None else expression(key, scope), expression(value, scope)) for key, value in node[2]]

    def run(f: Frame) -> Value:
        out: dict[Any, Value] = {}
        for key, value in items:
            if key is not None:
                name = key(f)
                try:
                    out[name] = value(f)
                except TypeError:
                    return Unknown("dict")
                continue
            merged = value(f)
            if not isinstance(merged, dict):
                return Unknown("dict")
            out.update(merged)  # pyright: ignore[reportUnknownArgumentType]
        return out

    return run


def _comp(node: ir.Node, scope: Scope) -> Expression:
    number, kind = node[1], node[2]
    names: set[str] = set()
    for target, _, _ in node[5]:
        target_names(target, names)
    inner = Scope("function", names, None if scope.kind == "module" else scope, set())
    element = expression(node[3], inner)
    value = None if node[4] is None else expression(node[4], inner)
    first = expression(node[5][0][1], scope)
    generators = [
        (
            _target(target, inner),
            None if index == 0 else expression(iterable, inner),
            [expression(condition, inner) for condition in conditions],
        )
        for index, (target, iterable, conditions) in enumerate(node[5])
    ]

    def run(f: Frame) -> Value:
        f.at = number
        start = iteration.known_items(f, first(f))
        if start is None:
            return Unknown("comprehension")
        frame = Frame(f.ev, f.module, f.piece, {}, f if scope.kind != "module" else None, f.caller, f.function)
        frame.caller = f
        out: list[Value] = []
        if not _generate(frame, 0, start, out):
            return Unknown("comprehension")
        if kind == "list":
            return out
        if kind == "gen":
            return iteration.iterator(out)
        try:
            return dict(out) if kind == "dict" else set(out)
        except TypeError:
            return Unknown("comprehension")

    def _generate(f: Frame, level: int, items: list[Value], out: list[Value]) -> bool:
        store, _, conditions = generators[level]
        if len(items) > _MAX_ROUNDS:
            return False
        for item in items:
            f.ev.spend()
            store(f, item)
            if not all(operators.test(f, condition(f), number) for condition in conditions):
                continue
            if level + 1 < len(generators):
                iterable = generators[level + 1][1]
                assert iterable is not None
                following = iteration.known_items(f, iterable(f))
                if following is None or not _generate(f, level + 1, following, out):
                    return False
            elif value is None:
                out.append(element(f))
            else:
                out.append((element(f), value(f)))
        return True

    return run


def _fstr(node: ir.Node, scope: Scope) -> Expression:
    parts = [part if isinstance(part, str) else (expression(part[0], scope), part[1], part[2]) for part in node[2]]

    def run(f: Frame) -> Value:
        out: list[str] = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
                continue
            value, conversion, spec = part
            text = format_value(value(f), conversion, spec)
            if text is None:
                return Unknown("string")
            out.append(text)
        return "".join(out)

    return run


def _walrus(node: ir.Node, scope: Scope) -> Expression:
    value = expression(node[3], scope)
    store = _store_name(node[2], scope)

    def run(f: Frame) -> Value:
        result = value(f)
        store(f, result)
        return result

    return run


def _await(node: ir.Node, scope: Scope) -> Expression:
    return expression(node[2], scope)


def _yield(node: ir.Node, scope: Scope) -> Expression:
    value = expression(node[2] or ("const", node[1], None), scope)

    def run(f: Frame) -> Value:
        produced = value(f)
        if f.on_yield is not None:
            return f.on_yield(produced)
        if f.yields is not None:
            f.yields.append(produced)
        return Unknown("sent")

    return run


def _yield_from(node: ir.Node, scope: Scope) -> Expression:
    value = expression(node[2], scope)

    def run(f: Frame) -> Value:
        if f.yields is not None:
            f.yields.extend(iteration.items(f, value(f), node[1]))
        return Unknown("sent")

    return run


def _opaque(node: ir.Node, scope: Scope) -> Expression:
    return lambda f: UNKNOWN


_EXPRESSIONS: dict[str, Callable[[ir.Node, Scope], Expression]] = {
    "const": _const, "name": _load, "attr": _attr, "sub": _sub, "slice": _slice, "call": _call, "bin": _bin,
    "un": _un, "bool": _bool, "cmp": _cmp, "ifexp": _ifexp, "lambda": _lambda, "tuple": _tuple, "list": _list,
    "set": _set, "dict": _dict, "comp": _comp, "fstr": _fstr, "star": _opaque, "walrus": _walrus,
    "await": _await, "yield": _yield, "yieldfrom": _yield_from, "opaque": _opaque,
}  # fmt: skip
