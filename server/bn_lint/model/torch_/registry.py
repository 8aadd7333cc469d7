"""The table of what is known about libraries: qualified name to value.

Modules of this package fill it when they are imported; `lookup` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from bn_lint.model.frame import Frame, Raised
from bn_lint.model.torch_.signature import Signature
from bn_lint.model.values import MISSING, Class, Module, Namespace, Native, Unknown, Value

LIBRARY: dict[str, Value] = {}
METHODS: dict[str, Native] = {}
_namespaces: set[str] = set()

# Where PyTorch keeps a thing, against the name by which the table knows it.
_HOMES = (
    (re.compile(r"^torch\.nn\.modules\.(?:\w+\.)?([A-Z_])"), r"torch.nn.\1"),
    (re.compile(r"^torch\.(?:ao\.)?nn\.parameter\."), "torch.nn."),
    (re.compile(r"^torch\.functional\."), "torch."),
    (re.compile(r"^torch\._tensor\.|^torch\.autograd\.variable\."), "torch."),
)


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """The table's name for a qualified name."""
    if name.startswith("torch."):
        for pattern, replacement in _HOMES:
            changed = pattern.sub(replacement, name)
            if changed != name:
                return changed
    return name


def lookup(name: str) -> Value:
    """What a qualified name stands for; MISSING where the table does not say."""
    found = LIBRARY.get(name, MISSING)
    if found is MISSING:
        found = LIBRARY.get(canonical(name), MISSING)
    if found is MISSING and name in _namespaces:
        return Namespace(name)
    return found


def names_below(namespace: str) -> list[str]:
    """The names that the table has in a namespace."""
    prefix = namespace + "."
    return sorted({name[len(prefix) :].partition(".")[0] for name in LIBRARY if name.startswith(prefix)})


def register(name: str, value: Value) -> None:
    """Enter a value, and the namespaces on the way to it."""
    LIBRARY[name] = value
    parent = name.rpartition(".")[0]
    while parent and parent not in _namespaces:
        _namespaces.add(parent)
        parent = parent.rpartition(".")[0]


def namespace(*names: str) -> None:
    """Enter modules of which nothing is known but that they exist."""
    for name in names:
        while name:
            _namespaces.add(name)
            name = name.rpartition(".")[0]


Body = Callable[..., Value]


def function(signature: str, *names: str) -> Callable[[Body], Body]:
    """Enter a function under qualified names; a name that starts with `.` is a method of Tensor.

    A call that the signature does not cover gives an unknown value.
    """
    bind = Signature(signature).bind

    def enter(body: Body) -> Body:
        def call(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
            values = bind(args, keywords)
            return Unknown("result") if values is None else body(f, *values)

        for name in names:
            if name.startswith("."):
                METHODS[name[1:]] = Native(f"Tensor{name}", call)
            else:
                register(name, Native(name, call))
        return body

    return enter


# Constructor arguments that the layer does not keep under their name: `conv.bias` is a parameter or None.
_NO_ATTRIBUTES = ("bias", "device", "dtype")

_PER_AXIS = ("kernel_size", "stride", "padding", "dilation", "output_padding")

Forward = Callable[..., Value]


def layer(
    qualified: str,
    signature: str,
    forward: Forward,
    *,
    base: Class,
    native: Any = None,
    derived: Callable[[Frame, Module, str], Value] | None = None,
    inputs: str = "input",
    axes: int = 0,
) -> Class:
    """Enter a layer class.

    Its constructor keeps its arguments in `payload`, and most as attributes; `forward(frame, module, *inputs)` gives
    its output. `derived` computes further attributes (`weight`) when they are read. `axes`: of a convolution, whose
    attributes have one number for each axis.
    """
    bind = Signature(signature).bind
    bind_inputs = Signature(inputs).bind
    names = Signature(signature).names

    def init(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
        if not args or not isinstance(args[0], Module):
            raise Raised(TypeError)
        module = args[0]
        values = bind(args[1:], keywords)
        given = {n: Unknown(n) for n in names} if values is None else dict(zip(names, values, strict=False))
        module.payload = given
        module.attrs.update((name, value) for name, value in given.items() if name not in _NO_ATTRIBUTES)
        for name in _PER_AXIS if axes else ():
            if isinstance(given.get(name), int):
                module.attrs[name] = (given[name],) * axes
        return None

    def run(f: Frame, args: list[Value], keywords: dict[str, Value]) -> Value:
        values = bind_inputs(args[1:], keywords)
        known = values is not None and bool(args) and isinstance(args[0], Module)
        return Unknown("result") if not known or values is None else forward(f, args[0], *values)

    members: dict[str, Value] = {
        "__init__": Native(f"{qualified}.__init__", init),
        "forward": Native(f"{qualified}.forward", run),
        "__constructor__": Signature(signature),
    }
    if derived is not None:
        members["__derived__"] = derived
    cls = Class(qualified.rpartition(".")[2], [base], members, qualified=qualified, native=native)
    register(qualified, cls)
    return cls
