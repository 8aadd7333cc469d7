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
    ShapeOf,
    Tensor,
    Unknown,
    Value,
    View,
    data_of,
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
_SIZED = (str, bytes, list, tuple)
# A loop that doubles what it has would not end before memory does.
MAX_NUMBER, MAX_LENGTH = 1 << 256, 1 << 16


def is_plain(value: Value) -> bool:
    """Whether a value is ordinary Python data without anything abstract directly in it."""
    return isinstance(value, _PLAIN)


def binary(f: Frame, operator: str, a: Value, b: Value) -> Value:
    """a <operator> b"""
    a, b = fact(f, a), fact(f, b)
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return shapes.elementwise(f, operator, a, b)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Unknown("computed", formula=(operator, a, b) if operator in ("+", "-", "*", "//") else None)
    if isinstance(a, Poly) or isinstance(b, Poly):
        return _symbolic(f, operator, a, b)
    a, b = data_of(a), data_of(b)
    if isinstance(a, Object) or isinstance(b, Object):
        return _by_method(f, operator, a, b)
    if isinstance(a, View) or isinstance(b, View):
        a, b = _as_set(a), _as_set(b)
    if operator == "%" and isinstance(a, str):
        return format_percent(a, b)
    if operator == "|" and _is_type(a) and (_is_type(b) or b is None):
        return (a, b)  # int | None, as a value
    python = _PYTHON.get(operator)
    if python is None or not (isinstance(a, _DATA) and isinstance(b, _DATA)) or _huge(operator, a, b):
        return Unknown("computed")
    try:
        return bounded(python(a, b))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise Raised(type(error)) from None


def _as_set(value: Value) -> Value:
    """The view of a dict, or what is combined with one, as a set."""
    try:
        return set(value.items() if isinstance(value, View) else value)
    except TypeError:
        raise Raised(TypeError) from None


def _huge(operator: str, a: Value, b: Value) -> bool:
    if operator == "**":
        return isinstance(b, int) and abs(b) > 64
    if operator == "<<":
        return isinstance(b, int) and b > 64
    if operator == "*":
        for count, repeated in ((a, b), (b, a)):
            if isinstance(count, int) and isinstance(repeated, _SIZED) and count * len(repeated) > MAX_LENGTH:  # pyright: ignore[reportUnknownArgumentType]
                return True
    return False


def bounded(value: Value) -> Value:
    """A computed value, or unknown where it has grown beyond what sizes, names and lists of layers come to."""
    if value.__class__ is int:
        return value if -MAX_NUMBER < value < MAX_NUMBER else Unknown("a huge number")
    length: int = len(value) if value.__class__ in _SIZED else 0
    return value if length <= MAX_LENGTH else Unknown("something huge")


def _is_type(value: Value) -> bool:
    return isinstance(value, type | Class | tuple)


def in_place(f: Frame, operator: str, a: Value, b: Value) -> Value:
    """a <operator>= b: lists, dicts and sets change in place."""
    if isinstance(a, list) and operator == "+":
        from bn_lint.model.iteration import known_items

        items = known_items(f, b)
        if items is None or len(a) + len(items) > MAX_LENGTH:  # pyright: ignore[reportUnknownArgumentType]
            return Unknown("list")
        f.ev.journal.growing(a)  # pyright: ignore[reportUnknownArgumentType]
        a.extend(items)  # pyright: ignore[reportUnknownMemberType]
        return a  # pyright: ignore[reportUnknownVariableType]
    if (isinstance(a, dict) and isinstance(b, dict)) or (isinstance(a, set) and isinstance(b, set | frozenset)):
        change = _IN_PLACE.get(operator)
        if change is not None and hasattr(a, change):  # pyright: ignore[reportUnknownArgumentType]
            f.ev.journal.changing(a)
            getattr(a, change)(b)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            return a  # pyright: ignore[reportUnknownVariableType]
    if isinstance(a, list) and operator == "*" and isinstance(b, int) and not _huge("*", a, b):
        f.ev.journal.changing(a)
        a *= b  # pyright: ignore[reportUnknownVariableType]
        return a  # pyright: ignore[reportUnknownVariableType]
    if isinstance(a, Object):
        method = a.cls.lookup(f"__i{_METHOD[operator]}__")
        if method is not MISSING:
            return calls.call(f, attributes.bind(f, method, a, a.cls), [b], {})
    return binary(f, operator, a, b)


