"""The calls in a file that may construct a normalisation layer, found without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bn_lint.model.evaluator import Evaluator
from bn_lint.model.frame import ModuleScope
from bn_lint.model.torch_.norms import has_num_features
from bn_lint.model.values import MISSING, Class, Function, Lazy, Namespace, Native, Value
from bn_lint.source import ir
from bn_lint.source.tree import Node

_EXPORT_NAME = re.compile(r"export|compile|trace|script|convert|freeze|optimize|fuse|prepare|to_edge|torch2trt|onnx")
# A call that constructs a normalisation layer, by its name: `nn.BatchNorm2d`, `norm_layer`, `bn`; not
# `nn.init.normal_`, not `get_norm_layer`, which only finds the class.
_NORM_NAME = re.compile(
    r"(?i)^(?!get_|is_|has_|init|_init|convert|replace|freeze|set_|resolve|(vector|matrix|weight|spectral|clip_grad|_foreach)_norm"
    r"|\w*(layer|group|rms|instance)_norm)"
    r"(?=.*(batch_?norm|norm(?!al)|(^|_)bn(?-i:(?![a-z]))))"
)
# A call of a function that may do so: `norm(64)`, `get_norm_layer("batch", 64)`.
_HELPER_NAME = re.compile(
    r"(?i)^(?!is_|has_|init|_init|convert|replace|freeze|set_)(?=.*(norm(?!al)|(^|_)bn(?-i:(?![a-z]))))"
)
# What any such name has in it.
_NORM = re.compile(r"(?i)norm|bn")
# A function that finds such a class.
_FINDS_NORM = re.compile(r"(?i)_?(get|find|resolve|make|select|choose)_.*norm(?!al)")
_BATCH_NORM = re.compile(r"BatchNorm(\dd)?$")
# Functions that apply layers rather than construct them.
_APPLIES = re.compile(r"forward|__call__|_init|init_weights|reset|extra_repr|fuse|reparam")


def named(node: Node, definition: ir.Node) -> list[Node]:
    """The calls in a definition, at `node`, that may construct a normalisation layer, by their names alone."""
    return [Node(node.piece, number) for _, number in _norm_calls(node, definition)]


def norm_calls(ev: Evaluator, scope: ModuleScope, node: Node, definition: ir.Node) -> list[Node]:
    """The calls in a definition, at `node`, that may construct a BatchNorm, by what their names are bound to."""
    return [
        Node(node.piece, number)
        for function, number in _norm_calls(node, definition)
        if not _is_something_else(ev, scope, function)
    ]


def helper_calls(ev: Evaluator, scope: ModuleScope, node: Node, definition: ir.Node) -> list[Node]:
    """The calls in a definition, at `node`, of what stands in other files and may construct a BatchNorm: a function, or
    the constructor of a base class."""
    fragment = node.piece.fragment
    if _NORM.search(fragment.text) is None:
        return []
    calls = fragment.once("helper calls", node.number, lambda: list(_find_helper_calls(definition)))
    return [Node(node.piece, number) for function, number in calls if _is_helper(_bound(ev, scope, function), scope)]


def _find_helper_calls(definition: ir.Node) -> Iterator[tuple[Any, int]]:
    for function, number in _calls(definition, skip_appliers=True):
        if _HELPER_NAME.search(_last(function)) is not None and not _measures(function):
            yield function, number
        elif definition[0] == "class" and _last(function) == "__init__" and function[2][0] == "call":
            yield from ((base, number) for base in definition[3])


def _is_helper(value: Value, scope: ModuleScope) -> bool:
    found: Node | None = None
    if isinstance(value, Function):
        found = Node(value.piece, value.code.number)
    elif isinstance(value, Class):
        found = value.node
    if found is None or found.piece.file is scope.file:
        return False
    return found.ir is not None and bool(named(found, found.ir))


def _norm_calls(node: Node, definition: ir.Node) -> list[tuple[Any, int]]:
    if _NORM.search(node.piece.fragment.text) is None:
        return []
    return node.piece.fragment.once("norm calls", node.number, lambda: list(_find_norm_calls(node, definition)))


def _find_norm_calls(node: Node, definition: ir.Node) -> Iterator[tuple[Any, int]]:
    found = _looked_up(node, definition)
    named = [
        (function, number)
        for function, number in _calls(definition, skip_appliers=True)
        if (function[0] == "name" and function[2] in found)
        or (_NORM_NAME.search(_last(function)) is not None and not _measures(function))
    ]
    if not named:
        return
    others: set[str] = {inner[2] for inner in ir.walk(definition) if inner[0] == "def"}  # its own functions
    if definition[0] == "class":
        others |= {f"self.{inner[2]}" for inner in definition[5] if inner[0] == "def"} | set(_instances(definition))
    for function, number in named:
        if (function[0] == "name" and function[2] in found) or ir.dotted_name(function) not in others:
            yield function, number


def _measures(function: ir.Node) -> bool:
    """Whether a call is of a tensor's or a library's `norm`: `grad.norm()`, `torch.linalg.norm(x)`."""
    return function[0] == "attr" and function[3] == "norm" and ir.dotted_name(function[2]) not in ("self", "cls")


def _instances(definition: ir.Node) -> Iterator[str]:
    """The attributes that a class sets to what a call gives, unless that finds a class: calling one applies a layer."""
    for inner in ir.walk(definition):
        if inner[0] == "assign" and inner[3][0] == "call":
            finds = _FINDS_NORM.match(_last(inner[3][2])) or _last(inner[3][2]) == "partial"
            yield from (ir.dotted_name(target) or "" for target in inner[2] if target[0] == "attr" and not finds)


def _looked_up(node: Node, definition: ir.Node) -> dict[str, ir.Node]:
    """The local names that hold what a function like `get_norm_layer` found, with the call of it."""
    if _FINDS_NORM.search(node.piece.fragment.text) is None:
        return {}
    return {
        inner[2][0][2]: inner[3]
        for inner in ir.walk(definition)
        if inner[0] == "assign"
        and inner[2][0][0] == "name"
        and inner[3][0] == "call"
        and _FINDS_NORM.match(_last(inner[3][2]))
    }


def parameters(node: Node, definition: ir.Node) -> dict[int, set[str]]:
    """By the number of each call that may construct a normalisation layer in a definition, at `node`: the parameters
    that say which class it is to be of. Calls to which no parameter says it are left out."""
    found: dict[int, set[str]] = {}
    calls = _norm_calls(node, definition)
    if not calls:
        return found
    known = {p[1] for inner in ir.walk(definition) if inner[0] == "def" for p in inner[3]}
    looked_up = _looked_up(node, definition)
    for function, number in calls:
        if function[0] == "name":
            lookup = looked_up.get(function[2])
            names = {function[2]} if lookup is None else {arg[2] for arg in lookup[3] if arg[0] == "name"}
            if names & known:
                found[number] = names & known
    return found


def does_more(node: Node, definition: ir.Node) -> bool:
    """Whether a class does more with BatchNorm than hold it: its forward constructs some, or it overrides the mode."""
    return node.piece.fragment.once("does more", definition[1], lambda: _does_more(definition))


def _does_more(definition: ir.Node) -> bool:
    for method in definition[5]:
        if method[0] != "def":
            continue
        if method[2] in ("train", "eval"):
            return True
        if method[2] == "forward" and any(_BATCH_NORM.search(_last(function)) for function, _ in _calls(method)):
            return True
    return False


def of_file(ev: Evaluator, scope: ModuleScope) -> list[Node]:
    """The calls in a file that may construct a BatchNorm, by their names, in source order."""
    assert scope.file is not None
    found = [
        site
        for piece in scope.file.pieces
        for statement in piece.fragment.body
        for site in norm_calls(ev, scope, Node(piece, statement[1]), statement)
    ]
    return sorted(found, key=lambda site: (site.piece.index, site.number))


def leaves_python(node: Node, definition: ir.Node) -> bool:
    """Whether a definition contains a call that may export a model, by its name."""
    fragment = node.piece.fragment
    return _EXPORT_NAME.search(fragment.text) is not None and fragment.once(
        "leaves python",
        definition[1],
        lambda: any(_EXPORT_NAME.search(_last(function)) for function, _ in _calls(definition)),
    )


def _is_something_else(ev: Evaluator, scope: ModuleScope, function: ir.Node) -> bool:
    """Whether a name means what is known to be no class with num_features: nn.LayerNorm, F.normalize, a function."""
    value = _bound(ev, scope, function)
    if isinstance(value, Class):
        return not value.opaque and not has_num_features(value)
    return isinstance(value, Native | Function)


def _bound(ev: Evaluator, scope: ModuleScope, function: ir.Node) -> Value:
    """What a dotted name means at the top of a module, MISSING where that is not known."""
    dotted = ir.dotted_name(function)
    if dotted is None:
        return MISSING
    first, *rest = dotted.split(".")
    value: Value = scope.vars.get(first, MISSING)
    if isinstance(value, Lazy):
        value = ev.resolve(scope, value)
    for name in rest:
        if isinstance(value, ModuleScope):
            value = ev.module_attribute(value, name)
        elif isinstance(value, Namespace):
            value = ev.library(value.name, name)
        else:
            return MISSING
    return value


def _last(function: ir.Node) -> str:
    if function[0] == "sub" and function[2][0] == "name":
        function = function[2]  # Norm["batch"](64)
    return function[3] if function[0] == "attr" else function[2] if function[0] == "name" else ""


def _calls(definition: ir.Node, *, skip_appliers: bool = False) -> Iterator[tuple[Any, int]]:
    stack: list[ir.Node] = [definition]
    while stack:
        inner: ir.Node = stack.pop()
        if inner[0] == "def" and skip_appliers and _APPLIES.search(inner[2]) and inner[2] != "__init__":
            continue
        if inner[0] == "call":
            yield inner[2], inner[1]
        stack.extend(ir.children(inner))
