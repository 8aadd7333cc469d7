"""What operators do to abstract values."""

from __future__ import annotations

import operator as _op
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
from bn_lint.model import symbolic
from bn_lint.model.formatting import format_percent
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.symbolic import Poly
from bn_lint.model.torch_ import shapes
from bn_lint.model.torch_.indexing import index_tensor
from bn_lint.model.values import (
    MISSING,
    Class,
    EnumMember,
    Function,
    Iterator,
    Module,
    Namespace,
    Native,
    Object,
    Tensor,
    Unknown,
    Value,
)

_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "+": _op.add, "-": _op.sub, "*": _op.mul, "/": _op.truediv, "//": _op.floordiv, "%": _op.mod,  # pyright: ignore[reportUnknownMemberType]
    "**": _op.pow, "<<": _op.lshift, ">>": _op.rshift, "&": _op.and_, "|": _op.or_, "^": _op.xor,  # pyright: ignore[reportUnknownMemberType]
}  # fmt: skip
_METHOD = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
    "@": "matmul", "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor",
}  # fmt: skip
# The operators whose result on two ints is always a small int: applied without further questions.
ON_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {"+": _op.add, "-": _op.sub, "*": _op.mul}

_PLAIN = (int, float, str, bytes, complex, bool, type(None))
# What Python's own operators are asked about: everything else only stands for something.
_DATA = (*_PLAIN, list, tuple, dict, set, frozenset, range)
_MAX_REPEAT = 4096


def is_plain(value: Value) -> bool:
    """Whether a value is ordinary Python data without anything abstract directly in it."""
    return isinstance(value, _PLAIN)


