"""Code that cannot change a shape, a mode or the structure of a model: parameter initialisation.

Every other model runs a loop over all its modules that only fills weights. Skipping such loops saves more
evaluation than anything else, and loses nothing.
"""

from __future__ import annotations

from bn_lint.source import ir

_ITERATORS = frozenset(
    {"modules", "named_modules", "children", "named_children", "parameters", "named_parameters"}
)
_PURE = frozenset({
    "isinstance", "hasattr", "getattr", "len", "print", "sqrt", "log", "prod", "min", "max", "range", "float", "int",
    "any", "all", "str", "lower", "endswith", "startswith", "split", "zip", "enumerate", "sum", "abs", "type", "floor",
    "size", "dim", "numel", "no_grad", "calculate_gain", "calculate_fan_in_and_fan_out", "pow", "tensor", "detach",
    "_calculate_fan_in_and_fan_out", "_calculate_correct_fan", "zeros_like", "ones_like", "format", "debug", "info",
    "to", "view", "clone", "linspace", "zeros", "ones",
})  # fmt: skip
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


def body(statements: ir.Body) -> bool:
    """Whether statements only initialise parameters: they could be left out."""
    for node in ir.walk(statements):
        op = node[0]
        if op == "call":
            if not _initialises(node[2]):
                return False
        elif op == "assign":
            if not all(_is_parameter(target) for target in node[2]):
                return False
        elif op in ("aug", "ann"):
            if not _is_parameter(node[3] if op == "aug" else node[2]):
                return False
        elif op in ("return", "yield", "yieldfrom", "del", "global", "nonlocal", "walrus", "raise", "break"):
            return False
    return True


def _initialises(function: ir.Node) -> bool:
    dotted = ir.dotted_name(function)
    last = function[3] if function[0] == "attr" else dotted
    if last is None:
        return False
    if last in _PURE or (last.endswith("_") and not last.startswith("_")):
        return True
    return dotted is not None and ("init." in dotted or dotted.startswith("init"))


def _is_parameter(target: ir.Node) -> bool:
    if target[0] == "name":
        return True
    if target[0] == "sub":
        return _is_parameter(target[2]) and target[2][0] == "attr"
    if target[0] in ("tuple", "list"):
        return all(_is_parameter(element) for element in target[2])
    return target[0] == "attr" and target[3] in _PARAMETERS
