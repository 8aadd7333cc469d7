"""Python's built-in functions, and the methods of its built-in types."""

from __future__ import annotations

import builtins as python
import sys
from collections.abc import Callable
from types import NoneType
from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
import bn_lint.model.iteration as iteration
from bn_lint.model import operators, symbolic
from bn_lint.model.formatting import format_method, format_value
from bn_lint.model.frame import Frame, ModuleScope, Raised
from bn_lint.model.symbolic import Poly, is_guessed
from bn_lint.model.torch_.bases import derives
from bn_lint.model.torch_.registry import names_below
from bn_lint.model.values import (
    MISSING,
    Bound,
    Class,
    ClassMethod,
    EnumMember,
    Function,
    Implementation,
    Iterator,
    Module,
    Namespace,
    Native,
    Object,
    Partial,
    Property,
    StaticMethod,
    Super,
    Tensor,
    Unknown,
    Value,
    View,
)

Args = list[Value]
Keywords = dict[str, Value]

BUILTINS: dict[str, Value] = {
    name: value for name, value in vars(python).items() if isinstance(value, type) and issubclass(value, BaseException)
}
BUILTINS.update(
    {
        t.__name__: t
        for t in (
            int,
            float,
            str,
            bool,
            bytes,
            complex,
            list,
            tuple,
            dict,
            set,
            frozenset,
            slice,
            object,
            type,
        )
    }
)
BUILTINS.update(
    {
        "True": True,
        "False": False,
        "None": None,
        "Ellipsis": ...,
        "NotImplemented": Unknown("NotImplemented"),
        "__debug__": True,
    }
)


class DefaultDict(dict[Any, Any]):
    """collections.defaultdict."""

    factory: Value = None

    def copy(self) -> DefaultDict:
        made = DefaultDict(self)
        made.factory = self.factory
        return made


def _builtin(name: str) -> Callable[[Implementation], Implementation]:
    def enter(body: Implementation) -> Implementation:
        BUILTINS[name] = Native(name, body)
        return body

    return enter


# ---- numbers


def to_int(f: Frame, value: Value) -> Value:
    """int(value)"""
    value = f.ev.path.size(operators.fact(f, value))
    if isinstance(value, Poly):
        denominators = {c.denominator for c in value.terms.values()}
        if denominators == {1}:
            return Poly({m: int(c) for m, c in value.terms.items()})
        common = 1
        for d in denominators:
            common = common * d // _gcd(common, d)
        whole = Poly({m: int(c * common) for m, c in value.terms.items()})
        return f.ev.atoms.floor_divide(whole, common)
    if isinstance(value, int | float | str):
        try:
            return int(value)
        except (ValueError, OverflowError) as error:
            raise Raised(type(error)) from None
    if isinstance(value, Tensor):
        return int(value.data) if isinstance(value.data, int | float) else Unknown("int")
    return Unknown("int")


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


