"""Classes: making them, instantiating them, decorators, `super()`, exceptions."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.builtins as builtins_
import bn_lint.model.calls as calls
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.values import (
    MISSING,
    Class,
    ClassMethod,
    EnumMember,
    Function,
    Module,
    Native,
    Object,
    Property,
    StaticMethod,
    Super,
    Unknown,
    Value,
)
from bn_lint.source import ir
from bn_lint.source.tree import Node

CLASS_BODY: Any = object()  # the `function` of a frame that runs a class body
ANNOTATIONS = "__annotations__"
METACLASS = "__metaclass__"


def make(
    f: Frame, name: str, bases: list[Value], members: dict[str, Value], options: dict[str, Value], number: int
) -> Value:
    """The class that a `class` statement makes."""
    bases = [base for base in bases if not _is_marker(base)]
    node = Node(f.piece, number)
    if any(base is tuple for base in bases) or any(_qualified(b) == "typing.NamedTuple" for b in bases):
        return _named_tuple(f, name, members, node)
    bases = [f.ev.class_of_type(base) if isinstance(base, type) else base for base in bases]
    cls = Class(name, bases, members, qualified=f"{f.module.name}.{name}", node=node)
    for member in members.values():
        _own(member, cls)
    if any(_qualified(base) == "enum.Enum" for base in cls.mro):
        _make_members(cls)
    if any(_qualified(base) == "typing.NamedTuple" for base in cls.mro):
        return cls
    for base in cls.mro[1:]:
        hook = base.members.get("__init_subclass__", MISSING)
        if hook is not MISSING:
            function = hook.function if isinstance(hook, ClassMethod) else hook
            calls.call(f, function, [cls], options)
            break
    _apply_metaclass(f, cls, options.get("metaclass"))
    return cls


def _apply_metaclass(f: Frame, cls: Class, metaclass: Value) -> None:
    """Let a metaclass of the code's own initialise a class. What else it gives the class is not known."""
    if metaclass is None:
        metaclass = cls.lookup(METACLASS)
    if not isinstance(metaclass, Class) or metaclass.node is None:
        return
    cls.members[METACLASS] = metaclass
    initialise = metaclass.lookup("__init__")
    if isinstance(initialise, Function):
        with suppress(Raised):
            calls.call(f, initialise, [cls, cls.name, tuple(cls.bases), dict(cls.members)], {})


def _is_marker(base: Value) -> bool:
    """Bases that say something to a type checker and nothing at run time."""
    return _qualified(base) in ("typing.Generic", "typing.Protocol", "abc.ABC", "typing.Generic[]") or base is object


def _qualified(value: Value) -> str | None:
    if isinstance(value, Class):
        return value.qualified
    return value.name if isinstance(value, Native) else None


def _own(member: Value, cls: Class) -> None:
    """Tell functions which class they stand in, for `super()`."""
    if isinstance(member, Function):
        if member.owner is None:
            member.owner = cls
    elif isinstance(member, StaticMethod | ClassMethod):
        _own(member.function, cls)
    elif isinstance(member, Property):
        _own(member.getter, cls)
        _own(member.setter, cls)


def _make_members(cls: Class) -> None:
    for name, value in list(cls.members.items()):
        if name.startswith("_") or isinstance(value, Function | StaticMethod | ClassMethod | Property | Class):
            continue
        member = EnumMember(cls)
        member.attrs = {"name": name, "value": value, "_value_": value}
        cls.members[name] = member


def _named_tuple(f: Frame, name: str, members: dict[str, Value], node: Node) -> Class:
    fields = list(members.get(ANNOTATIONS, {}))
    cls = Class(name, [f.ev.named_tuple_base], members, qualified=f"{f.module.name}.{name}", node=node)
    for member in members.values():
        _own(member, cls)
    set_fields(cls, [(field, members.get(field, MISSING)) for field in fields])
    return cls


def set_fields(cls: Class, fields: list[tuple[str, Value]]) -> None:
    """Give a class the constructor of a dataclass or named tuple with these fields and defaults."""
    cls.members["__fields__"] = fields
    cls.members["__init__"] = Native(f"{cls.name}.__init__", _init_fields)
    for field, default in fields:
        if default is MISSING:
            cls.members.pop(field, None)


