"""Calling things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.classes as classes
import bn_lint.model.initialising as initialising
from bn_lint.model import escape, operators
from bn_lint.model.frame import Frame, ModuleScope, Raised, note_frame
from bn_lint.model.iteration import iterator
from bn_lint.model.symbolic import Poly
from bn_lint.model.values import (
    MISSING,
    OPEN,
    OPEN_KEYWORDS,
    Bound,
    Class,
    Function,
    Module,
    Namespace,
    Native,
    Object,
    Partial,
    ShapeOf,
    StaticMethod,
    Tensor,
    Unknown,
    Value,
)

# Deeper than any model nests, and well inside Python's own limit: one call here is about eight there.
MAX_DEPTH = 120


def call(f: Frame, function: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """function(*args, **keywords), called from the node that `f` is at."""
    caller = _CALLERS.get(function.__class__)
    if caller is not None:
        return caller(f, function, args, keywords)
    if isinstance(function, Object):
        return _call_object(f, function, args, keywords)
    if isinstance(function, type):
        return f.ev.construct(f, function, args, keywords)
    if isinstance(function, Tensor):
        return Tensor(None)
    if isinstance(function, Poly):
        return Unknown("result")
    raise Raised(TypeError)


def _call_native(f: Frame, function: Native, args: list[Value], keywords: dict[str, Value]) -> Value:
    f.ev.spend()
    if f.ev.surveying:
        return _trace_native(f, function, args, keywords)
    return function.call(f, args, keywords)


def _trace_native(f: Frame, function: Native, args: list[Value], keywords: dict[str, Value]) -> Value:
    """Call it, and note where a tensor of known rank goes in and one of unknown rank comes out."""
    known = any(isinstance(value, Tensor) and value.dims is not None for value in (*args, *keywords.values()))
    place = f.place
    result = function.call(f, args, keywords)
    if known and (isinstance(result, Unknown) or (isinstance(result, Tensor) and result.dims is None)):
        f.ev.losses.append((place, function.name.removeprefix(".")))
    return result


def _call_bound(f: Frame, function: Bound, args: list[Value], keywords: dict[str, Value]) -> Value:
    return call(f, function.function, [function.receiver, *args], keywords)


def _call_partial(f: Frame, function: Partial, args: list[Value], keywords: dict[str, Value]) -> Value:
    return call(f, function.function, [*function.args, *args], {**function.keywords, **keywords})


def _call_class(f: Frame, function: Class, args: list[Value], keywords: dict[str, Value]) -> Value:
    f.ev.spend()
    return classes.instantiate(f, function, args, keywords)


def _call_static(f: Frame, function: StaticMethod, args: list[Value], keywords: dict[str, Value]) -> Value:
    return call(f, function.function, args, keywords)


def _call_unknown(f: Frame, function: Unknown, args: list[Value], keywords: dict[str, Value]) -> Value:
    known = operators.fact(f, function)
    if known is not function:
        return call(f, known, args, keywords)
    made = f.ev.ready_made(function.path)
    if made is not None:
        return call(f, made, args, keywords)
    escape.to_unknown(f, function.path, [*args, *keywords.values()])
    escape.through_part(f, function)
    f.ev.note_unknown_call(f, function.path, args, keywords)
    if function.path.endswith(".parse_args"):  # what the command line said, nobody knows: but it said one thing
        return Unknown("args", fixed=True)
    return Unknown("result", owner=function.owner)


def _call_library(f: Frame, function: Namespace, args: list[Value], keywords: dict[str, Value]) -> Value:
    escape.to_unknown(f, function.name, [*args, *keywords.values()])
    f.ev.note_unknown_call(f, function.name, args, keywords)
    return Unknown("result")


def _call_object(f: Frame, function: Object, args: list[Value], keywords: dict[str, Value]) -> Value:
    method = function.cls.lookup("__call__")
    if isinstance(function, Module):
        if isinstance(method, Function):
            return call(f, method, [function, *args], keywords)
        return f.ev.forward(f, function, args, keywords)
    if method is MISSING:
        return Unknown("result")
    return call(f, attributes.bind(f, method, function, function.cls), args, keywords)


def _call_function(f: Frame, function: Function, args: list[Value], keywords: dict[str, Value]) -> Value:
    ev = f.ev
    ev.spend()
    if f.depth > MAX_DEPTH:
        ev.abandon("calls nested too deeply")
    code = function.code
    ev.enter(function.piece)
    skipped = initialising.call(f, function, args, keywords)
    if skipped is not MISSING:
        return skipped
    variables = bind_parameters(function, args, keywords)
    frame = Frame(ev, function.module, function.piece, variables, function.up, f, function)
    if code.generator:
        frame.yields = []
    try:
        code.body(frame)
    except Exception as error:
        note_frame(error, frame)
        raise
    return frame.result if frame.yields is None else iterator(frame.yields)


def bind_parameters(function: Function, args: list[Value], keywords: dict[str, Value]) -> dict[str, Value]:
    """The local variables that a call starts with. Raises TypeError (of the code) for a wrong call."""
    variables: dict[str, Value] = {}
    defaults = function.defaults
    position, count = 0, len(args)
    open_args = open_keywords = False
    if OPEN_KEYWORDS in keywords:
        open_keywords = True
        keywords = {key: value for key, value in keywords.items() if key != OPEN_KEYWORDS}
    if OPEN in args:
        open_args = True
        args = args[: args.index(OPEN)]
        count = len(args)
    left = dict(keywords) if keywords else {}
    for kind, name, _, _ in function.code.parameters:
        if kind == "arg" or kind == "posonly":
            if position < count:
                variables[name] = args[position]
                position += 1
                if name in left and kind == "arg":
                    raise Raised(TypeError)
            elif name in left and kind == "arg":
                variables[name] = left.pop(name)
            elif open_args or open_keywords:
                variables[name] = Unknown(name)
            elif name in defaults:
                variables[name] = defaults[name]
            else:
                raise Raised(TypeError)
        elif kind == "vararg":
            variables[name] = Unknown(name) if open_args else tuple(args[position:])
            position = count
        elif kind == "kwonly":
            if name in left:
                variables[name] = left.pop(name)
            elif open_keywords:
                variables[name] = Unknown(name)
            elif name in defaults:
                variables[name] = defaults[name]
            else:
                raise Raised(TypeError)
        else:
            variables[name] = Unknown(name) if open_keywords else left
            left = {}
    if position < count or left:
        raise Raised(TypeError)
    return variables


def name_of(value: Value) -> str:
    """The name of a class or function."""
    return getattr(value, "__name__", None) or getattr(value, "name", "an error")


def with_context(f: Frame, manager: Value, inner: Callable[[Value], int]) -> int:
    """Run a `with` block: `inner` gets what the manager's entry returns."""
    manager = operators.fact(f, manager)
    if isinstance(manager, Native) and manager.name == "torch.no_grad()":
        f.ev.gradless.append(f.place)
        try:
            return inner(manager)
        finally:
            f.ev.gradless.pop()
    if isinstance(manager, GeneratorContext):
        return manager.run(f, inner)
    if isinstance(manager, Partial) and manager.function is SUPPRESS:
        try:
            return inner(manager)
        except Raised as raised:
            if classes.catches(f, tuple(manager.args), raised.kind):
                return 0
            raise
    if isinstance(manager, Object) and not isinstance(manager, Module):
        enter, leave = (manager.cls.lookup(name) for name in ("__enter__", "__exit__"))
        if enter is not MISSING and leave is not MISSING:
            entered = call(f, attributes.bind(f, enter, manager, manager.cls), [], {})
            place = f.at
            try:
                signal = inner(entered)
            except Raised as raised:
                f.at = place
                leaving = attributes.bind(f, leave, manager, manager.cls)
                if operators.truth(f, call(f, leaving, [raised.kind, raised.value, None], {})):
                    return 0
                raise
            result = f.result
            f.at = place
            call(f, attributes.bind(f, leave, manager, manager.cls), [None, None, None], {})
            f.result = result
            return signal
    return inner(manager)