_IN_PLACE = {
    "|": "update", "&": "intersection_update", "-": "difference_update", "^": "symmetric_difference_update",
}  # fmt: skip


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
        for name in ("__bool__", "__len__"):
            method = value.cls.lookup(name)
            if method is not MISSING:
                return truth(f, calls.call(f, attributes.bind(f, method, value, value.cls), [], {}))
        return None if value.cls.opaque else True
    if isinstance(value, Iterator):
        return True
    if isinstance(value, View):
        return bool(value.mapping)
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
                return shapes.elementwise(f, operator, a, b) if operator in ("==", "!=") else Unknown("condition")
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
    a, b = _as_tuple(data_of(a)), _as_tuple(data_of(b))
    if a.__class__ in (list, tuple) and a.__class__ is b.__class__:
        for x, y in zip(a, b, strict=False):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            equal = equals(f, x, y)
            if equal is None:
                return Unknown("condition")
            if not equal:
                return _order(f, operator, x, y)
        return _PYTHON_ORDER[operator](len(a), len(b))  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return shapes.elementwise(f, operator, a, b)
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
    sides: tuple[tuple[Value, Value, str], ...] = ((a, b, operator), (b, a, _MIRRORED[operator]))
    for x, y, symbol in sides:
        if isinstance(x, Object) and not isinstance(x, Module):
            method = x.cls.lookup(_ORDER_METHOD[symbol])
            if method is not MISSING:
                return calls.call(f, attributes.bind(f, method, x, x.cls), [y], {})
    if isinstance(a, Object) or isinstance(b, Object):
        return Unknown("condition", (operator, a, b))
    try:
        return bool(_PYTHON_ORDER[operator](a, b))
    except TypeError:
        raise Raised(TypeError) from None


_PYTHON_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": _op.lt, "<=": _op.le, ">": _op.gt, ">=": _op.ge,
}  # fmt: skip