@_builtin("abs")
def _abs(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = args[0]
    if isinstance(value, int | float | complex):
        return abs(value)
    return value if isinstance(value, Poly | Tensor) else Unknown("abs")


@_builtin("round")
def _round(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = f.ev.path.size(args[0])
    digits = args[1] if len(args) > 1 else keywords.get("ndigits")
    if isinstance(value, int | float) and isinstance(digits, int | None):
        return round(value, digits)
    if isinstance(value, Poly) and digits is None:
        if all(c.denominator == 1 for c in value.terms.values()):
            return value
        return f.ev.atoms.atom(("round", value), f"round({symbolic.text_of(value)})")
    return Unknown("round")


def _extreme(name: str, sign: int) -> Implementation:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        items = iteration.known_items(f, args[0]) if len(args) == 1 else list(args)
        if items is None:
            return Unknown(name)
        key = keywords.get("key")
        if not items:
            if "default" in keywords:
                return keywords["default"]
            raise Raised(ValueError)
        items = [f.ev.path.size(operators.fact(f, item)) for item in items]
        if key is not None:
            weights = [calls.call(f, key, [item], {}) for item in items]
            if not all(isinstance(w, int | float) for w in weights):
                return Unknown(name)
            best = (min if sign < 0 else max)(range(len(items)), key=lambda i: weights[i])
            return items[best]
        if any(isinstance(item, Unknown) for item in items):
            return Unknown(name)
        if any(isinstance(item, Poly) for item in items):
            return _symbolic_extreme(f, name, items, sign)
        try:
            return (min if sign < 0 else max)(items)
        except TypeError:
            return Unknown(name)

    return body


def _symbolic_extreme(f: Frame, name: str, items: list[Value], sign: int) -> Value:
    if not all(isinstance(item, Poly | int) for item in items):
        return Unknown(name)
    best = items[0]
    for item in items[1:]:
        difference = symbolic.add(item, best, -1)
        known = symbolic.sign(difference)
        if known is None:
            if symbolic.non_negative(difference if sign > 0 else symbolic.multiply(difference, -1)):
                known = sign
            elif symbolic.non_negative(difference if sign < 0 else symbolic.multiply(difference, -1)):
                known = -sign
        if known is None:
            key = (name, *items)
            return f.ev.atoms.atom(key, f"{name}({', '.join(symbolic.text_of(i) for i in items)})")
        if known == sign:
            best = item
    return best


BUILTINS["min"] = Native("min", _extreme("min", -1))
BUILTINS["max"] = Native("max", _extreme("max", 1))


@_builtin("sum")
def _sum(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None:
        return Unknown("sum")
    total: Value = args[1] if len(args) > 1 else keywords.get("start", 0)
    for item in items:
        total = operators.binary(f, "+", total, item)
    return total


@_builtin("pow")
def _pow(f: Frame, args: Args, keywords: Keywords) -> Value:
    return operators.binary(f, "**", args[0], args[1]) if len(args) == 2 else Unknown("pow")


@_builtin("divmod")
def _divmod(f: Frame, args: Args, keywords: Keywords) -> Value:
    return (operators.binary(f, "//", *args), operators.binary(f, "%", *args))


# ---- sequences


@_builtin("len")
def _len(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = operators.fact(f, args[0])
    if isinstance(value, list | tuple | dict | set | str | range | bytes | frozenset):
        return len(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Tensor):
        return value.dims[0] if value.dims else Unknown("len")
    if isinstance(value, View):
        return len(value.mapping)
    if isinstance(value, Iterator):
        return len(value.items)
    if isinstance(value, Object):
        method = value.cls.lookup("__len__")
        if method is not MISSING:
            return calls.call(f, attributes.bind(f, method, value, value.cls), [], {})
    if isinstance(value, iteration.SymbolicRange):
        return value.stop
    return Unknown("len")


@_builtin("range")
def _range(f: Frame, args: Args, keywords: Keywords) -> Value:
    values = [f.ev.path.size(operators.fact(f, arg)) for arg in args]
    if all(isinstance(value, int) for value in values):
        try:
            return range(*values)
        except (TypeError, ValueError) as error:
            raise Raised(type(error)) from None
    if len(values) == 1 and isinstance(values[0], Poly):
        return iteration.SymbolicRange(values[0])
    return Unknown("range")


@_builtin("enumerate")
def _enumerate(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    start = args[1] if len(args) > 1 else keywords.get("start", 0)
    if items is None or not isinstance(start, int):
        return Unknown("enumerate")
    return Iterator([(start + index, item) for index, item in enumerate(items)])


def _columns(f: Frame, args: Args) -> list[list[Value] | None]:
    """The items of each argument. An iterator given twice gives its items by turns: `zip(*[it] * 2)`."""
    taken: dict[int, list[Value] | None] = {}
    for arg in args:
        if id(arg) not in taken:
            taken[id(arg)] = iteration.known_items(f, arg)
    columns: list[list[Value] | None] = []
    for index, arg in enumerate(args):
        column = taken[id(arg)]
        if column is not None and isinstance(arg, Iterator):
            same = [i for i, other in enumerate(args) if other is arg]
            column = column[same.index(index) :: len(same)]
        columns.append(column)
    return columns


@_builtin("zip")
def _zip(f: Frame, args: Args, keywords: Keywords) -> Value:
    columns = _columns(f, args)
    known = [column for column in columns if column is not None]
    if not known:
        return Unknown("zip")
    length = min(len(column) for column in known)
    rows = [
        tuple(
            column[i] if column is not None else arg.part(i) if isinstance(arg, Unknown) else Unknown("item")
            for column, arg in zip(columns, args, strict=True)
        )
        for i in range(length)
    ]
    return Iterator(rows)  # pyright: ignore[reportArgumentType]


@_builtin("map")
def _map(f: Frame, args: Args, keywords: Keywords) -> Value:
    columns = _columns(f, args[1:])
    if None in columns:
        return Unknown("map")
    return Iterator([calls.call(f, args[0], list(row), {}) for row in zip(*columns, strict=False)])  # pyright: ignore[reportArgumentType]


@_builtin("filter")
def _filter(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[1])
    if items is None:
        return Unknown("filter")
    kept: list[Value] = []
    for item in items:
        known = operators.truth(f, item if args[0] is None else calls.call(f, args[0], [item], {}))
        if known is None:
            return Unknown("filter")
        if known:
            kept.append(item)
    return Iterator(kept)


@_builtin("reversed")
def _reversed(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    return Unknown("reversed") if items is None else Iterator(items[::-1])


@_builtin("sorted")
def _sorted(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None:
        return Unknown("sorted")
    key = keywords.get("key")
    weights = items if key is None else [calls.call(f, key, [item], {}) for item in items]
    if not all(operators.is_plain(w) or isinstance(w, tuple) for w in weights):
        return Unknown("sorted")
    try:
        order = sorted(range(len(items)), key=lambda i: weights[i], reverse=bool(keywords.get("reverse")))
    except TypeError:
        return Unknown("sorted")
    return [items[i] for i in order]


def _quantifier(name: str, seeks: bool) -> Implementation:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        items = iteration.known_items(f, args[0])
        if items is None:
            return Unknown(name)
        found = [operators.truth(f, item) for item in items]
        if seeks in found:
            return seeks
        return Unknown(name) if None in found else not seeks

    return body


BUILTINS["any"] = Native("any", _quantifier("any", True))
BUILTINS["all"] = Native("all", _quantifier("all", False))


@_builtin("iter")
def _iter(f: Frame, args: Args, keywords: Keywords) -> Value:
    if isinstance(args[0], Iterator):
        return args[0]
    items = iteration.known_items(f, args[0])
    return Unknown("iterator") if items is None else Iterator(items)


@_builtin("next")
def _next(f: Frame, args: Args, keywords: Keywords) -> Value:
    it = args[0]
    if not isinstance(it, Iterator):
        return Unknown("next")
    if it.position >= len(it.items):
        if len(args) > 1:
            return args[1]
        raise Raised(StopIteration)
    it.position += 1
    return it.items[it.position - 1]


# ---- objects


@_builtin("isinstance")
def _isinstance(f: Frame, args: Args, keywords: Keywords) -> Value:
    value, kinds = args[0], args[1]
    result = instance_of(f, operators.fact(f, value), kinds)
    if result is None:
        return Unknown("isinstance", ("isinstance", value, _key(kinds)))
    return result


def _key(kinds: Value) -> Value:
    return kinds if operators.is_plain(kinds) or not isinstance(kinds, list | dict) else id(kinds)  # pyright: ignore[reportUnknownArgumentType]


_CALLABLES = (Function, Native, Bound, Partial, Class, type)
_SIZED = (list, tuple, dict, set, frozenset, str, bytes, range, View, Tensor)
# The abstract base classes of `collections.abc`, which `typing` has too.
_ABSTRACT_TYPES: dict[str, tuple[type, ...]] = {
    "Callable": _CALLABLES,
    "Collection": _SIZED,
    "Container": _SIZED,
    "Iterable": (*_SIZED, Iterator),
    "Iterator": (Iterator,),
    "Mapping": (dict,),
    "MutableMapping": (dict,),
    "MutableSequence": (list,),
    "Sequence": (list, tuple, str, bytes, range),
    "Set": (set, frozenset),
    "Sized": _SIZED,
}
# An object is one of these if its class has such methods.
_SPECIAL_METHODS = {
    "Callable": ("__call__",),
    "Collection": ("__len__", "__iter__", "__contains__"),
    "Container": ("__contains__",),
    "Iterable": ("__iter__",),
    "Iterator": ("__next__", "__iter__"),
    "Sized": ("__len__",),
}
LIBRARY_TYPES: dict[str, tuple[type, ...]] = {
    "torch.Tensor": (Tensor,),
    "torch.nn.Parameter": (Tensor,),
    **{
        f"{module}.{name}": types for module in ("collections.abc", "typing") for name, types in _ABSTRACT_TYPES.items()
    },
    "types.FunctionType": (Function,),
    "types.LambdaType": (Function,),
    "types.MethodType": (Bound,),
    "functools.partial": (Partial,),
    "numbers.Number": (int, float, Poly),
    "numbers.Integral": (int, Poly),
    "numbers.Real": (int, float, Poly),
    "numpy.ndarray": (),
    "numpy.integer": (),
    "os.PathLike": (),
    "collections.OrderedDict": (dict,),
    # Asked about a value itself, not about its type.
    "collections.abc.Hashable": (),
    "typing.Hashable": (),
    "enum.EnumMeta": (),
    "enum.EnumType": (),
}


_DATA = (str, int, float, bool, NoneType, list, tuple, dict, set)
# The modules of Python's library whose classes may be those of plain data, by another name.
_NAMES_OF_DATA = ("abc", "builtins", "collections", "numbers", "types", "typing")


def _is_of_python(path: str) -> bool:
    """Whether a name stands for a class of Python's library that no plain data is of: logging.Logger."""
    top, _, rest = path.partition(".")
    return top in sys.stdlib_module_names and top not in _NAMES_OF_DATA and rest.rpartition(".")[2][:1].isupper()


def instance_of(f: Frame, value: Value, kinds: Value) -> bool | None:
    """isinstance(value, kinds); None where that is not known."""
    if isinstance(kinds, tuple | list):
        results = [instance_of(f, value, kind) for kind in kinds]  # pyright: ignore[reportUnknownVariableType]
        return True if True in results else None if None in results else False
    if isinstance(kinds, Unknown) and isinstance(value, Module) and kinds.path.startswith("torch."):
        return derives(value.cls, kinds.path)
    if isinstance(kinds, Unknown) and value.__class__ in _DATA and _is_of_python(kinds.path):
        return False
    if isinstance(value, Unknown) or isinstance(kinds, Unknown) or is_guessed(value):
        return None
    if isinstance(kinds, type):
        if isinstance(value, Poly):
            return kinds in (int, object) if kinds in (int, float, object) else False
        if kinds is type:
            return isinstance(value, type | Class)
        if isinstance(
            value,
            Object | Tensor | Function | Native | Bound | Partial | Class | Namespace | Iterator | ModuleScope,
        ):
            if isinstance(value, Object) and value.cls.derives(kinds):
                return True
            return kinds is object or (isinstance(value, Object) and value.cls.opaque and None) or False
        return isinstance(value, kinds)
    name = (
        kinds.qualified if isinstance(kinds, Class) else kinds.name if isinstance(kinds, Namespace | Native) else None
    )
    if name in LIBRARY_TYPES:
        last = name.rpartition(".")[2]
        if last == "Hashable":
            return not isinstance(value, list | dict | set) if not isinstance(value, Object) else None
        if last in ("EnumMeta", "EnumType"):
            return isinstance(value, Class) and (value.is_enum or (None if value.opaque else False))
        if isinstance(value, Object) and last in _SPECIAL_METHODS:
            has_all = all(value.cls.lookup(method) is not MISSING for method in _SPECIAL_METHODS[last])
            return has_all or (None if value.cls.opaque else False)
        if not LIBRARY_TYPES[name] and isinstance(value, Object | Tensor):
            return None
        return isinstance(value, LIBRARY_TYPES[name])
    if isinstance(kinds, Class):
        if isinstance(value, Object):
            return True if value.cls.is_subclass(kinds) else None if value.cls.opaque else False
        return False
    return None if isinstance(value, Object | Tensor) else False


@_builtin("issubclass")
def _issubclass(f: Frame, args: Args, keywords: Keywords) -> Value:
    cls, kinds = operators.fact(f, args[0]), args[1]
    results: list[bool | None] = []
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):  # pyright: ignore[reportUnknownVariableType]
        if isinstance(cls, type) and isinstance(kind, type):
            results.append(issubclass(cls, kind))
        elif isinstance(cls, Class) and isinstance(kind, Class):
            results.append(True if cls.is_subclass(kind) else None if cls.opaque else False)
        elif isinstance(cls, Class) and isinstance(kind, Unknown) and kind.path.startswith("torch."):
            results.append(derives(cls, kind.path))
        elif isinstance(cls, Unknown) or isinstance(kind, Unknown):
            results.append(None)
        else:
            results.append(False)
    return True if True in results else Unknown("issubclass") if None in results else False


def _string(f: Frame, value: Value) -> str | None:
    value = operators.fact(f, value)
    return value if isinstance(value, str) else None


@_builtin("getattr")
def _getattr(f: Frame, args: Args, keywords: Keywords) -> Value:
    name = _string(f, args[1])
    if name is None:
        return Unknown("getattr")
    try:
        found = attributes.find(f, args[0], name)
    except Raised as raised:
        if len(args) < 3 or raised.kind is not AttributeError:
            raise
        return args[2]
    if found is MISSING:
        if len(args) > 2:
            return args[2]
        raise Raised(AttributeError)
    if len(args) > 2 and isinstance(found, Unknown) and isinstance(args[0], Namespace):
        return found
    return found


@_builtin("hasattr")
def _hasattr(f: Frame, args: Args, keywords: Keywords) -> Value:
    name = _string(f, args[1])
    if name is None:
        return Unknown("hasattr")
    try:
        found = attributes.find(f, args[0], name)
    except Raised:
        return False
    if isinstance(found, Unknown) and isinstance(args[0], ModuleScope):
        return name in args[0].vars
    if isinstance(found, Unknown):
        return Unknown("hasattr", ("hasattr", args[0] if not isinstance(args[0], list | dict) else id(args[0]), name))  # pyright: ignore[reportUnknownArgumentType]
    return found is not MISSING


@_builtin("setattr")
def _setattr(f: Frame, args: Args, keywords: Keywords) -> Value:
    name = _string(f, args[1])
    if name is not None:
        attributes.set_(f, args[0], name, args[2])
    elif isinstance(args[0], Module):
        f.ev.journal.put(args[0], "escaped", True)
    return None


@_builtin("delattr")
def _delattr(f: Frame, args: Args, keywords: Keywords) -> Value:
    name = _string(f, args[1])
    if name is not None:
        attributes.delete(f, args[0], name)
    return None


@_builtin("callable")
def _callable(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = operators.fact(f, args[0])
    if isinstance(value, Unknown):
        return Unknown("callable", ("callable", value, True))
    if isinstance(value, Object):
        return isinstance(value, Module) or value.cls.lookup("__call__") is not MISSING
    return isinstance(value, Function | Native | Bound | Partial | Class | type)


@_builtin("super")
def _super(f: Frame, args: Args, keywords: Keywords) -> Value:
    if len(args) == 2 and isinstance(args[0], Class) and isinstance(args[1], Object | Class):
        return Super(args[0], args[1])
    return Unknown("super()")


@_builtin("id")
def _id(f: Frame, args: Args, keywords: Keywords) -> Value:
    return id(args[0])


@_builtin("hash")
def _hash(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("hash")


@_builtin("vars")
def _vars(f: Frame, args: Args, keywords: Keywords) -> Value:
    if not args:
        return f.vars
    known = isinstance(args[0], Object) and not args[0].cls.opaque
    return args[0].attrs if known else Unknown("vars")


@_builtin("locals")
def _locals(f: Frame, args: Args, keywords: Keywords) -> Value:
    return dict(f.vars)


@_builtin("globals")
def _globals(f: Frame, args: Args, keywords: Keywords) -> Value:
    for name in list(f.module.vars):
        f.ev.module_attribute(f.module, name)
    return f.module.vars


@_builtin("dir")
def _dir(f: Frame, args: Args, keywords: Keywords) -> Value:
    if args and isinstance(args[0], Module):
        return [*args[0].children, *args[0].attrs]
    if args and isinstance(args[0], ModuleScope):
        f.ev.loader.run(args[0])
        return sorted(args[0].vars)
    if args and isinstance(args[0], Namespace) and args[0].name.startswith("torch"):
        return names_below(args[0].name)
    return Unknown("dir")


@_builtin("eval")
def _eval(f: Frame, args: Args, keywords: Keywords) -> Value:
    text = _string(f, args[0])
    return Unknown("eval") if text is None else f.ev.evaluate_text(f, text)


@_builtin("property")
def _property(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Property(args[0] if args else keywords.get("fget"), args[1] if len(args) > 1 else keywords.get("fset"))


@_builtin("staticmethod")
def _staticmethod(f: Frame, args: Args, keywords: Keywords) -> Value:
    return StaticMethod(args[0])


@_builtin("classmethod")
def _classmethod(f: Frame, args: Args, keywords: Keywords) -> Value:
    return ClassMethod(args[0])


@_builtin("print")
def _print(f: Frame, args: Args, keywords: Keywords) -> Value:
    return None


@_builtin("repr")
def _repr(f: Frame, args: Args, keywords: Keywords) -> Value:
    return repr(args[0]) if operators.is_plain(args[0]) else Unknown("repr")


@_builtin("format")
def _format(f: Frame, args: Args, keywords: Keywords) -> Value:
    return format(*args) if all(operators.is_plain(a) for a in args) else Unknown("string")


for _name in (
    "open",
    "input",
    "exec",
    "compile",
    "__import__",
    "memoryview",
    "bytearray",
):
    BUILTINS[_name] = Unknown(_name)


def _on_data(name: str, python: Callable[..., Value]) -> None:
    @_builtin(name)
    def _(f: Frame, args: Args, keywords: Keywords) -> Value:
        if not all(operators.is_plain(arg) for arg in args):
            return Unknown(name)
        try:
            return python(*args)
        except (TypeError, ValueError) as error:
            raise Raised(type(error)) from None


for _function in (ord, chr, hex, bin, ascii):
    _on_data(_function.__name__, _function)


# ---- calling a built-in type


def construct(f: Frame, kind: type, args: Args, keywords: Keywords) -> Value:
    """kind(*args, **keywords) for one of Python's own types."""
    maker = _MAKERS.get(kind)
    if maker is not None:
        return maker(f, args, keywords)
    return exception(f, kind, args) if issubclass(kind, BaseException) else Unknown(kind.__name__)


def exception(f: Frame, kind: type, args: Args) -> Object:
    """kind(*args) for one of Python's exceptions."""
    made = Object(f.ev.class_of_type(kind), f.ev.epoch)
    made.attrs["args"] = tuple(args)
    return made


def _make_float(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = f.ev.path.size(args[0]) if args else 0.0
    if isinstance(value, Poly):
        return value
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except ValueError:
            raise Raised(ValueError) from None
    return Unknown("float")


def _make_str(f: Frame, args: Args, keywords: Keywords) -> Value:
    text = format_value(args[0] if args else "", "s", ())
    return Unknown("string") if text is None else text


def _make_bool(f: Frame, args: Args, keywords: Keywords) -> Value:
    if not args:
        return False
    known = operators.truth(f, args[0])
    if known is not None:
        return known
    return args[0] if isinstance(args[0], Unknown) else Unknown("bool")


def _make_sequence(kind: Callable[[list[Value]], Value]) -> Implementation:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        items = iteration.known_items(f, args[0]) if args else []
        try:
            return Unknown("sequence") if items is None else kind(items)
        except TypeError:
            return Unknown("sequence")

    return body


def make_dict(f: Frame, args: Args, keywords: Keywords) -> Value:
    made: dict[Any, Value] = {}
    if args:
        given = operators.fact(f, args[0])
        if isinstance(given, dict):
            made.update(given)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(given, Module):
            made.update(given.children)
        else:
            pairs = iteration.known_items(f, given)
            if pairs is None or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):  # pyright: ignore[reportUnknownArgumentType]
                return Unknown("dict")
            try:
                made.update((p[0], p[1]) for p in pairs)
            except TypeError:
                return Unknown("dict")
    if "**" in keywords:
        return Unknown("dict")
    made.update(keywords)
    return made


def _make_type(f: Frame, args: Args, keywords: Keywords) -> Value:
    if len(args) == 3 and isinstance(args[0], str) and isinstance(args[2], dict):
        from bn_lint.model import classes

        return classes.make(f, args[0], list(args[1]), dict(args[2]), {}, f.at)  # pyright: ignore[reportUnknownArgumentType]
    value = operators.fact(f, args[0]) if args else None
    if isinstance(value, Object):
        return value.cls.own_type
    if isinstance(value, Unknown | Poly):
        return Unknown("type")
    if isinstance(value, Tensor):
        return f.ev.library("torch", "Tensor")
    if operators.is_plain(value) or isinstance(value, list | tuple | dict | set):
        return type(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return Unknown("type")


def _make_slice(f: Frame, args: Args, keywords: Keywords) -> Value:
    return slice(*args)


_MAKERS: dict[type, Implementation] = {
    int: lambda f, a, k: to_int(f, a[0]) if len(a) == 1 else (0 if not a else Unknown("int")),
    float: _make_float,
    str: _make_str,
    bool: _make_bool,
    list: _make_sequence(list),
    tuple: _make_sequence(tuple),
    set: _make_sequence(set),
    frozenset: _make_sequence(frozenset),
    dict: make_dict,
    type: _make_type,
    slice: _make_slice,
    object: lambda f, a, k: Unknown("object"),
}


# ---- methods


def methods_of(f: Frame, obj: Value, name: str) -> Value:
    """obj.name for a list, dict, str and the like, as a bound method."""
    if name in ("values", "indices") and obj.__class__ is tuple and len(obj) == 2 and isinstance(obj[0], Tensor):
        return obj[name == "indices"]  # what max, sort and topk over a dimension give
    for kind, table in _METHODS.items():
        if isinstance(obj, kind):
            method = table.get(name)
            if method is not None:
                return Bound(method, obj)
            if name == "__class__":
                return type(obj)  # pyright: ignore[reportUnknownVariableType]
            return Unknown(f"{kind.__name__}.{name}") if hasattr(kind, name) else MISSING
    if isinstance(obj, int | float):
        if name in ("real", "numerator"):
            return obj
        if name in ("bit_length", "is_integer"):
            return Native(name, lambda f, args, keywords: getattr(obj, name)())
        return Unknown(f"number.{name}") if hasattr(obj, name) else MISSING
    if isinstance(obj, slice) and name in ("start", "stop", "step"):
        return getattr(obj, name)  # pyright: ignore[reportUnknownArgumentType]
    if obj is None:
        return MISSING
    return Unknown(name)


def _table(**methods: Implementation) -> dict[str, Native]:
    return {name: Native(name, body) for name, body in methods.items()}


def _append(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.growing(args[0])
    args[0].append(args[1])
    return None


def _extend(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[1])
    if items is not None and len(items) + len(args[0]) > operators.MAX_LENGTH:
        f.ev.abandon("a list that grows without end")
    f.ev.journal.growing(args[0])
    args[0].extend([Unknown("items")] if items is None else items)
    return None


def _extendleft(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[1])
    f.ev.journal.changing(args[0])
    args[0][:0] = [Unknown("items")] if items is None else items[::-1]
    return None


def _rotate(f: Frame, args: Args, keywords: Keywords) -> Value:
    items, by = args[0], args[1] if len(args) > 1 else 1
    f.ev.journal.changing(items)
    if not isinstance(by, int):
        items[:] = [Unknown("item")] * len(items)
    elif items:
        by %= len(items)
        items[:] = items[-by:] + items[:-by] if by else items
    return None


def _insert(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.changing(args[0])
    if isinstance(args[1], int):
        args[0].insert(args[1], args[2])
    else:
        args[0][:] = [Unknown("item")] * (len(args[0]) + 1)
    return None


def _list_pop(f: Frame, args: Args, keywords: Keywords) -> Value:
    index = args[1] if len(args) > 1 else -1
    if not isinstance(index, int):
        return Unknown("item")
    f.ev.journal.changing(args[0])
    try:
        return args[0].pop(index)
    except IndexError:
        raise Raised(IndexError) from None


def _remove(f: Frame, args: Args, keywords: Keywords) -> Value:
    for index, item in enumerate(args[0]):
        if operators.equals(f, item, args[1]):
            f.ev.journal.changing(args[0])
            del args[0][index]
            return None
    raise Raised(ValueError)


def _clear(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.changing(args[0])
    args[0].clear()
    return None


def _reverse(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.changing(args[0])
    args[0].reverse()
    return None


def _sort(f: Frame, args: Args, keywords: Keywords) -> Value:
    ordered = _sorted(f, [args[0]], keywords)
    f.ev.journal.changing(args[0])
    args[0][:] = ordered if isinstance(ordered, list) else [Unknown("item")] * len(args[0])
    return None


def _copy(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[0].copy()


def _index(f: Frame, args: Args, keywords: Keywords) -> Value:
    for index, item in enumerate(args[0]):
        equal = operators.equals(f, item, args[1])
        if equal is None:
            return Unknown("index")
        if equal:
            return index
    raise Raised(ValueError)


def _count(f: Frame, args: Args, keywords: Keywords) -> Value:
    found = [operators.equals(f, item, args[1]) for item in args[0]]
    return Unknown("count") if None in found else found.count(True)


def _get(f: Frame, args: Args, keywords: Keywords) -> Value:
    mapping, key = args[0], operators.fact(f, args[1])
    default = args[2] if len(args) > 2 else keywords.get("default")
    if isinstance(key, Unknown | Poly):
        return Unknown("item")
    try:
        found = mapping.get(key, MISSING)
    except TypeError:
        raise Raised(TypeError) from None
    if found is MISSING and key.__class__ is str and f.ev.loader.wake(f, key):
        return _get(f, args, keywords)
    return found if found is not MISSING else Unknown("item") if operators.is_open(mapping) else default


def _dict_pop(f: Frame, args: Args, keywords: Keywords) -> Value:
    mapping, key = args[0], operators.fact(f, args[1])
    if isinstance(key, Unknown | Poly):
        return Unknown("item")
    if key not in mapping and operators.is_open(mapping):
        return Unknown("item")
    if key in mapping:
        f.ev.journal.changing(mapping)
        return mapping.pop(key)
    if len(args) > 2:
        return args[2]
    raise Raised(KeyError)


def _setdefault(f: Frame, args: Args, keywords: Keywords) -> Value:
    mapping, key = args[0], args[1]
    try:
        if key not in mapping:
            default = Unknown("item") if operators.is_open(mapping) else args[2] if len(args) > 2 else None
            f.ev.journal.set(mapping, key, default)
        return mapping[key]
    except TypeError:
        raise Raised(TypeError) from None


def _update(f: Frame, args: Args, keywords: Keywords) -> Value:
    made = make_dict(f, args[1:], keywords)
    f.ev.journal.changing(args[0])
    if isinstance(made, dict):
        args[0].update(made)  # pyright: ignore[reportUnknownArgumentType]
    else:
        for key in args[0]:
            args[0][key] = Unknown("item")
        args[0][Unknown("key")] = Unknown("item")  # it may hold any key now
    return None


def _set_add(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.changing(args[0])
    args[0].add(args[1])
    return None


def _set_discard(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.changing(args[0])
    args[0].discard(args[1])
    return None


def _set_remove(f: Frame, args: Args, keywords: Keywords) -> Value:
    if args[1] not in args[0]:
        raise Raised(KeyError)
    return _set_discard(f, args, keywords)


def _set_pop(f: Frame, args: Args, keywords: Keywords) -> Value:
    if not args[0]:
        raise Raised(KeyError)
    f.ev.journal.changing(args[0])
    item = args[0].pop()
    return item if not args[0] else Unknown("item")  # which one of several is not said


def _set_update(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.journal.changing(args[0])
    for other in args[1:]:
        args[0].update(iteration.known_items(f, other) or [])
    return None


def _set_operation(name: str) -> Implementation:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        others = [iteration.known_items(f, other) for other in args[1:]]
        if None in others:
            return Unknown(name)
        return getattr(args[0], name)(*others)

    return body


def _string_method(name: str) -> Implementation:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        given = [operators.fact(f, arg) for arg in args[1:]]
        if not all(operators.is_plain(a) or isinstance(a, tuple) for a in (*given, *keywords.values())):
            return Unknown("string")
        if any(isinstance(a, int) and a > operators.MAX_LENGTH for a in given):
            return Unknown("string")
        try:
            return operators.bounded(getattr(args[0], name)(*given, **keywords))
        except (TypeError, ValueError, IndexError, LookupError) as error:
            raise Raised(type(error)) from None

    return body


def _join(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[1])
    if items is None or not all(isinstance(item, str) for item in items):
        return Unknown("string")
    return operators.bounded(args[0].join(items))


def _popitem(f: Frame, args: Args, keywords: Keywords) -> Value:
    mapping = args[0]
    if not mapping:
        raise Raised(KeyError)
    last = args[1] if len(args) > 1 else keywords.get("last", True)
    key = list(mapping)[-1 if last else 0]
    f.ev.journal.changing(mapping)
    return key, mapping.pop(key)


def _move_to_end(f: Frame, args: Args, keywords: Keywords) -> Value:
    mapping, key = args[0], args[1]
    last = args[2] if len(args) > 2 else keywords.get("last", True)
    f.ev.journal.changing(mapping)
    if key not in mapping:
        raise Raised(KeyError)
    moved = {key: mapping.pop(key)}
    rest = dict(mapping)
    mapping.clear()
    mapping.update({**rest, **moved} if last else {**moved, **rest})
    return None


_DICT = _table(
    get=_get, pop=_dict_pop, setdefault=_setdefault, update=_update, copy=_copy, clear=_clear,
    keys=lambda f, a, k: View(a[0], lambda pair: pair[0]), values=lambda f, a, k: View(a[0], lambda pair: pair[1]),
    items=lambda f, a, k: View(a[0], lambda pair: pair), popitem=_popitem, move_to_end=_move_to_end,
    __contains__=lambda f, a, k: operators.compare(f, "in", a[1], a[0]),
    __getitem__=lambda f, a, k: operators.get_item(f, a[0], a[1]),
    most_common=lambda f, a, k: Unknown("most_common"),
)  # fmt: skip
_METHODS: dict[type, dict[str, Native]] = {
    list: _table(
        append=_append,
        extend=_extend,
        insert=_insert,
        pop=_list_pop,
        remove=_remove,
        clear=_clear,
        reverse=_reverse,
        sort=_sort,
        copy=_copy,
        index=_index,
        count=_count,
        appendleft=lambda f, a, k: _insert(f, [a[0], 0, a[1]], {}),
        extendleft=_extendleft,
        rotate=_rotate,
        popleft=lambda f, a, k: _list_pop(f, [a[0], 0], {}),
    ),
    tuple: _table(index=_index, count=_count, numel=lambda f, a, k: _numel(f, a[0])),
    dict: _DICT,
    set: _table(
        discard=_set_discard,
        remove=_set_remove,
        pop=_set_pop,
        clear=_clear,
        add=_set_add,
        update=_set_update,
        copy=_copy,
        **{
            n: _set_operation(n)
            for n in ("union", "intersection", "difference", "issubset", "issuperset", "isdisjoint")
        },
    ),
    str: _table(
        join=_join,
        format=lambda f, a, k: format_method(a[0], a[1:], k),
        **{
            n: _string_method(n)
            for n in (
                "lower upper strip lstrip rstrip split rsplit replace startswith endswith find rfind count title"
                " capitalize isdigit isalpha isnumeric isalnum partition rpartition splitlines zfill removeprefix"
                " removesuffix index swapcase isupper islower ljust rjust center casefold encode"
            ).split()
        },
    ),
    range: _table(index=_index, count=_count),
}


def _numel(f: Frame, sizes: tuple[Value, ...]) -> Value:
    from bn_lint.model.torch_.shapes import product

    return product(f, sizes)


def enum_member(cls: Class, value: Value) -> EnumMember | None:
    """The member of an enumeration with a value."""
    for member in cls.members.values():
        if isinstance(member, EnumMember) and operators.is_plain(value) and member.attrs.get("value") == value:
            return member
    if isinstance(value, EnumMember):
        return value
    members = [member for member in cls.members.values() if isinstance(member, EnumMember)]
    known = operators.is_plain(value) and all(operators.is_plain(m.attrs.get("value")) for m in members)
    if known and cls.lookup("_missing_") is MISSING and not cls.opaque:
        raise Raised(ValueError)
    return None
