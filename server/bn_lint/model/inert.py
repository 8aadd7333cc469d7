"""Code that cannot change a shape, a mode or the structure of a model: parameter initialisation.

Every other model runs a loop over all its modules that only fills weights. Skipping such loops saves more
evaluation than anything else, and loses nothing.
"""

from __future__ import annotations

from bn_lint.source import ir

_ITERATORS = frozenset({"modules", "named_modules", "children", "named_children", "parameters", "named_parameters"})
_PURE = frozenset({
    "isinstance", "hasattr", "getattr", "len", "print", "sqrt", "log", "prod", "min", "max", "range", "float", "int",
    "any", "all", "str", "lower", "endswith", "startswith", "split", "zip", "enumerate", "sum", "abs", "type", "floor",
    "size", "dim", "numel", "no_grad", "calculate_gain", "calculate_fan_in_and_fan_out", "pow", "tensor", "detach",
    "_calculate_fan_in_and_fan_out", "_calculate_correct_fan", "zeros_like", "ones_like", "format", "debug", "info",
    "to", "view", "clone", "linspace", "zeros", "ones", "list", "tuple", "dict", "set", "sorted", "round", "arange",
    "reshape", "permute", "flatten", "unsqueeze", "contiguous",
})  # fmt: skip
_GROWING = frozenset({"append", "extend", "insert", "update", "add", "setdefault"})
_PURE_MODULES = ("torch.", "math.", "np.", "numpy.", "itertools.", "F.")
_PARAMETERS = frozenset({"weight", "bias", "data", "weight_g", "weight_v", "grad", "requires_grad"})


def loop(node: ir.Node) -> bool:
    """Whether a `for` statement loops over modules or parameters and only initialises them."""
    iterable = node[3]
    return (
        iterable[0] == "call"
        and iterable[2][0] == "attr"
        and iterable[2][3] in _ITERATORS
        and body(node[4])
        and not node[5]
    )


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


def body(statements: ir.Body) -> bool:
    """Whether statements only initialise parameters: they could be left out."""
    own = {
        target[2] for node in ir.walk(statements) if node[0] == "assign" for target in node[2] if target[0] == "name"
    }
    for node in ir.walk(statements):
        op = node[0]
        if op == "call":
            if not _initialises(node[2], own):
                return False
        elif op == "assign":
            if not all(_is_parameter(target, own) for target in node[2]):
                return False
        elif op in ("aug", "ann"):
            if not _is_parameter(node[3] if op == "aug" else node[2], own):
                return False
        elif op in ("return", "yield", "yieldfrom", "del", "global", "nonlocal", "walrus", "raise", "break"):
            return False
    return True


def _initialises(function: ir.Node, own: set[str]) -> bool:
    dotted = ir.dotted_name(function)
    last = function[3] if function[0] == "attr" else dotted
    if last is None:
        return False
    if last in _PURE or (last.endswith("_") and not last.startswith("_")):
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
