"""Reading and writing attributes: Python's rules, and nn.Module's registration on top of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import bn_lint.model.builtins as builtins_
import bn_lint.model.calls as calls
import bn_lint.model.classes as classes
import bn_lint.model.iteration as iteration
from bn_lint.model import operators
from bn_lint.model.frame import Frame, ModuleScope, Raised
from bn_lint.model.modes import switch
from bn_lint.model.repeats import CHANGEABLE
from bn_lint.model.symbolic import Poly, is_guessed
from bn_lint.model.values import (
    MISSING,
    Bound,
    Class,
    ClassMethod,
    Function,
    Module,
    Namespace,
    Native,
    Object,
    Partial,
    Property,
    ShapeOf,
    StaticMethod,
    Super,
    Unknown,
    Value,
)


def get(f: Frame, obj: Value, name: str) -> Value:
    """obj.name; raises AttributeError (of the code under evaluation) where there certainly is none."""
    found = find(f, obj, name)
    if found is MISSING:
        raise Raised(AttributeError)
    return found


def find(f: Frame, obj: Value, name: str) -> Value:
    """obj.name, or MISSING."""
    reader = _READERS.get(obj.__class__)
    if reader is not None:
        return reader(f, obj, name)
    obj = operators.fact(f, obj)
    reader = _READERS.get(obj.__class__)
    if reader is not None:
        return reader(f, obj, name)
    if isinstance(obj, Object):
        return _of_object(f, obj, name)
    if isinstance(obj, type):
        return _of_type(obj, name)
    return builtins_.methods_of(f, obj, name)


def bind(f: Frame, member: Value, receiver: Value, cls: Class) -> Value:
    """A class member as seen through an instance, or through the class where `receiver` is None."""
    kind = member.__class__
    if kind is Function or kind is Native:
        return Bound(member, receiver) if receiver is not None else member
    if kind is Property:
        if receiver is None:
            return member
        value = calls.call(f, member.getter, [receiver], {})
        if member.cached and isinstance(member.getter, Function):
            f.ev.journal.set(receiver.attrs, member.getter.name, value)
        return value
    if kind is StaticMethod:
        return member.function
    if kind is ClassMethod:
        return Bound(member.function, cls)
    if kind is Object or kind is Module:
        getter = member.cls.lookup("__get__")
        if getter is not MISSING and receiver is not None:
            return calls.call(f, getter, [member, receiver, cls], {})
    if kind in CHANGEABLE:
        f.ev.repeats.note(member)
    return member


def _of_module(f: Frame, obj: Module, name: str) -> Value:
    found = obj.children.get(name, MISSING)
    if found is not MISSING:
        return found
    return _of_object(f, obj, name)


def _of_object(f: Frame, obj: Object, name: str) -> Value:
    found = obj.attrs.get(name, MISSING)
    if found is not MISSING:
        return found
    cls = obj.cls
    member = cls.lookup(name)
    if member is not MISSING:
        try:
            return bind(f, member, obj, cls)
        except Raised as raised:
            if raised.kind is not AttributeError or cls.lookup("__getattr__") is MISSING:
                raise
            return _fallback(f, obj, name)
    if name == "__class__":
        return cls
    if name == "__dict__":
        return obj.attrs
    if name == "__dataclass_fields__" and cls.lookup("__fields__") is not MISSING:
        return {field: Unknown(field) for field, _ in cls.lookup("__fields__")}
    if name == "__module__":
        return cls.qualified.rpartition(".")[0]
    if name == "__doc__":
        return None
    if isinstance(obj, Module):
        if name == "training":
            return Unknown("training") if obj.training is None else obj.training
        if name == "_modules":
            return obj.children
        if name == "_orig_mod":
            return obj  # torch.compile gives the module itself here
        computed = cls.lookup("__derived__")
        if computed is not MISSING:
            value = computed(f, obj, name)
            if value is not MISSING:
                return value
    if cls.lookup("__getattr__") is not MISSING:
        return _fallback(f, obj, name)
    if cls.opaque or (isinstance(obj, Module) and obj.escaped):
        return Unknown(f"{cls.name}.{name}")
    return MISSING


def _fallback(f: Frame, obj: Object, name: str) -> Value:
    """What __getattr__ gives for a name that is not found otherwise."""
    return calls.call(f, bind(f, obj.cls.lookup("__getattr__"), obj, obj.cls), [name], {})


def _of_class(f: Frame, obj: Class, name: str) -> Value:
    member = obj.lookup(name)
    if member is not MISSING:
        return bind(f, member, None, obj)
    fields = obj.lookup("__fields__")
    if fields is not MISSING:
        if name == "_fields":
            return tuple(field for field, _ in fields)
        if name == "__new__":
            return Bound(Native("tuple.__new__", lambda f, args, keywords: Unknown("tuple")), obj)
    if name in ("__name__", "__qualname__"):
        return obj.name
    if name == "__mro__":
        return (*obj.mro, object)
    if name == "__module__":
        return obj.qualified.rpartition(".")[0]
    if name == "__members__":
        from bn_lint.model.values import EnumMember

        return {k: v for k, v in obj.members.items() if isinstance(v, EnumMember)}
    if name == "__doc__":
        return None
    unclear = obj.opaque or obj.lookup(classes.METACLASS) is not MISSING
    return Unknown(f"{obj.name}.{name}") if unclear else MISSING


def _of_namespace(f: Frame, obj: Namespace, name: str) -> Value:
    return f.ev.library(obj.name, name)


def _of_scope(f: Frame, obj: ModuleScope, name: str) -> Value:
    return f.ev.module_attribute(obj, name)


def _of_super(f: Frame, obj: Super, name: str) -> Value:
    receiver = obj.receiver
    cls = receiver if isinstance(receiver, Class) else receiver.cls
    # In a method of a metaclass, the receiver is a class, and what stands above is the metaclass's.
    order: list[Class] = obj.after.mro if isinstance(receiver, Class) and obj.after.derives(type) else cls.mro
    start = order.index(obj.after) + 1 if obj.after in order else 0
    for candidate in order[start:]:
        member = candidate.members.get(name, MISSING)
        if member is not MISSING:
            if _hidden(obj.after, candidate):
                return Unknown(f"super().{name}")
            return bind(f, member, None if isinstance(receiver, Class) else receiver, cls)
    if name == "__new__":
        # Whatever bases that are not known do in it, an instance comes out.
        return _NEW
    if cls.opaque:
        return Unknown(f"super().{name}")
    if name in ("__init__", "__init_subclass__", "__post_init__"):
        return Native(f"object.{name}", lambda f, a, k: None)
    if name in _OF_OBJECT:
        return Bound(_OF_OBJECT[name], receiver)
    return MISSING


def _hidden(after: Class, found: Class) -> bool:
    """Whether a base that is not known stands between a class and the one that a look-up after it found."""
    for base in after.bases:
        if not isinstance(base, Class):
            return True
        if found in base.mro:
            return False
    return False


def _plain_lookup(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
    receiver, name = args[0], args[1]
    if isinstance(receiver, Module) and name in receiver.children:
        return receiver.children[name]
    found = receiver.attrs.get(name, MISSING)
    if found is MISSING:
        raise Raised(AttributeError)
    return found


_NEW = Native("object.__new__", lambda f, args, keywords: classes.new_object(f, args[0]))
_OF_OBJECT = {
    "__setattr__": Native("object.__setattr__", lambda f, args, keywords: assign(f, args[0], args[1], args[2])),
    "__delattr__": Native("object.__delattr__", lambda f, args, keywords: delete(f, args[0], args[1])),
    "__getattr__": Native("__getattr__", _plain_lookup),
    "__getattribute__": Native("object.__getattribute__", lambda f, args, keywords: get(f, args[0], args[1])),
}


def _of_function(f: Frame, obj: Function, name: str) -> Value:
    if name in obj.attrs:
        return obj.attrs[name]
    if name in ("__name__", "__qualname__"):
        return obj.name
    if name == "__module__":
        return obj.module.name
    if name.startswith("__"):
        return Unknown(f"{obj.name}.{name}")
    return MISSING


def _of_bound(f: Frame, obj: Bound, name: str) -> Value:
    if name == "__self__":
        return obj.receiver
    if name == "__func__":
        return obj.function
    return find(f, obj.function, name)


def _of_partial(f: Frame, obj: Partial, name: str) -> Value:
    if name == "func":
        return obj.function
    if name == "args":
        return tuple(obj.args)
    if name == "keywords":
        return obj.keywords
    return MISSING


def _of_native(f: Frame, obj: Native, name: str) -> Value:
    return obj.name.rpartition(".")[2] if name == "__name__" else Unknown(f"{obj.name}.{name}")


def _of_property(f: Frame, obj: Property, name: str) -> Value:
    if name in ("setter", "getter", "deleter"):
        return Bound(Native(f"property.{name}", _change_property), (obj, name))
    return MISSING


def _change_property(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
    (old, which), function = args
    if which == "setter":
        return Property(old.getter, function)
    return Property(function, old.setter) if which == "getter" else old


def _of_unknown(f: Frame, obj: Unknown, name: str) -> Value:
    value = operators.fact(f, obj)
    return obj.part(name) if value is obj else find(f, value, name)


def _of_poly(f: Frame, obj: Poly, name: str) -> Value:
    return f.ev.path.as_object(obj).part(name) if is_guessed(obj) else Unknown(f"int.{name}")


def _of_type(obj: type, name: str) -> Value:
    if name == "__name__":
        return obj.__name__
    if name == "__new__":
        return _NEW
    if obj is object and name in _OF_OBJECT:
        return _OF_OBJECT[name]
    return Native(f"{obj.__name__}.{name}", lambda f, args, keywords: _unbound(f, args, keywords, name))


def _unbound(f: Frame, args: list[Value], keywords: dict[str, Value], name: str) -> Value:
    if not args:
        return Unknown(name)
    if name == "fromkeys":
        from bn_lint.model.iteration import known_items

        keys = known_items(f, args[0])
        return Unknown("dict") if keys is None else dict.fromkeys(keys, args[1] if len(args) > 1 else None)
    return calls.call(f, get(f, args[0], name), args[1:], keywords)


_READERS: dict[type, Any] = {
    Module: _of_module,
    Object: _of_object,
    Class: _of_class,
    Namespace: _of_namespace,
    ModuleScope: _of_scope,
    Super: _of_super,
    Function: _of_function,
    Bound: _of_bound,
    Partial: _of_partial,
    Native: _of_native,
    Property: _of_property,
    Unknown: _of_unknown,
    ShapeOf: _of_unknown,
    Poly: _of_poly,
}


def register_reader(kind: type, reader: Callable[[Frame, Any, str], Value]) -> None:
    """Say how attributes of a kind of value are read."""
    _READERS[kind] = reader


# Children of a ready-made model that hold few of its layers: replacing one leaves BatchNorm elsewhere.
_FEW_LAYERS = re.compile(r"(?i)^(fc|classifier|heads?|last_\w+|aux\w*|conv1|conv_stem|avg_?pool|\w*pool|drop\w*)$")


def set_(f: Frame, obj: Value, name: str, value: Value) -> None:
    """obj.name = value"""
    obj = operators.fact(f, obj)
    f.ev.path.change(obj)
    journal = f.ev.journal
    if isinstance(obj, Object):
        method = obj.cls.lookup("__setattr__")
        if isinstance(method, Function):
            calls.call(f, method, [obj, name, value], {})
        else:
            assign(f, obj, name, value)
        return
    f.ev.repeats.forget()
    if isinstance(obj, Class):
        journal.set(obj.members, name, value)
    elif isinstance(obj, ModuleScope):
        journal.set(obj.vars, name, value)
    elif isinstance(obj, Namespace):
        journal.set(f.ev.patched, f"{obj.name}.{name}", value)
    elif isinstance(obj, Function):
        journal.set(obj.attrs, name, value)
    elif name == "__defaults__" and isinstance(obj, Bound) and isinstance(obj.receiver, Class):
        _set_defaults(f, obj.receiver, value)


def _set_defaults(f: Frame, cls: Class, defaults: Value) -> None:
    """Fields.__new__.__defaults__ = (...): how defaults were given to a named tuple before it had a way for them."""
    fields: list[tuple[str, Value]] = cls.members.get("__fields__", [])
    known = iteration.known_items(f, defaults)
    if known is None or len(known) > len(fields):
        return
    start = len(fields) - len(known)
    changed = [(field, known[i - start] if i >= start else default) for i, (field, default) in enumerate(fields)]
    f.ev.journal.set(cls.members, "__fields__", changed)


def assign(f: Frame, obj: Object, name: str, value: Value) -> None:
    """What object.__setattr__ and nn.Module.__setattr__ do."""
    journal = f.ev.journal
    member = obj.cls.lookup(name)
    if (
        isinstance(member, Property)
        and not member.cached
        and not (isinstance(obj, Module) and isinstance(value, Module))
    ):
        if member.setter is None:
            raise Raised(AttributeError)
        calls.call(f, member.setter, [obj, value], {})
        return
    if not isinstance(obj, Module):
        _store(f, obj, obj.attrs, name, value)
        return
    if name == "training":
        switch(f, obj, operators.truth(f, value), own=True)
        return
    if obj.hidden is not None and not _FEW_LAYERS.match(name):
        # It may have been the part that holds the BatchNorm layers.
        journal.put(obj.hidden, "training", None)
    if isinstance(value, Module) or (name in obj.children and (value is None or isinstance(value, Unknown))):
        if name in obj.attrs:
            journal.delete(obj.attrs, name)
        _store(f, obj, obj.children, name, value)
        return
    if name == "running_mean" and value is None:
        f.ev.without_statistics(obj, f.place)
    if name in obj.children:
        journal.delete(obj.children, name)
    if isinstance(value, list | tuple | dict):
        if obj.places is None:
            obj.places = {}
        obj.places[name] = f.place
    _store(f, obj, obj.attrs, name, value)


def _store(f: Frame, obj: Object, target: dict[str, Value], name: str, value: Value) -> None:
    # An object made in this run is thrown away with it: nothing to undo.
    if obj.born == f.ev.epoch:
        target[name] = value
    else:
        f.ev.journal.set(target, name, value)


def delete(f: Frame, obj: Value, name: str) -> None:
    """del obj.name"""
    if isinstance(obj, Module) and name in obj.children:
        f.ev.journal.delete(obj.children, name)
    elif isinstance(obj, Object) and name in obj.attrs:
        f.ev.journal.delete(obj.attrs, name)
    elif isinstance(obj, Class) and name in obj.members:
        f.ev.journal.delete(obj.members, name)
    elif isinstance(obj, Object) and not isinstance(obj, Module) and find(f, obj, name) is MISSING:
        raise Raised(AttributeError)