SUPPRESS = Native("contextlib.suppress", lambda f, args, keywords: Partial(SUPPRESS, args, {}))


class GeneratorContext:
    """What a function decorated with contextlib.contextmanager returns: its body runs around the block."""

    __slots__ = ("args", "function", "keywords")

    def __init__(self, function: Function, args: list[Value], keywords: dict[str, Value]) -> None:
        self.function = function
        self.args = args
        self.keywords = keywords

    def run(self, f: Frame, inner: Callable[[Value], int]) -> int:
        """Run the function; where it yields, run the block."""
        function = self.function
        variables = bind_parameters(function, self.args, self.keywords)
        frame = Frame(f.ev, function.module, function.piece, variables, function.up, f, function)
        outcome: list[int] = []
        result: list[Value] = []

        def at_yield(value: Value) -> Value:
            if not outcome:
                outcome.append(inner(value))
                result.append(f.result)
            return None

        frame.on_yield = at_yield
        f.ev.enter(function.piece)
        function.code.body(frame)
        if result:
            f.result = result[0]
        return outcome[0] if outcome else 0


def make_context_manager(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
    """contextlib.contextmanager(function)"""
    function = args[0]
    if not isinstance(function, Function):
        return Unknown("contextmanager")

    def enter(_: Frame, args: list[Value], keywords: dict[str, Value]) -> Any:
        return GeneratorContext(function, args, keywords)

    return Native(function.name, enter)


_CALLERS: dict[type, Callable[[Frame, Any, list[Value], dict[str, Value]], Value]] = {
    Native: _call_native,
    Bound: _call_bound,
    Partial: _call_partial,
    Class: _call_class,
    Function: _call_function,
    StaticMethod: _call_static,
    Unknown: _call_unknown,
    ShapeOf: _call_unknown,
    Namespace: _call_library,
    ModuleScope: lambda f, function, args, keywords: Unknown("result"),
}
