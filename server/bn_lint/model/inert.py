"""Code that cannot change a shape, a mode or the structure of a model: parameter initialisation.

Every other model runs a loop over all its modules that only fills weights. Skipping such loops saves more
evaluation than anything else, and loses nothing.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from bn_lint.model.scopes import target_names
from bn_lint.source import ir

_ITERATORS = frozenset({"modules", "named_modules", "children", "named_children", "parameters", "named_parameters"})
_PURE = frozenset({
    "isinstance", "hasattr", "getattr", "len", "print", "sqrt", "log", "prod", "min", "max", "range", "float", "int",
    "any", "all", "str", "lower", "endswith", "startswith", "split", "zip", "enumerate", "sum", "abs", "type", "floor",
    "size", "dim", "numel", "no_grad", "calculate_gain", "calculate_fan_in_and_fan_out", "pow", "tensor", "detach",
    "_calculate_fan_in_and_fan_out", "_calculate_correct_fan", "zeros_like", "ones_like", "format", "debug", "info",
    "to", "view", "clone", "linspace", "zeros", "ones", "list", "tuple", "dict", "set", "sorted", "round", "arange",
    "reshape", "permute", "flatten", "unsqueeze", "contiguous", "join",
})  # fmt: skip
_GROWING = frozenset({"append", "extend", "insert", "update", "add", "setdefault"})
_PURE_MODULES = ("torch.", "math.", "np.", "numpy.", "itertools.", "F.")
_LEAVING = frozenset({"return", "raise", "yield", "yieldfrom"})
_PARAMETERS = frozenset({"weight", "bias", "data", "weight_g", "weight_v", "grad", "requires_grad"})


@dataclass(frozen=True)
class Needs:
    """What has to initialise parameters only, for code to do no more: functions, by name, and methods of modules.

    `given` are the parameters that it calls. Those of `mentioned` and `attributes` it does not call itself, but what it
    calls may. `returns` is the parameter that it returns, "" where it returns nothing, None where it returns something
    else.
    """

    functions: frozenset[str]
    given: frozenset[str]
    methods: frozenset[str]
    mentioned: frozenset[str]
    attributes: frozenset[str]
    returns: str | None

    @property
    def nothing(self) -> bool:
        return not (self.functions or self.given or self.methods)


def loop(node: ir.Node) -> Needs | None:
    """What a `for` statement over modules or parameters needs to only initialise them; None where it does more."""
    iterable = node[3]
    over = iterable[0] == "call" and iterable[2][0] == "attr" and iterable[2][3] in _ITERATORS
    if not over or node[5] or any(inner[0] in _LEAVING for inner in ir.walk(node[4])):
        return None
    return needs((node,))


def local_effects(statements: ir.Body) -> frozenset[str] | None:
    """The local names that a loop body changes, when that is all it does: arithmetic into lists and dicts.

    None where it does, or may do, more.
    """
    names: set[str] = set()
    for node in ir.walk(statements):
        op = node[0]
        if op == "assign" or op in ("aug", "ann", "for"):
            for target in node[2] if op == "assign" else (node[3] if op == "aug" else node[2],):
                root = target
                while root[0] == "sub":
                    root = root[2]
                if root[0] in ("tuple", "list") and all(element[0] == "name" for element in root[2]):
                    names.update(element[2] for element in root[2])
                elif root[0] == "name":
                    names.add(root[2])
                else:
                    return None
        elif op == "call":
            function = node[2]
            if function[0] == "name" and function[2] in _PURE:
                continue
            if function[0] == "attr" and function[3] in _GROWING and function[2][0] == "name":
                names.add(function[2][2])
            elif not (ir.dotted_name(function) or "").startswith(("math.", "np.", "numpy.")):
                return None
        elif op in ("return", "yield", "yieldfrom", "del", "global", "nonlocal", "walrus", "raise", "with", "try"):
            return None
    return frozenset(names)


def needs(statements: ir.Body, parameters: Set[str] = frozenset()) -> Needs | None:
    """What statements need to only initialise parameters, so that they can be left out; None where they do more."""
    own: set[str] = set()
    items: set[str] = set()
    for node in ir.walk(statements):
        if node[0] == "for":
            target_names(node[2], items)
        elif node[0] == "assign":
            own.update(target[2] for target in node[2] if target[0] == "name")
    local = own | items
    functions: set[str] = set()
    methods: set[str] = set()
    mentioned: set[str] = set()
    attributes: set[str] = set()
    initialising: set[str] = set()
    returned: set[str | None] = set()  # by each `return`
    for node in ir.walk(statements):
        op = node[0]
        if op == "name":
            mentioned.add(node[2])
        elif op == "attr":
            attributes.add(node[3])
        elif op == "call":
            function = node[2]
            if _initialises(function, own):
                initialising.add(function[2] if function[0] == "name" else function[3])
                continue
            if function[0] == "name" and function[2] not in local:
                functions.add(function[2])
            elif function[0] == "attr" and (ir.dotted_name(function) or "").partition(".")[0] in local | parameters:
                methods.add(function[3])
            else:
                return None
        elif op == "assign":
            if not all(_is_parameter(target, own) for target in node[2]):
                return None
        elif op in ("aug", "ann"):
            if not _is_parameter(node[3] if op == "aug" else node[2], own):
                return None
        elif op == "return":
            value = node[2]
            named = value is not None and value[0] == "name" and value[2] in parameters - local
            returned.add("" if value is None else value[2] if named else None)
        elif op in _LEAVING:
            returned.add(None)  # to be left out only where nobody looks at what becomes of it
        elif op in ("del", "global", "nonlocal", "walrus", "break"):
            return None
    if not statements or statements[-1][0] != "return":
        returned.add("")
    given = functions & parameters
    if given and initialising.isdisjoint(_ITERATORS):
        return None  # what it is given may be a layer, to be run
    mentioned -= local | parameters | functions | initialising
    found = map(frozenset, (functions - given, given, methods, mentioned, attributes - methods - initialising))
    return Needs(*found, returns=returned.pop() if len(returned) == 1 else None)


def _initialises(function: ir.Node, own: set[str]) -> bool:
    dotted = ir.dotted_name(function)
    last = function[3] if function[0] == "attr" else dotted
    if last is None:
        return False
    if (
        last in _PURE
        or last in _ITERATORS
        or last.endswith("Error")
        or (last.endswith("_") and not last.startswith("_"))
    ):
        return True
    if dotted is None:
        return False
    if last in _GROWING and dotted.partition(".")[0] in own:
        return True
    return "init." in dotted or dotted.startswith(("init", *_PURE_MODULES))


def _is_parameter(target: ir.Node, own: set[str]) -> bool:
    if target[0] == "name":
        return True
    if target[0] == "sub":
        owner = target[2]
        return owner[2] in own if owner[0] == "name" else owner[0] == "attr" and _is_parameter(owner, own)
    if target[0] in ("tuple", "list"):
        return all(_is_parameter(element, own) for element in target[2])
    return target[0] == "attr" and target[3] in _PARAMETERS
