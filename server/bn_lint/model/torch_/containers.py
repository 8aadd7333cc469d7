"""nn.Sequential, ModuleList, ModuleDict, and the parameter containers."""

from __future__ import annotations

from typing import Any

import bn_lint.model.calls as calls
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.iteration import known_items
from bn_lint.model.torch_.module import MODULE
from bn_lint.model.torch_.registry import register
from bn_lint.model.values import MISSING, OPEN, Class, Iterator, Module, Native, Unknown, Value, View

Args = list[Value]
Keywords = dict[str, Value]


def _set_all(f: Frame, module: Module, items: list[tuple[str, Value]]) -> None:
    f.ev.journal.changing(module.children)
    module.children.clear()
    module.children.update(items)


def _poison(f: Frame, module: Module) -> None:
    """The container holds something, and nobody knows what."""
    f.ev.journal.put(module, "escaped", True)


def _sequential_init(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, *given = args
    if len(given) == 1 and isinstance(given[0], dict):
        module.children.update((str(k), v) for k, v in given[0].items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif OPEN in given:
        _poison(f, module)
    elif any(not isinstance(item, Module | Unknown) for item in given):
        raise Raised(TypeError)  # Sequential refuses what is not a module
    else:
        module.children.update((str(index), item) for index, item in enumerate(given))
    return None


def _sequential_forward(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, *inputs = args
    value = inputs[0] if inputs else keywords.get("input", Unknown("input"))
    if module.escaped:
        return Unknown("sequential")
    for child in list(module.children.values()):
        if child is not None:
            value = calls.call(f, child, [value], {})
    return value


def _list_init(f: Frame, args: Args, keywords: Keywords) -> Value:
    module = args[0]
    given = args[1] if len(args) > 1 else keywords.get("modules")
    if given is not None:
        _extend(f, [module, given], {})
    return None


def _extend(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, given = args[0], args[1]
    items = known_items(f, given)
    if items is None:
        _poison(f, module)
        return module
    f.ev.journal.changing(module.children)
    for item in items:
        module.children[str(len(module.children))] = item
    return module


def _append(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, item = args[0], args[1] if len(args) > 1 else keywords.get("module")
    f.ev.journal.changing(module.children)
    module.children[str(len(module.children))] = item
    return module


def _insert(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, index, item = args
    if not isinstance(index, int):
        _poison(f, module)
        return module
    values = list(module.children.values())
    values.insert(index, item)
    _set_all(f, module, [(str(i), v) for i, v in enumerate(values)])
    return module


def _pop(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, key = args[0], args[1] if len(args) > 1 else -1
    names = list(module.children)
    name = (
        key
        if isinstance(key, str)
        else names[key]
        if isinstance(key, int) and -len(names) <= key < len(names)
        else None
    )
    if name is None or name not in module.children:
        raise Raised(IndexError)
    value = module.children[name]
    _delete_name(f, module, name)
    return value


def _delete_name(f: Frame, module: Module, name: str) -> None:
    f.ev.journal.changing(module.children)
    del module.children[name]
    if all(key.isdigit() for key in module.children):
        values = list(module.children.values())
        module.children.clear()
        module.children.update((str(i), v) for i, v in enumerate(values))


def _get_index(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, key = args
    if module.escaped:
        return Unknown("item")
    key = f.ev.path.size(key)
    values = list(module.children.values())
    if isinstance(key, slice):
        parts = [f.ev.path.size(part) for part in (key.start, key.stop, key.step)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if any(part is not None and not isinstance(part, int) for part in parts):
            return Unknown("slice")
        names = list(module.children)[slice(*parts)]
        made = Module(module.cls if module.cls.node is None else SEQUENTIAL, f.place, f.ev.epoch)
        made.children = {name: module.children[name] for name in names}
        if module.cls.is_subclass(MODULE_LIST):
            made.children = {str(i): v for i, v in enumerate(made.children.values())}
        return made
    if isinstance(key, int):
        try:
            return values[key]
        except IndexError:
            raise Raised(IndexError) from None
    if isinstance(key, str):
        return _get_key(f, args, keywords)
    return Unknown("item")


def _set_index(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, key, value = args
    names = list(module.children)
    if isinstance(key, int) and -len(names) <= key < len(names):
        f.ev.journal.set(module.children, names[key], value)
    elif isinstance(key, str):
        f.ev.journal.set(module.children, key, value)
    else:
        _poison(f, module)
    return None


def _delete_index(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, key = args
    names = list(module.children)
    if isinstance(key, int) and -len(names) <= key < len(names):
        _delete_name(f, module, names[key])
    elif isinstance(key, slice) and all(isinstance(p, int | None) for p in (key.start, key.stop, key.step)):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        f.ev.journal.changing(module.children)
        for name in names[key]:
            del module.children[name]
        _set_all(f, module, [(str(i), v) for i, v in enumerate(module.children.values())])
    else:
        _poison(f, module)
    return None


def _length(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("len") if args[0].escaped else len(args[0].children)


def _iterate(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("items") if args[0].escaped else Iterator(list(args[0].children.values()))


def _add(f: Frame, args: Args, keywords: Keywords) -> Value:
    a, b = args
    made = Module(a.cls, f.place, f.ev.epoch)
    made.children = {str(i): v for i, v in enumerate((*a.children.values(), *getattr(b, "children", {}).values()))}
    return made


# ---- ModuleDict


def _dict_init(f: Frame, args: Args, keywords: Keywords) -> Value:
    given = args[1] if len(args) > 1 else keywords.get("modules")
    if given is not None:
        _dict_update(f, [args[0], given], {})
    return None


def _dict_update(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, given = args
    if isinstance(given, Module):
        given = given.children
    if isinstance(given, dict):
        pairs: list[Value] | None = [(key, value) for key, value in given.items()]  # pyright: ignore[reportUnknownVariableType]
    else:
        pairs = known_items(f, given)
    if pairs is None or not all(isinstance(pair, list | tuple) and isinstance(pair[0], str) for pair in pairs):
        _poison(f, module)
        return None
    f.ev.journal.changing(module.children)
    module.children.update((pair[0], pair[1]) for pair in pairs)
    return None


def _get_key(f: Frame, args: Args, keywords: Keywords) -> Value:
    module, key = args
    if not isinstance(key, str) or module.escaped:
        return Unknown("item")
    value = module.children.get(key, MISSING)
    if value is MISSING:
        raise Raised(KeyError)
    return value


def _keys(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("keys") if args[0].escaped else View(args[0].children, lambda pair: pair[0])


def _values(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("values") if args[0].escaped else View(args[0].children, lambda pair: pair[1])


def _items(f: Frame, args: Args, keywords: Keywords) -> Value:
    return Unknown("items") if args[0].escaped else View(args[0].children, lambda pair: pair)


def _contains(f: Frame, args: Args, keywords: Keywords) -> Value:
    return args[1] in args[0].children if isinstance(args[1], str) and not args[0].escaped else Unknown("in")


def _native(prefix: str, **members: Any) -> dict[str, Value]:
    return {name: Native(f"{prefix}.{name}", body) for name, body in members.items()}


_LISTLIKE = {
    "append": _append, "extend": _extend, "insert": _insert, "pop": _pop, "__getitem__": _get_index,
    "__setitem__": _set_index, "__delitem__": _delete_index, "__len__": _length, "__iter__": _iterate,
    "__add__": _add, "__iadd__": _extend,
}  # fmt: skip
SEQUENTIAL = Class(
    "Sequential", [MODULE],
    _native("torch.nn.Sequential", __init__=_sequential_init, forward=_sequential_forward, **_LISTLIKE),
    qualified="torch.nn.Sequential",
)  # fmt: skip
MODULE_LIST = Class(
    "ModuleList", [MODULE], _native("torch.nn.ModuleList", __init__=_list_init, **_LISTLIKE),
    qualified="torch.nn.ModuleList",
)  # fmt: skip
MODULE_DICT = Class(
    "ModuleDict",
    [MODULE],
    _native(
        "torch.nn.ModuleDict",
        __init__=_dict_init,
        update=_dict_update,
        __getitem__=_get_key,
        __setitem__=_set_index,
        keys=_keys,
        values=_values,
        items=_items,
        __len__=_length,
        __iter__=_keys,
        __contains__=_contains,
        pop=_pop,
    ),
    qualified="torch.nn.ModuleDict",
)
PARAMETER_LIST = Class("ParameterList", [MODULE_LIST], {}, qualified="torch.nn.ParameterList")
PARAMETER_DICT = Class("ParameterDict", [MODULE_DICT], {}, qualified="torch.nn.ParameterDict")
for _cls in (SEQUENTIAL, MODULE_LIST, MODULE_DICT, PARAMETER_LIST, PARAMETER_DICT):
    register(_cls.qualified, _cls)
