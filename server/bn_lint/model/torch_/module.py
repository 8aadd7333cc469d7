"""nn.Module: registration, traversal, mode."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator as PyIterator

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
import bn_lint.model.initialising as initialising
from bn_lint.model import operators
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.modes import switch
from bn_lint.model.torch_.registry import register
from bn_lint.model.values import (
    MISSING,
    Class,
    Implementation,
    Iterator,
    Module,
    Native,
    Tensor,
    Unknown,
    Value,
)

Args = list[Value]
Keywords = dict[str, Value]

_members: dict[str, Value] = {}
MODULE = Class("Module", [], _members, qualified="torch.nn.Module")
register("torch.nn.Module", MODULE)


def _method(*names: str) -> Callable[[Implementation], Implementation]:
    def enter(body: Implementation) -> Implementation:
        def call(f: Frame, args: Args, keywords: Keywords) -> Value:
            if not args:
                raise Raised(TypeError)  # nn.Module.eval() instead of model.eval()
            return body(f, args, keywords) if isinstance(args[0], Module) else Unknown("result")

        for name in names:
            _members[name] = Native(f"torch.nn.Module.{name}", call)
        return body

    return enter


def walk(module: Module, prefix: str = "") -> PyIterator[tuple[str, Module]]:
    """A module and everything registered below it, with dotted paths, each object once."""
    seen: set[int] = set()
    stack: list[tuple[str, Value]] = [(prefix, module)]
    while stack:
        path, current = stack.pop()
        if not isinstance(current, Module) or id(current) in seen:
            continue
        seen.add(id(current))
        yield path, current
        below = [(f"{path}.{name}" if path else name, child) for name, child in current.children.items()]
        stack.extend(reversed(below))


def parts(module: Module) -> list[Module]:
    """A module and everything registered below it, each object once, in the order of `walk`."""
    found: dict[int, Module] = {}
    stack: list[Value] = [module]
    while stack:
        current = stack.pop()
        if isinstance(current, Module) and id(current) not in found:
            found[id(current)] = current
            stack.extend(reversed(current.children.values()))
    return list(found.values())


@_method("__init__", "post_init", "reset_parameters")
def _init(f: Frame, args: Args, keywords: Keywords) -> Value:
    return None


@_method("add_module", "register_module")
def _add_module(f: Frame, args: Args, keywords: Keywords) -> Value:
    named = dict(zip(("self", "name", "module"), args, strict=False)) | keywords
    name, child = named.get("name"), named.get("module")
    if isinstance(name, str):
        f.ev.journal.set(named["self"].children, name, child)
    else:
        f.ev.journal.put(named["self"], "escaped", True)  # a child, nobody knows which
    return None


@_method("register_buffer", "register_parameter")
def _register_tensor(f: Frame, args: Args, keywords: Keywords) -> Value:
    named = dict(zip(("self", "name", "value"), args, strict=False)) | keywords
    name = named.get("name")
    if isinstance(name, str):
        value = named.get("value", named.get("tensor", named.get("param")))
        attributes.assign(f, named["self"], name, value)
    return None


@_method("children")
def _children(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Iterator([child for child in args[0].children.values() if child is not None])


@_method("named_children")
def _named_children(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Iterator([(name, child) for name, child in args[0].children.items() if child is not None])


@_method("modules")
def _modules(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Iterator(list[Value](parts(args[0])))


@_method("named_modules")
def _named_modules(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Iterator(list[Value](walk(args[0])))


@_method("parameters", "named_parameters", "buffers", "named_buffers", "state_dict")
def _tensors(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("parameters")


@_method(
    "load_state_dict",
    "zero_grad",
    "register_forward_hook",
    "register_forward_pre_hook",
    "register_full_backward_hook",
    "register_load_state_dict_pre_hook",
    "_register_load_state_dict_pre_hook",
    "register_state_dict_pre_hook",
    "register_load_state_dict_post_hook",
    "register_backward_hook",
    "_register_state_dict_hook",
    "extra_repr",
    "__repr__",
    "_load_from_state_dict",
    "compile",
    "_get_name",
)
def _nothing(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("result")


@_method(
    "cuda",
    "cpu",
    "float",
    "double",
    "bfloat16",
    "type",
    "xpu",
    "share_memory",
    "to_empty",
    "_apply",
    "requires_grad_",
)
def _same_module(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[0]


@_method("half")
def _half(f: Frame, args: Args, keywords: Keywords) -> Value:
    f.ev.halved(f, args[0])
    return args[0]


@_method("to")
def _to(f: Frame, args: Args, keywords: Keywords) -> Value:
    given = [*args[1:], keywords.get("dtype")]
    if any(isinstance(value, Unknown) and value.path in ("torch.float16", "torch.half") for value in given):
        f.ev.halved(f, args[0])
    return args[0]


@_method("train")
def _train(f: Frame, args: Args, keywords: Keywords) -> Value:
    module = args[0]
    mode = args[1] if len(args) > 1 else keywords.get("mode", True)
    if module.form == "traced":
        f.ev.switched_traced(f, module, operators.truth(f, mode))
        return module
    _set_mode(f, module, mode, operators.truth(f, mode), own=True)
    return module


def _set_mode(f: Frame, module: Module, mode: Value, known: bool | None, *, own: bool) -> None:
    switch(f, module, known, own=own)
    for child in module.children.values():
        if not isinstance(child, Module):
            continue
        method = child.cls.lookup("train")
        if method is MODULE_TRAIN and "train" not in child.attrs:
            _set_mode(f, child, mode, known, own=False)
        else:
            # Through the child's own `train`: code overrides it to keep BatchNorm frozen.
            calls.call(f, attributes.get(f, child, "train"), [mode], {})


MODULE_TRAIN: Value = _members["train"]


@_method("eval")
def _eval(f: Frame, args: Args, keywords: Keywords) -> Value:
    return calls.call(f, attributes.get(f, args[0], "train"), [False], {})


@_method("apply")
def _apply(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, function = args[0], args[1] if len(args) > 1 else keywords.get("fn")
    if initialising.applied(f, function, module):
        return module
    if isinstance(function, Unknown):
        calls.call(f, function, [module], {})
        return module
    for each in reversed(parts(module)):
        calls.call(f, function, [each], {})
    return module


@_method("get_submodule")
def _get_submodule(f: Frame, args: Args, keywords: Keywords) -> Value:
    path = args[1] if len(args) > 1 else keywords.get("target")
    if not isinstance(path, str):
        return Unknown("submodule")
    current: Value = args[0]
    for part in path.split(".") if path else ():
        current = attributes.get(f, current, part)
    return current


@_method("set_submodule")
def _set_submodule(f: Frame, args: Args, keywords: Keywords) -> Value:
    path = args[1] if len(args) > 1 else keywords.get("target")
    if isinstance(path, str) and len(args) > 2:
        parent, _, name = path.rpartition(".")
        owner = _get_submodule(f, [args[0], parent], {})
        attributes.set_(f, owner, name, args[2])
    return None


@_method("__setattr__")
def _setattr(f: Frame, args: Args, keywords: Keywords) -> Value:
    if len(args) == 3 and isinstance(args[1], str):
        attributes.assign(f, args[0], args[1], args[2])
    return None


@_method("get_parameter", "get_buffer")
def _get_tensor(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Tensor(None)


@_method("__call__")
def _call(f: Frame, args: Args, keywords: Keywords) -> Value:
    return f.ev.forward(f, args[0], args[1:], keywords)


@_method("__dir__")
def _dir(f: Frame, args: Args, keywords: Keywords) -> Value:
    return [*args[0].children, *args[0].attrs]


def require_forward(f: Frame, module: Module) -> Value:
    """The forward method of a module, bound; raises NotImplementedError (of the code) where there is none."""
    own = module.attrs.get("forward", MISSING)
    if own is not MISSING:
        return own
    method = module.cls.lookup("forward")
    if method is MISSING:
        if module.cls.opaque:
            return Unknown(f"{module.cls.name}.forward")
        raise Raised(NotImplementedError)
    return attributes.bind(f, method, module, module.cls)