def _init_fields(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
    obj, *given = args
    owner = next(c for c in obj.cls.mro if c.members.get("__init__") is not None and "__fields__" in c.members)
    fields: list[tuple[str, Value]] = owner.members["__fields__"]
    if len(given) > len(fields) or not keywords.keys() <= {"**", *(name for name, _ in fields)}:
        raise Raised(TypeError)
    for index, (name, default) in enumerate(fields):
        if index < len(given):
            value = given[index]
        elif name in keywords:
            value = keywords[name]
        elif "**" in keywords:
            value = Unknown(name)
        elif isinstance(default, Factory):
            value = calls.call(f, default.function, [], {})
        elif default is MISSING:
            raise Raised(TypeError)
        else:
            value = default
        obj.attrs[name] = value
    after = obj.cls.lookup("__post_init__")
    if after is not MISSING:
        calls.call(f, attributes.bind(f, after, obj, obj.cls), [], {})
    return None


class Factory:
    """dataclasses.field(default_factory=...)"""

    __slots__ = ("function",)

    def __init__(self, function: Value) -> None:
        self.function = function


def make_dataclass(cls: Class) -> Class:
    """What @dataclass does to a class."""
    fields: dict[str, Value] = {}
    for base in reversed(cls.mro[1:]):
        fields.update(dict(base.members.get("__fields__", [])))
    annotations: dict[str, ir.Node] = cls.members.get(ANNOTATIONS, {})
    for name, annotation in annotations.items():
        if _is_class_variable(annotation):
            continue
        fields[name] = cls.members.get(name, MISSING)
    own_init = cls.members.get("__init__", MISSING)
    set_fields(cls, list(fields.items()))
    if own_init is not MISSING:
        cls.members["__init__"] = own_init
    return cls


def _is_class_variable(annotation: ir.Node) -> bool:
    inner = annotation[2] if annotation[0] == "sub" else annotation
    return (ir.dotted_name(inner) or "").rpartition(".")[2] == "ClassVar"


def decorate(f: Frame, decorator: Value, value: Value) -> Value:
    """decorator(value). A decorator that is not known is taken to return what it was given.

    That is what registries, hooks and documentation helpers do; `_REWRITING` names those that do not.
    """
    if isinstance(decorator, Unknown):
        return Unknown("decorated") if decorator.path.rpartition(".")[2] in _REWRITING else value
    try:
        result = calls.call(f, decorator, [value], {})
    except Raised:
        return value
    if isinstance(result, Unknown) and result.path == "result":
        return value
    return result


_REWRITING = frozenset({"contextmanager", "asynccontextmanager", "cached_property", "hybrid_property"})


def instantiate(f: Frame, cls: Class, args: list[Value], keywords: dict[str, Value]) -> Value:
    """cls(*args, **keywords)"""
    if args and cls.is_enum:
        return builtins_.enum_member(cls, args[0]) or Unknown(cls.name)
    if cls.node is not None and f.ev.recording and f.ev.module_class in cls.mro:
        return f.ev.repeats.construct(f, cls, args, keywords, _instantiate)
    return _instantiate(f, cls, args, keywords)


def _instantiate(f: Frame, cls: Class, args: list[Value], keywords: dict[str, Value]) -> Value:
    maker = cls.lookup("__new__")
    if isinstance(maker, Function | StaticMethod | Native):
        function = maker.function if isinstance(maker, StaticMethod) else maker
        made = calls.call(f, function, [cls, *args], keywords)
        if not (isinstance(made, Object) and made.cls.is_subclass(cls)):
            return made
        obj: Object = made
    else:
        obj = new_object(f, cls)
    init = cls.lookup("__init__")
    if init is not MISSING:
        calls.call(f, attributes.bind(f, init, obj, cls), args, keywords)
    if isinstance(obj, Module):
        f.ev.built(f, obj)
    return obj


def new_object(f: Frame, cls: Class) -> Object:
    """An instance on which no constructor has run yet."""
    if f.ev.module_class in cls.mro:
        return Module(cls, f.place, f.ev.epoch)
    return Object(cls, f.ev.epoch)


def zero_argument_super(f: Frame) -> Value:
    """super() in a method, or in a comprehension or function inside one."""
    frame: Frame | None = f
    while frame is not None:
        function = frame.function
        if isinstance(function, Function) and function.owner is not None and function.code.parameters:
            receiver = frame.vars.get(function.code.parameters[0][1], MISSING)
            if isinstance(receiver, Object | Class):
                return Super(function.owner, receiver)
        frame = frame.up
    return Unknown("super()")


def exception_class(raised: Value) -> Value:
    """The class of what a `raise` statement names."""
    if isinstance(raised, type | Class):
        return raised
    if isinstance(raised, Object):
        return raised.cls.own_type
    return Exception


def catches(f: Frame, handler: Value, kind: Value) -> bool:
    """Whether `except handler` catches an exception of a class."""
    if isinstance(handler, tuple):
        return any(catches(f, each, kind) for each in handler)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(handler, type):
        if isinstance(kind, type):
            return issubclass(kind, handler)
        if isinstance(kind, Class):
            return handler is Exception or kind.derives(handler)
        return True
    if isinstance(handler, Class):
        return isinstance(kind, Class) and kind.is_subclass(handler)
    return isinstance(handler, Unknown) and kind is not AttributeError