def binary(f: Frame, operator: str, a: Value, b: Value) -> Value:
    """a <operator> b"""
    a, b = fact(f, a), fact(f, b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return shapes.elementwise(f, operator, a, b)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Unknown("computed")
    if isinstance(a, Poly) or isinstance(b, Poly):
        return _symbolic(f, operator, a, b)
    if isinstance(a, Object) or isinstance(b, Object):
        return _by_method(f, operator, a, b)
    if operator == "%" and isinstance(a, str):
        return format_percent(a, b)
    if operator == "|" and _is_type(a) and (_is_type(b) or b is None):
        return (a, b)  # int | None, as a value
    if operator in ("&", "|", "-", "^"):
        a, b = _view(a), _view(b)
    python = _PYTHON.get(operator)
    if python is None or not (isinstance(a, _DATA) and isinstance(b, _DATA)) or _huge(operator, a, b):
        return Unknown("computed")
    try:
        return python(a, b)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise Raised(type(error)) from None


def _view(value: Value) -> Value:
    """The set that `d.keys()` and `d.items()` are to an operator."""
    if not isinstance(value, Iterator):
        return value
    try:
        return set(value.items)
    except TypeError:
        return Unknown("view")


def _huge(operator: str, a: Value, b: Value) -> bool:
    if operator == "**":
        return isinstance(b, int) and abs(b) > 64
    if operator == "<<":
        return isinstance(b, int) and b > 64
    if operator == "*":
        return (isinstance(a, int) and a > _MAX_REPEAT and not isinstance(b, int | float)) or (
            isinstance(b, int) and b > _MAX_REPEAT and not isinstance(a, int | float)
        )
    return False


def _is_type(value: Value) -> bool:
    return isinstance(value, type | Class | tuple)


def in_place(f: Frame, operator: str, a: Value, b: Value) -> Value:
    """a <operator>= b: lists, dicts and sets change in place."""
    if isinstance(a, list) and operator == "+":
        from bn_lint.model.iteration import known_items

        items = known_items(f, b)
        if items is None:
            return Unknown("list")
        f.ev.journal.growing(a)  # pyright: ignore[reportUnknownArgumentType]
        a.extend(items)  # pyright: ignore[reportUnknownMemberType]
        return a  # pyright: ignore[reportUnknownVariableType]
    if isinstance(a, dict) and operator == "|" and isinstance(b, dict):
        f.ev.journal.changing(a)
        a.update(b)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        return a  # pyright: ignore[reportUnknownVariableType]
    if isinstance(a, Object):
        method = a.cls.lookup(f"__i{_METHOD[operator]}__")
        if method is not MISSING:
            return calls.call(f, attributes.bind(f, method, a, a.cls), [b], {})
    return binary(f, operator, a, b)


def _by_method(f: Frame, operator: str, a: Value, b: Value) -> Value:
    name = _METHOD[operator]
    for receiver, other, method in ((a, b, f"__{name}__"), (b, a, f"__r{name}__")):
        if isinstance(receiver, Object):
            found = receiver.cls.lookup(method)
            if found is not MISSING:
                return calls.call(f, attributes.bind(f, found, receiver, receiver.cls), [other], {})
    return Unknown("computed")


def _symbolic(f: Frame, operator: str, a: Value, b: Value) -> Value:
    a, b = f.ev.path.size(a), f.ev.path.size(b)
    for value in (a, b):
        if isinstance(value, list | tuple):  # [x] * n
            return Unknown("repeated")
    a, b = _rational(a), _rational(b)
    if a is None or b is None:
        return Unknown("computed")
    atoms = f.ev.atoms
    result: Any = None
    if operator == "+":
        result = symbolic.add(a, b)
    elif operator == "-":
        result = symbolic.add(a, b, -1)
    elif operator == "*":
        result = symbolic.multiply(a, b)
    elif operator == "/":
        result = symbolic.divide_exactly(a, b)
        if result is None and isinstance(b, int | Fraction):
            result = symbolic.multiply(a, Poly({(): Fraction(1) / b}))
    elif operator in ("//", "%") and symbolic.sign(b) == 1 and symbolic.non_negative(a):
        result = atoms.floor_divide(a, b) if operator == "//" else atoms.modulo(a, b)
    elif operator == "**" and isinstance(b, int) and 0 <= b <= 4:
        result = 1
        for _ in range(b):
            result = None if result is None else symbolic.multiply(result, a)
    if result is None:
        return atoms.atom((operator, a, b), f"{symbolic.text_of(a)} {operator} {symbolic.text_of(b)}")
    return result


def _rational(value: Value) -> Any:
    """A number as an exact coefficient; None for what is no number."""
    if isinstance(value, Poly | int | Fraction):
        return value
    if isinstance(value, float):
        if value.is_integer():
            return int(value)
        exact = Fraction(value).limit_denominator(1 << 16)
        return exact if float(exact) == value else None
    return None


def unary(f: Frame, operator: str, value: Value) -> Value:
    """<operator> value"""
    value = fact(f, value)
    if operator == "not":
        known = truth(f, value)
        if known is not None:
            return not known
        return Unknown("condition", ("not", value, None))
    if isinstance(value, Tensor):
        return shapes.like(value)
    if isinstance(value, Poly):
        return symbolic.multiply(value, -1) if operator == "-" else value
    if isinstance(value, int | float) and not isinstance(value, complex):
        if operator == "-":
            return -value
        return value if operator == "+" else ~value if isinstance(value, int) else Unknown("computed")
    return Unknown("computed")


# ---- truth


def fact(f: Frame, value: Value) -> Value:
    """What the decisions of this run told about an unknown value."""
    if value.__class__ is Unknown:
        facts = f.ev.path.facts
        return facts.get(value, value) if facts else value
    return value


def truth(f: Frame, value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if value is True or value is False:
        return value
    value = fact(f, value)
    if isinstance(value, Unknown | Tensor):
        return None
    if isinstance(value, Poly):
        size = f.ev.path.size(value)
        if symbolic.is_guessed(size):
            return None  # it may be a flag
        sign = symbolic.sign(size)
        return None if sign is None else sign != 0
    if isinstance(value, Module):
        # A container is false when it is empty; any other module is true.
        return bool(value.children) if value.cls.lookup("__len__") is not MISSING else True
    if isinstance(value, Object):
        method = value.cls.lookup("__len__")
        if method is not MISSING:
            return truth(f, calls.call(f, attributes.bind(f, method, value, value.cls), [], {}))
        return True
    if isinstance(value, Iterator):
        return True
    try:
        return bool(value)
    except Exception:
        return None


def test(f: Frame, value: Value, number: int, likely: bool = True) -> bool:  # noqa: PT028
    """Whether a value counts as true; decided for this run where that is not known."""
    known = truth(f, value)
    if known is not None:
        return known
    if not isinstance(value, Unknown):
        value = Unknown("condition", ("!=", value, 0)) if isinstance(value, Poly) else Unknown("condition")
    return f.ev.path.decide(value, (f.piece, number), likely)


# ---- comparison


def compare(f: Frame, operator: str, a: Value, b: Value) -> Value:
    """a <operator> b: a bool, or an unknown condition that remembers what was compared."""
    a, b = _number(fact(f, a)), _number(fact(f, b))
    if operator in ("is", "is not", "==", "!="):
        equal = same(f, a, b) if operator in ("is", "is not") else equals(f, a, b)
        positive = operator in ("is", "==")
        if equal is None:
            if isinstance(a, Tensor) or isinstance(b, Tensor):
                return Tensor(None) if operator in ("==", "!=") else Unknown("condition")
            return Unknown("condition", ("==" if positive else "!=", a, b))
        return equal is positive
    if operator in ("in", "not in"):
        found = contains(f, b, a)
        if found is None:
            return Unknown("condition", (operator, a, _hashable(b)))
        return found is (operator == "in")
    return _order(f, operator, a, b)


def _number(value: Value) -> Value:
    """The number in a tensor of one known number."""
    return value.data if isinstance(value, Tensor) and isinstance(value.data, int | float) else value


def _hashable(value: Value) -> Value:
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value


def _order(f: Frame, operator: str, a: Value, b: Value) -> Value:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return Tensor(None)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Unknown("condition", (operator, a, b))
    if isinstance(a, Poly) or isinstance(b, Poly):
        left, right = _rational(a), _rational(b)
        if left is None or right is None:
            return Unknown("condition", (operator, a, b))
        difference = f.ev.path.size(symbolic.add(left, right, -1))
        sign = symbolic.sign(difference)
        if sign is not None:
            return _PYTHON_ORDER[operator](sign, 0)
        if operator in (">=", "<") and symbolic.non_negative(difference):
            return operator == ">="
        negative = symbolic.multiply(difference, -1)
        if operator in ("<=", ">") and symbolic.non_negative(negative):
            return operator == "<="
        return Unknown("condition", (operator, a, b))
    if isinstance(a, Object) and not isinstance(a, Module):
        method = a.cls.lookup({"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}[operator])
        if method is not MISSING:
            return calls.call(f, attributes.bind(f, method, a, a.cls), [b], {})
        return Unknown("condition", (operator, a, b))
    try:
        return bool(_PYTHON_ORDER[operator](a, b))
    except TypeError:
        raise Raised(TypeError) from None


_PYTHON_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": _op.lt, "<=": _op.le, ">": _op.gt, ">=": _op.ge,
}  # fmt: skip


def same(f: Frame, a: Value, b: Value) -> bool | None:
    """a is b; None where that is not known."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return True if a is b else None
    if isinstance(a, Poly) or isinstance(b, Poly):
        return equals(f, a, b)
    if is_plain(a) and is_plain(b):
        return type(a) is type(b) and a == b
    if isinstance(a, Namespace) and isinstance(b, Namespace):
        return a.name == b.name
    if isinstance(a, Native) and isinstance(b, Native):
        return a.name == b.name
    return a is b


def equals(f: Frame, a: Value, b: Value) -> bool | None:
    """a == b; None where that is not known."""
    if a is b and not isinstance(a, Tensor):
        return True
    a, b = fact(f, a), fact(f, b)
    if isinstance(a, Unknown | Tensor) or isinstance(b, Unknown | Tensor):
        if (isinstance(a, Tensor | Poly) and b is None) or (isinstance(b, Tensor | Poly) and a is None):
            return False
        return True if a is b and not isinstance(a, Tensor) else None
    if isinstance(a, Poly) or isinstance(b, Poly):
        left, right = _rational(a), _rational(b)
        if left is None or right is None:
            # A parameter that we take for a number may be something else after all.
            return None if symbolic.is_guessed(a) or symbolic.is_guessed(b) else False
        sign = symbolic.sign(f.ev.path.size(symbolic.add(left, right, -1)))
        return None if sign is None else sign == 0
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        if type(a) is not type(b) or len(a) != len(b):  # pyright: ignore[reportUnknownArgumentType]
            return False
        results = [equals(f, x, y) for x, y in zip(a, b, strict=True)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return False if False in results else None if None in results else True
    if isinstance(a, EnumMember) or isinstance(b, EnumMember):
        plain: list[Value] = [x.attrs.get("value") if isinstance(x, EnumMember) else x for x in (a, b)]  # pyright: ignore[reportUnknownVariableType]
        both = isinstance(a, EnumMember) and isinstance(b, EnumMember)
        return a is b if both else bool(plain[0] == plain[1])
    if isinstance(a, Object) and not isinstance(a, Module):
        method = a.cls.lookup("__eq__")
        if isinstance(method, Function):
            return truth(f, calls.call(f, attributes.bind(f, method, a, a.cls), [b], {}))
    if isinstance(a, Native) and isinstance(b, Native):
        return a.name == b.name
    try:
        return bool(a == b)
    except Exception:
        return None


def contains(f: Frame, container: Value, item: Value) -> bool | None:
    """item in container; None where that is not known."""
    container = fact(f, container)
    if isinstance(container, Namespace) and container.name == "os.environ":
        return False  # code is checked as it runs where nobody has set anything
    if isinstance(container, str):
        return item in container if isinstance(item, str) else None if isinstance(item, Unknown) else False
    if isinstance(container, Object):
        method = container.cls.lookup("__contains__")
        if method is not MISSING:
            return truth(f, calls.call(f, attributes.bind(f, method, container, container.cls), [item], {}))
    if isinstance(container, dict | set | list | tuple | range) and _concrete(item):
        # Python's own look-up, as long as nothing abstract is among what it would compare with.
        if item in container:
            return True
        if not any(x.__class__ in _ABSTRACT or (x.__class__ is tuple and not _concrete(x)) for x in container):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType]
            return False
    from bn_lint.model.iteration import known_items

    items = known_items(f, container)
    if items is None:
        return None
    results = [equals(f, element, item) for element in items]
    return True if True in results else None if None in results else False


def _concrete(value: Value) -> bool:
    """Plain data through and through."""
    if value.__class__ is tuple:
        return all(_concrete(item) for item in value)
    return isinstance(value, _PLAIN)


_ABSTRACT = frozenset({Unknown, Poly, Tensor, Object, Module, EnumMember, list, dict})


# ---- items


def get_item(f: Frame, obj: Value, key: Value) -> Value:
    """obj[key]"""
    obj, key = fact(f, obj), fact(f, key)
    if isinstance(obj, Tensor):
        return index_tensor(f, obj, key)
    if isinstance(obj, Unknown):
        return obj.part(key) if isinstance(key, int | str) else Unknown(f"{obj.path}[]")
    if isinstance(obj, Object):
        method = obj.cls.lookup("__getitem__")
        if method is not MISSING:
            return calls.call(f, attributes.bind(f, method, obj, obj.cls), [key], {})
        return Unknown("item")
    if isinstance(obj, Class):
        return _class_item(f, obj, key)
    if isinstance(obj, dict):
        return _dict_item(f, obj, key)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(obj, list | tuple | str | bytes | range):
        return _sequence_item(f, obj, key)
    if isinstance(obj, Namespace) and obj.name == "sys.modules" and isinstance(key, str):
        return f.ev.loader.module(f.module, key)
    if isinstance(obj, Namespace) and obj.name == "os.environ":
        raise Raised(KeyError)
    if isinstance(obj, type | Namespace | Native):
        return obj  # list[int], Callable[..., X]: a type annotation used as a value
    return Unknown("item")


def _class_item(f: Frame, cls: Class, key: Value) -> Value:
    if isinstance(key, str):
        member = cls.lookup(key)
        if isinstance(member, EnumMember):
            return member
    method = cls.lookup("__class_getitem__")
    if method is not MISSING:
        return calls.call(f, attributes.bind(f, method, None, cls), [key], {})
    if any(base.qualified == "enum.Enum" for base in cls.mro):
        return Unknown(cls.name)
    return cls  # Generic[T]


def _dict_item(f: Frame, obj: dict[Any, Value], key: Value) -> Value:
    try:
        found = obj.get(key, MISSING)
    except TypeError:
        raise Raised(TypeError) from None
    if found is not MISSING:
        return found
    if isinstance(key, Unknown) and key.path.isidentifier() and all(isinstance(k, str) for k in obj):
        f.ev.consulted[key.path] = obj
    if isinstance(key, Poly | Unknown) or any(isinstance(k, Poly | Unknown) for k in obj):
        return Unknown("item")
    factory = getattr(obj, "factory", None)
    if factory is not None:
        value = calls.call(f, factory, [], {})
        f.ev.journal.set(obj, key, value)
        return value
    raise Raised(KeyError)


def _sequence_item(f: Frame, obj: Any, key: Value) -> Value:
    if isinstance(key, slice):
        parts = [f.ev.path.size(part) for part in (key.start, key.stop, key.step)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if any(part is not None and not isinstance(part, int) for part in parts):
            return Unknown("slice")
        return obj[slice(*parts)]
    key = f.ev.path.size(key)
    if isinstance(key, bool | int):
        try:
            return obj[key]
        except IndexError:
            raise Raised(IndexError) from None
    if isinstance(key, Poly | Unknown | Tensor):
        return Unknown("item")
    raise Raised(TypeError)


def set_item(f: Frame, obj: Value, key: Value, value: Value) -> None:
    """obj[key] = value"""
    obj, key = fact(f, obj), fact(f, key)
    journal = f.ev.journal
    if isinstance(obj, dict):
        try:
            journal.set(obj, key, value)  # pyright: ignore[reportUnknownArgumentType]
        except TypeError:
            raise Raised(TypeError) from None
    elif isinstance(obj, list):
        journal.changing(obj)
        if isinstance(key, bool | int) or (isinstance(key, slice) and isinstance(value, list | tuple)):
            try:
                obj[key] = value
            except (IndexError, ValueError, TypeError) as error:
                raise Raised(type(error)) from None
        else:
            obj[:] = [Unknown("item")] * len(obj)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(obj, Object):
        method = obj.cls.lookup("__setitem__")
        if method is not MISSING:
            calls.call(f, attributes.bind(f, method, obj, obj.cls), [key, value], {})


def delete_item(f: Frame, obj: Value, key: Value) -> None:
    """del obj[key]"""
    obj, key = fact(f, obj), fact(f, key)
    if isinstance(obj, dict | list):
        if isinstance(key, Unknown | Poly):
            return
        f.ev.journal.changing(obj)
        try:
            del obj[key]
        except (KeyError, IndexError, TypeError) as error:
            raise Raised(type(error)) from None
    elif isinstance(obj, Object):
        method = obj.cls.lookup("__delitem__")
        if method is not MISSING:
            calls.call(f, attributes.bind(f, method, obj, obj.cls), [key], {})
