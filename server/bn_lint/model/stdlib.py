"""The parts of Python's standard library that model code is built with."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import bn_lint.model.calls as calls
import bn_lint.model.iteration as iteration
from bn_lint.model import operators
from bn_lint.model.builtins import LIBRARY_TYPES, DefaultDict, construct, make_dict
from bn_lint.model.classes import Factory, make_dataclass, set_fields
from bn_lint.model.frame import Frame, ModuleScope, Raised
from bn_lint.model.loader import relative_to
from bn_lint.model.symbolic import Poly
from bn_lint.model.torch_ import constants
from bn_lint.model.torch_.registry import lookup, namespace, register
from bn_lint.model.values import (
    MISSING,
    OPEN,
    Bound,
    Class,
    Function,
    Implementation,
    Iterator,
    Module,
    Namespace,
    Native,
    Object,
    Partial,
    Property,
    Unknown,
    Value,
)

Args = list[Value]
Keywords = dict[str, Value]

namespace(
    *(
        "math functools collections collections.abc itertools operator copy typing typing_extensions dataclasses enum"
        " abc types contextlib numbers os os.path sys re logging warnings argparse pathlib json time random datetime"
        " string inspect importlib shutil glob subprocess platform tempfile threading multiprocessing pickle hashlib"
        " urllib io csv textwrap traceback uuid signal socket struct gc weakref statistics fractions numpy scipy"
        " pandas PIL cv2 matplotlib tqdm yaml sklearn torch tensorrt onnx onnxruntime triton apex wandb tensorboardX"
        " h5py skimage requests seaborn __future__"
    ).split()
)


def _library(*names: str) -> Callable[[Implementation], Implementation]:
    def enter(body: Implementation) -> Implementation:
        for name in names:
            register(name, Native(name, body))
        return body

    return enter


# ---- math, operator, itertools


def _on_numbers(name: str, python: Callable[..., Any]) -> None:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        values = [f.ev.path.size(operators.fact(f, arg)) for arg in args]
        if any(isinstance(value, Poly) for value in values):
            if name in ("math.ceil", "math.floor") and all(c.denominator == 1 for c in values[0].terms.values()):
                return values[0]
            return f.ev.atoms.atom((name, *values), f"{name}({', '.join(map(str, values))})")
        if not all(isinstance(value, int | float) for value in values):
            return Unknown(name)
        try:
            return python(*values)
        except (ValueError, OverflowError, TypeError) as error:
            raise Raised(type(error)) from None

    register(name, Native(name, body))


for _name in (
    "ceil floor sqrt log log2 log10 exp pow gcd cos sin tan tanh trunc isqrt fabs hypot atan2 degrees radians"
    " isclose isnan isinf erf"
).split():
    _on_numbers(f"math.{_name}", getattr(math, _name))
register("math.pi", math.pi)
register("math.inf", math.inf)
register("math.e", math.e)
register("numpy.pi", math.pi)
register("numpy.inf", math.inf)


@_library("math.prod", "numpy.prod")
def _prod(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None:
        return Unknown("prod")
    total: Value = keywords.get("start", 1)
    for item in items:
        total = operators.binary(f, "*", total, item)
    return total


@_library("numpy.sum")
def _sum(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    total: Value = 0
    for item in items or []:
        total = operators.binary(f, "+", total, item)
    return Unknown("sum") if items is None or keywords else total


@_library("numpy.cumsum")
def _cumsum(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None or not all(isinstance(item, int | float) for item in items) or keywords:
        return Unknown("cumsum")
    return constants.vector(list(itertools.accumulate(items)))


@_library("numpy.linspace")
def _linspace(f: Frame, args: Args, keywords: Keywords) -> Value:
    if len(args) == 3 and all(isinstance(a, int | float) for a in args) and args[2] and not keywords:
        a, b, n = args
        return constants.vector([a + (b - a) * i / (n - 1) for i in range(int(n))] if n > 1 else [float(a)])
    return Unknown("linspace")


@_library("numpy.arange")
def _arange(f: Frame, args: Args, keywords: Keywords) -> Value:
    return constants.vector(list(range(*args))) if args and all(isinstance(a, int) for a in args) else Unknown("arange")


@_library("numpy.array", "numpy.asarray")
def _array(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None or not all(isinstance(item, int | float) for item in items):
        return Unknown("array")
    return constants.vector(items)


for _name, _operator in {
    "add": "+",
    "mul": "*",
    "sub": "-",
    "floordiv": "//",
    "truediv": "/",
    "mod": "%",
}.items():
    register(
        f"operator.{_name}",
        Native(_name, lambda f, a, k, _operator=_operator: operators.binary(f, _operator, a[0], a[1])),
    )


@_library("operator.itemgetter")
def _itemgetter(f: Frame, args: Args, keywords: Keywords) -> Value:
    keys = list(args)

    def get(f: Frame, args: Args, keywords: Keywords) -> Value:
        found = tuple(operators.get_item(f, args[0], key) for key in keys)
        return found[0] if len(keys) == 1 else found

    return Native("itemgetter", get)


@_library("itertools.chain")
def _chain(f: Frame, args: Args, keywords: Keywords) -> Value:
    out: list[Value] = []
    for arg in args:
        items = iteration.known_items(f, arg)
        if items is None:
            return Unknown("chain")
        out += items
    return Iterator(out)


@_library("itertools.chain.from_iterable")
def _from_iterable(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    return Unknown("chain") if items is None else _chain(f, items, {})


@_library("itertools.product")
def _product(f: Frame, args: Args, keywords: Keywords) -> Value:
    columns = [iteration.known_items(f, arg) for arg in args]
    repeat = keywords.get("repeat", 1)
    if None in columns or not isinstance(repeat, int):
        return Unknown("product")
    return Iterator(list(itertools.islice(itertools.product(*columns, repeat=repeat), 4096)))  # pyright: ignore[reportArgumentType]


@_library("itertools.repeat")
def _repeat(f: Frame, args: Args, keywords: Keywords) -> Value:
    count = args[1] if len(args) > 1 else keywords.get("times")
    return Iterator([args[0]] * count) if isinstance(count, int) and count < 4096 else Unknown("repeat")


@_library("itertools.accumulate")
def _accumulate(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None:
        return Unknown("accumulate")
    out: list[Value] = []
    for item in items:
        if not out:
            out.append(item)
        elif len(args) > 1:
            out.append(calls.call(f, args[1], [out[-1], item], {}))
        else:
            out.append(operators.binary(f, "+", out[-1], item))
    return Iterator(out)


def _arranging(name: str) -> None:
    @_library(f"itertools.{name}")
    def _(f: Frame, args: Args, keywords: Keywords) -> Value:
        items = iteration.known_items(f, args[0])
        if items is None or not all(isinstance(arg, int) for arg in args[1:]):
            return Unknown(name)
        return Iterator(list(itertools.islice(getattr(itertools, name)(items, *args[1:]), 4096)))


for _name in ("combinations", "permutations", "pairwise", "combinations_with_replacement"):
    _arranging(_name)


@_library("itertools.islice")
def _islice(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[0])
    if items is None or not all(isinstance(a, int | None) for a in args[1:]):
        return Unknown("islice")
    try:
        return Iterator(list(itertools.islice(items, *args[1:])))
    except (TypeError, ValueError) as error:
        raise Raised(type(error)) from None


@_library("itertools.count")
def _count(f: Frame, args: Args, keywords: Keywords) -> Value:
    start = args[0] if args else 0
    return Iterator(list(range(start, start + 1024))) if isinstance(start, int) and len(args) < 2 else Unknown("count")


@_library("itertools.zip_longest")
def _zip_longest(f: Frame, args: Args, keywords: Keywords) -> Value:
    columns = [iteration.known_items(f, arg) for arg in args]
    if None in columns:
        return Unknown("zip_longest")
    return Iterator(list(itertools.zip_longest(*columns, fillvalue=keywords.get("fillvalue"))))  # pyright: ignore[reportArgumentType, reportCallIssue]


# ---- functools, copy, collections


@_library("functools.partial")
def _partial(f: Frame, args: Args, keywords: Keywords) -> Value:
    if OPEN in args:
        return Unknown("partial")
    function, *given = args
    if isinstance(function, Partial):
        return Partial(function.function, [*function.args, *given], {**function.keywords, **keywords})
    return Partial(function, given, dict(keywords))


@_library("functools.reduce")
def _reduce(f: Frame, args: Args, keywords: Keywords) -> Value:
    items = iteration.known_items(f, args[1])
    if items is None:
        return Unknown("reduce")
    if len(args) > 2:
        items = [args[2], *items]
    if not items:
        raise Raised(TypeError)
    total = items[0]
    for item in items[1:]:
        total = calls.call(f, args[0], [total, item], {})
    return total


def _returns_argument(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[0] if args else Native("decorator", _returns_argument)


def _decorator_factory(f: Frame, args: Args, keywords: Keywords) -> Value:
    if len(args) == 1 and not keywords and isinstance(args[0], Function | Class):
        return args[0]
    return Native("decorator", _returns_argument)


for _name in (
    "functools.lru_cache functools.cache functools.total_ordering functools.singledispatch"
    " typing.overload typing.final typing.no_type_check abc.abstractmethod typing.runtime_checkable enum.unique"
    " typing_extensions.override typing.override typing_extensions.deprecated warnings.deprecated dataclasses.KW_ONLY"
).split():
    register(_name, Native(_name, _decorator_factory))


@_library("functools.wraps")
def _wraps(f: Frame, args: Args, keywords: Keywords) -> Value:
    wrapped = args[0] if args else None

    def decorate(f: Frame, args: Args, keywords: Keywords) -> Value:
        if isinstance(args[0], Function) and isinstance(wrapped, Function):
            args[0].attrs.update({"__name__": wrapped.name, **wrapped.attrs, "__wrapped__": wrapped})
        return args[0]

    return Native("wraps", decorate)


@_library("functools.cached_property")
def _cached_property(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Property(args[0], cached=True)


@_library("functools.update_wrapper")
def _update_wrapper(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[0]


register("contextlib.suppress", calls.SUPPRESS)
register("contextlib.contextmanager", Native("contextlib.contextmanager", calls.make_context_manager))


@_library("copy.deepcopy")
def _deepcopy(f: Frame, args: Args, keywords: Keywords) -> Value:
    return deep_copy(f, args[0], {})


def deep_copy(f: Frame, value: Value, done: dict[int, Value]) -> Value:
    """copy.deepcopy of containers, objects and modules; the rest is immutable here."""
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, list):
        copied: list[Value] = []
        done[id(value)] = copied  # pyright: ignore[reportUnknownArgumentType]
        copied.extend(deep_copy(f, item, done) for item in value)  # pyright: ignore[reportUnknownVariableType]
        return copied
    if isinstance(value, tuple):
        return tuple(deep_copy(f, item, done) for item in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: deep_copy(f, item, done) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Module):
        module = Module(value.cls, value.built, f.ev.epoch)
        done[id(value)] = module
        _copy_state(value, module)
        module.attrs = {name: deep_copy(f, item, done) for name, item in value.attrs.items()}
        module.children = {name: deep_copy(f, item, done) for name, item in value.children.items()}
        module.hidden = deep_copy(f, value.hidden, done)
        return module
    if type(value) is Object:
        made = Object(value.cls, f.ev.epoch)
        done[id(value)] = made
        made.payload = value.payload
        made.attrs = {name: deep_copy(f, item, done) for name, item in value.attrs.items()}
        return made
    return value


def _copy_state(value: Module, module: Module) -> None:
    module.chain, module.training, module.escaped = value.chain, value.training, value.escaped
    module.switched, module.hidden = value.switched, value.hidden
    module.form, module.traced = value.form, value.traced
    module.payload = value.payload


@_library("copy.copy")
def _copy(f: Frame, args: Args, keywords: Keywords) -> Value:
    value = args[0]
    if isinstance(value, list | dict | set):
        return value.copy()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if isinstance(value, Module):
        module = Module(value.cls, value.built, f.ev.epoch)
        _copy_state(value, module)
        module.attrs, module.children = dict(value.attrs), dict(value.children)
        return module
    if type(value) is Object:
        made = Object(value.cls, f.ev.epoch)
        made.attrs = dict(value.attrs)
        return made
    return value


register("collections.OrderedDict", Native("collections.OrderedDict", make_dict))
register(
    "collections.deque",
    Native("collections.deque", lambda f, a, k: Unknown("deque") if k or len(a) > 1 else construct(f, list, a, k)),
)


@_library("collections.defaultdict")
def _defaultdict(f: Frame, args: Args, keywords: Keywords) -> Value:
    made = DefaultDict()
    made.factory = args[0] if args else None
    if len(args) > 1 and isinstance(args[1], dict):
        made.update(args[1])  # pyright: ignore[reportUnknownArgumentType]
    return made


@_library("collections.Counter")
def _counter(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("Counter")


@_library("types.SimpleNamespace", "argparse.Namespace")
def _simple_namespace(f: Frame, args: Args, keywords: Keywords) -> Value:
    made = Object(_SIMPLE_NAMESPACE, f.ev.epoch)
    made.attrs.update((key, value) for key, value in keywords.items() if key != "**")
    return made


_SIMPLE_NAMESPACE = Class("SimpleNamespace", [], {}, qualified="types.SimpleNamespace")


# ---- argparse: sizes are what they are where nobody has set anything; flags, names and paths stay unknown


def _default(value: Value, kind: Value, name: str) -> Value:
    """What an option holds whose default is a size or a list of sizes; 0 and 1 may be a flag."""
    if kind is int and isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, list | tuple):
        known = bool(value) and all(isinstance(size, int) for size in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    else:
        known = isinstance(value, int) and value > 1
    return value if known and not _NO_SIZE.search(name) else Unknown(f"args.{name}")  # pyright: ignore[reportUnknownVariableType]


# What counts rounds, machines and the like: to go through them one by one would show nothing.
_NO_SIZE = re.compile(r"epoch|iter|step|seed|batch|worker|gpu|device|rank|port|freq|interval|log|patience|save|eval")


def _add_argument(f: Frame, args: Args, keywords: Keywords) -> Value:
    parser, *names = args
    if not names or not all(isinstance(name, str) for name in names):
        return Unknown("argument")
    name = keywords.get("dest") or next((n for n in names if n.startswith("--")), names[0])
    if isinstance(name, str):
        name = name.lstrip("-").replace("-", "_")
        given = _default(keywords.get("default"), keywords.get("type"), name)
        f.ev.journal.set(parser.attrs, name, given if names[0].startswith("-") else Unknown(f"args.{name}"))
    return Unknown("argument")


def _set_defaults(f: Frame, args: Args, keywords: Keywords) -> Value:
    for name, value in keywords.items():
        f.ev.journal.set(args[0].attrs, name, _default(value, None, name))
    return None


def _parse_args(f: Frame, args: Args, keywords: Keywords) -> Value:
    made = Object(_PARSED, f.ev.epoch)
    made.attrs = dict(args[0].attrs)
    return made


# More options may come from code that is out of sight: what is not there is unknown, not an error.
_PARSED = Class("Namespace", [Unknown("Namespace")], {}, qualified="argparse.Namespace")
register("argparse.ArgumentParser", Class("ArgumentParser", [Unknown("ArgumentParser")], {
    "__init__": Native("__init__", lambda f, a, k: None),
    "add_argument": Native("add_argument", _add_argument),
    "add_argument_group": Native("add_argument_group", lambda f, a, k: a[0]),
    "add_mutually_exclusive_group": Native("add_mutually_exclusive_group", lambda f, a, k: a[0]),
    "set_defaults": Native("set_defaults", _set_defaults),
    "parse_args": Native("parse_args", _parse_args),
    "parse_known_args": Native("parse_known_args", lambda f, a, k: (_parse_args(f, a, k), Unknown("rest"))),
}))  # fmt: skip


# ---- inspect

_PARAMETER_KINDS = {
    "posonly": "POSITIONAL_ONLY", "arg": "POSITIONAL_OR_KEYWORD", "vararg": "VAR_POSITIONAL",
    "kwonly": "KEYWORD_ONLY", "kwarg": "VAR_KEYWORD",
}  # fmt: skip
_EMPTY = Object(Class("_empty", [], {}, qualified="inspect._empty"))
_PARAMETER = Class("Parameter", [], {"empty": _EMPTY} | {kind: kind for kind in _PARAMETER_KINDS.values()})
_SIGNATURE = Class("Signature", [], {})
register("inspect.Parameter", _PARAMETER)
register("inspect._empty", _EMPTY)
# Layers of which the parameters are not all known, or are others in each release.
_VAGUE = re.compile(r"Loss|RNN|LSTM|GRU|Identity|Pool|Distance")


@_library("importlib.import_module")
def _import_module(f: Frame, args: Args, keywords: Keywords) -> Value:
    name = operators.fact(f, args[0])
    package = args[1] if len(args) > 1 else keywords.get("package")
    if not isinstance(name, str):
        return Unknown("module")
    module = name.lstrip(".")
    level = len(name) - len(module)
    if level and not isinstance(package, str):
        return Unknown("module")
    return f.ev.loader.module(f.module, relative_to(str(package), module, level))


def _asks(name: str, kinds: tuple[type, ...]) -> None:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        value = operators.fact(f, args[0])
        return Unknown(name) if isinstance(value, Unknown | Namespace) else isinstance(value, kinds)

    register(f"inspect.{name}", Native(name, body))


_asks("isclass", (Class, type))
_asks("isfunction", (Function,))
_asks("ismethod", (Bound,))
_asks("ismodule", (ModuleScope,))


@_library("inspect.signature")
def _signature(f: Frame, args: Args, keywords: Keywords) -> Value:
    function = args[0]
    if isinstance(function, Class):
        function = function.lookup("__init__")
    skip = 1 if isinstance(args[0], Class) or isinstance(function, Bound) else 0
    if isinstance(function, Bound):
        function = function.function
    while isinstance(function, Function) and "__wrapped__" in function.attrs:
        function = function.attrs["__wrapped__"]
    layer: Value = args[0].lookup("__constructor__") if isinstance(args[0], Class) else MISSING
    kinds: dict[str, tuple[str, Value]]
    if isinstance(function, Function):
        told = function.code.parameters[skip:]
        kinds = {name: (kind, function.defaults.get(name, MISSING)) for kind, name, _, _ in told}
    elif layer is not MISSING and isinstance(function, Native) and not _VAGUE.search(function.name):
        kinds = {name: ("arg", default) for name, default in layer.defaults.items()}
    else:
        return Unknown("signature")
    parameters: dict[str, Value] = {}
    for name, (kind, value) in kinds.items():
        made = Object(_PARAMETER, f.ev.epoch)
        default = _EMPTY if value is MISSING else value
        made.attrs = {"name": name, "kind": _PARAMETER_KINDS[kind], "default": default, "annotation": Unknown(name)}
        parameters[name] = made
    signature = Object(_SIGNATURE, f.ev.epoch)
    signature.attrs = {"parameters": parameters}
    return signature


# ---- typing, dataclasses, enum, abc

NAMED_TUPLE = Class("NamedTuple", [], {}, qualified="typing.NamedTuple")


def _fields_of(obj: Object) -> list[Value]:
    fields: list[tuple[str, Value]] = obj.cls.lookup("__fields__")
    return [obj.attrs[name] for name, _ in fields]


NAMED_TUPLE.members.update({
    "__iter__": Native("__iter__", lambda f, a, k: Iterator(_fields_of(a[0]))),
    "__len__": Native("__len__", lambda f, a, k: len(_fields_of(a[0]))),
    "__getitem__": Native("__getitem__", lambda f, a, k: operators.get_item(f, tuple(_fields_of(a[0])), a[1])),
    "_asdict": Native("_asdict", lambda f, a, k: dict(a[0].attrs)),
})  # fmt: skip


def _init_values(obj: Value) -> dict[str, Value]:
    """The attributes of a dataclass instance that its constructor takes."""
    return {name: obj.attrs[name] for name, _ in obj.cls.lookup("__fields__") if name in obj.attrs}


def _replaced(f: Frame, args: Args, keywords: Keywords) -> Value:
    made = Object(args[0].cls, f.ev.epoch)
    made.attrs = {**args[0].attrs, **keywords}
    return made


NAMED_TUPLE.members["_replace"] = Native("_replace", _replaced)
register("typing.NamedTuple", NAMED_TUPLE)
register(
    "dataclasses.replace",
    Native("dataclasses.replace", lambda f, a, k: calls.call(f, a[0].cls, [], {**_init_values(a[0]), **k})),
)


@_library("collections.namedtuple")
def _namedtuple(f: Frame, args: Args, keywords: Keywords) -> Value:
    name, fields = args[0], args[1] if len(args) > 1 else keywords.get("field_names")
    names = fields.replace(",", " ").split() if isinstance(fields, str) else iteration.known_items(f, fields)
    defaults = iteration.known_items(f, keywords["defaults"]) if "defaults" in keywords else []
    if not isinstance(name, str) or names is None or defaults is None or not all(isinstance(n, str) for n in names):
        return Unknown("namedtuple")
    cls = Class(name, [NAMED_TUPLE], {}, qualified=f"{f.module.name}.{name}")
    padded = [MISSING] * (len(names) - len(defaults)) + defaults
    set_fields(cls, list(zip(names, padded, strict=True)))
    return cls


@_library("dataclasses.dataclass")
def _dataclass(f: Frame, args: Args, keywords: Keywords) -> Value:
    if args and isinstance(args[0], Class):
        return make_dataclass(args[0])
    return Native("dataclass", lambda f, a, k: make_dataclass(a[0]) if isinstance(a[0], Class) else a[0])


@_library("dataclasses.field")
def _field(f: Frame, args: Args, keywords: Keywords) -> Value:
    if "default_factory" in keywords:
        return Factory(keywords["default_factory"])
    return keywords.get("default", MISSING)


@_library("dataclasses.asdict")
def _asdict(f: Frame, args: Args, keywords: Keywords) -> Value:
    return dict(args[0].attrs) if isinstance(args[0], Object) else Unknown("asdict")


@_library("dataclasses.is_dataclass")
def _is_dataclass(f: Frame, args: Args, keywords: Keywords) -> Value:
    cls = args[0].cls if isinstance(args[0], Object) else args[0]
    return isinstance(cls, Class) and cls.lookup("__fields__") is not MISSING


@_library("dataclasses.fields")
def _fields(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("fields")


ENUM = Class("Enum", [], {}, qualified="enum.Enum")
register("enum.Enum", ENUM)
for _name, _native in (("IntEnum", int), ("Flag", None), ("IntFlag", int), ("StrEnum", str)):
    register(f"enum.{_name}", Class(_name, [ENUM], {}, qualified=f"enum.{_name}", native=_native))
register("enum.auto", Native("enum.auto", lambda f, a, k: Unknown("auto")))
register("abc.ABC", Class("ABC", [], {}, qualified="abc.ABC"))
register("typing.TYPE_CHECKING", False)
register("typing.Generic", Class("Generic", [], {}, qualified="typing.Generic"))
register("typing.Protocol", Class("Protocol", [], {}, qualified="typing.Protocol"))


@_library("typing.cast", "typing_extensions.cast")
def _cast(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[1]


@_library("typing.NewType")
def _newtype(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Native("NewType", lambda f, a, k: a[0])


@_library("typing.TypeVar", "typing.ParamSpec", "typing_extensions.TypeVar")
def _typevar(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("TypeVar")


# ---- the environment: nothing is set in it


@_library("os.environ.get", "os.getenv")
def _getenv(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[1] if len(args) > 1 else keywords.get("default")


# ---- strings, logging, warnings


def _on_strings(name: str, python: Callable[..., Any]) -> None:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        if not all(operators.is_plain(a) for a in (*args, *keywords.values())):
            return Unknown(name)
        try:
            return python(*args, **keywords)
        except Exception:
            return Unknown(name)

    register(name, Native(name, body))


_on_strings("re.split", re.split)
_on_strings("re.sub", re.sub)
_on_strings("re.findall", re.findall)


def _matcher(name: str, python: Callable[..., Any]) -> None:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        if not all(isinstance(a, str) for a in args[:2]):
            return Unknown(name)
        try:
            found = python(*args[:2])
        except re.error:
            return Unknown(name)
        return None if found is None else _match(f, found)

    register(name, Native(name, body))


def _match(f: Frame, found: re.Match[str]) -> Object:
    made = Object(_MATCH, f.ev.epoch)
    made.payload = found
    return made


def _group(f: Frame, args: Args, keywords: Keywords) -> Value:
    try:
        return args[0].payload.group(*args[1:])
    except (IndexError, TypeError):
        return Unknown("group")


_MATCH = Class("Match", [], {
    "group": Native("group", _group),
    "groups": Native("groups", lambda f, a, k: a[0].payload.groups()),
    "__getitem__": Native("__getitem__", _group),
})  # fmt: skip
for _name in ("match", "search", "fullmatch"):
    _matcher(f"re.{_name}", getattr(re, _name))


for _name in LIBRARY_TYPES:
    if lookup(_name) is MISSING:
        register(_name, Namespace(_name))


def _nothing(f: Frame, args: Args, keywords: Keywords) -> Value:
    return None


for _name in (
    "warnings.warn warnings.filterwarnings warnings.simplefilter logging.info logging.warning logging.debug"
    " logging.error logging.basicConfig random.seed numpy.random.seed time.sleep"
).split():
    register(_name, Native(_name, _nothing))