_ORDER_METHOD = {"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


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


_NOT_KNOWN = frozenset({Unknown, ShapeOf, Poly})


def is_open(mapping: dict[Any, Value]) -> bool:
    """Whether a dict may hold keys that are not known. Asked of large tables, for each of their keys."""
    return not _NOT_KNOWN.isdisjoint(map(type, mapping))


def equals(f: Frame, a: Value, b: Value) -> bool | None:
    """a == b; None where that is not known."""
    if a is b and not isinstance(a, Tensor):
        return True
    a, b = fact(f, a), fact(f, b)
    if isinstance(a, Unknown | Tensor) or isinstance(b, Unknown | Tensor):
        if (isinstance(a, Tensor | Poly) and b is None) or (isinstance(b, Tensor | Poly) and a is None):
            return False
        if isinstance(a, Unknown) and a.path.endswith("__version__") and isinstance(b, str) and not b[:1].isdigit():
            return False  # torch.__version__ == "parrots"
        return True if a is b and not isinstance(a, Tensor) else None
    if isinstance(a, Poly) or isinstance(b, Poly):
        left, right = _rational(a), _rational(b)
        if left is None or right is None:
            # A parameter that we take for a number may be something else after all.
            return None if symbolic.is_guessed(a) or symbolic.is_guessed(b) else False
        sign = symbolic.sign(f.ev.path.size(symbolic.add(left, right, -1)))
        return None if sign is None else sign == 0
    a, b = _as_tuple(a), _as_tuple(b)
    if isinstance(a, dict) and isinstance(b, dict):
        if is_open(a) or is_open(b):  # pyright: ignore[reportUnknownArgumentType]
            return None
        if a.keys() != b.keys():
            return False
        results = [equals(f, a[key], b[key]) for key in a]  # pyright: ignore[reportUnknownVariableType]
        return False if False in results else None if None in results else True
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        if type(a) is not type(b) or len(a) != len(b):  # pyright: ignore[reportUnknownArgumentType]
            return False
        results = [equals(f, x, y) for x, y in zip(a, b, strict=True)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return False if False in results else None if None in results else True
    if isinstance(a, EnumMember) or isinstance(b, EnumMember):
        left, right = data_of(a), data_of(b)
        if isinstance(left, EnumMember) or isinstance(right, EnumMember):
            return a is b
        return equals(f, left, right)
    pairs: Any = ((a, b), (b, a))
    for x, y in pairs:
        if isinstance(x, Object) and not isinstance(x, Module):
            method = x.cls.lookup("__eq__")
            if isinstance(method, Function):
                return truth(f, calls.call(f, attributes.bind(f, method, x, x.cls), [y], {}))
            if x.cls.lookup("__fields__") is not MISSING:
                return isinstance(y, Object) and x.cls is y.cls and equals(f, x.attrs, y.attrs)
            if x.cls.opaque:
                return None
    if isinstance(a, Native) and isinstance(b, Native):
        return a.name == b.name
    try:
        return bool(a == b)
    except Exception:
        return None


def _as_tuple(value: Value) -> Value:
    """A named tuple as the tuple that it is; everything else as it is."""
    if not isinstance(value, Object) or all(base.qualified != "typing.NamedTuple" for base in value.cls.mro):
        return value
    fields: list[tuple[str, Value]] = value.cls.lookup("__fields__")
    return tuple(value.attrs[name] for name, _ in fields)


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
        if isinstance(container, dict) and item.__class__ is str and f.ev.loader.wake(f, item):
            return contains(f, container, item)
        kinds = set(map(type, container))  # pyright: ignore[reportUnknownArgumentType]
        if kinds.isdisjoint(_ABSTRACT) and (tuple not in kinds or all(map(_concrete, container))):  # pyright: ignore[reportUnknownArgumentType]
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
    if isinstance(obj, Poly) and symbolic.is_guessed(obj):
        obj = f.ev.path.as_object(obj)
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
    if is_plain(obj) or isinstance(obj, set | frozenset | Function):
        raise Raised(TypeError)
    return Unknown("item")


def _class_item(f: Frame, cls: Class, key: Value) -> Value:
    if isinstance(key, str):
        member = cls.lookup(key)
        if isinstance(member, EnumMember):
            return member
    method = cls.lookup("__class_getitem__")
    if method is not MISSING:
        return calls.call(f, attributes.bind(f, method, None, cls), [key], {})
    if cls.is_enum:
        return Unknown(cls.name)
    return cls  # Generic[T]


def _dict_item(f: Frame, obj: dict[Any, Value], key: Value) -> Value:
    try:
        found = obj.get(key, MISSING)
    except TypeError:
        raise Raised(TypeError) from None
    if found is not MISSING:
        return found
    if key.__class__ is str and f.ev.loader.wake(f, key):
        return _dict_item(f, obj, key)
    asked = key.path if isinstance(key, Unknown) else str(key) if isinstance(key, Poly) else ""
    if asked.isidentifier() and set(map(type, obj)) in ({str}, {int}):
        f.ev.consulted[asked] = obj
    if isinstance(key, Poly | Unknown) or not _NOT_KNOWN.isdisjoint(map(type, obj)):
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
        try:
            return obj[slice(*parts)]
        except ValueError:  # a step of 0
            raise Raised(ValueError) from None
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
    f.ev.path.change(obj)
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
        f.ev.journal.changing(obj)
        parts: tuple[Value, ...] = (key,)
        if isinstance(key, slice):
            parts = (key.start, key.stop, key.step)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if any(isinstance(part, Unknown | Poly) for part in parts):
            if isinstance(obj, list):
                obj[:] = [Unknown("item")] * (len(obj) - 1)  # pyright: ignore[reportUnknownArgumentType]
            return
        try:
            del obj[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Raised(type(error)) from None
    elif isinstance(obj, Object):
        method = obj.cls.lookup("__delitem__")
        if method is not MISSING:
            calls.call(f, attributes.bind(f, method, obj, obj.cls), [key], {})
