"""Ways into the code: which functions and classes of a file are called, and with what.

Recall is a matter of entries: a layer that no entry reaches is not checked. Precision is too: an entry with
made-up arguments proves nothing, so what is not known is a symbol or unknown, never a guess. Only a flag may be set
otherwise than by default, where a layer depends on it; what is reported then names it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import bn_lint.model.calls as calls
from bn_lint.model import audit
from bn_lint.model.dependence import only_defines
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import Entry
from bn_lint.model.frame import Frame, ModuleScope, note_frame
from bn_lint.model.symbolic import Symbol, of_symbol
from bn_lint.model.torch_.module import require_forward
from bn_lint.model.values import MISSING, OPEN, Bound, Class, Function, Module, Native, Tensor, Unknown, Value
from bn_lint.source import ir
from bn_lint.source.tree import Node

# Parameters that are certainly not sizes, whatever they are.
_NOT_A_SIZE = re.compile(
    r"(^|_)(block|layer|cls|fn|func|function|model|module|net|backbone|encoder|decoder|head|neck|norm|act|activation|cfg|"
    r"config|conf|args|opt|options|params|hparams|name|mode|type|path|file|device|dtype|loader|dataset|logger|criterion|"
    r"loss|optimizer|weights?|state|ckpt|checkpoint|flag|use|is|has|with|bias|pretrained|training|verbose|debug|kwargs|"
    r"pool|conv|bn|downsample|upsample|shortcut|residual|list|dict|tuple|shape|tokenizer|transform|anchors?|labels?|"
    r"classes|names)(_|$|\d)",
    re.IGNORECASE,
)

_NAME_PART = re.compile(r"[a-zA-Z]+")

Parameter = tuple[str, str, "ir.Node | None", "ir.Node | None"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way in: calls a function or class of a module and, where that gives an nn.Module, runs it forward.

    `siblings` are those that make the same model deeper, `flags` the arguments that are not as by default,
    `method` the class method that is called rather than the class.
    """

    entry: Entry
    start: Callable[[Frame], Value]
    scope: ModuleScope
    node: Node
    definition: ir.Node
    siblings: tuple[Candidate, ...] = ()
    flags: tuple[tuple[str, Value], ...] = ()
    method: str = ""

    @property
    def key(self) -> tuple[Node, str]:
        """What it has in common with the same way in, found again."""
        return self.node, self.entry.text

    @cached_property
    def features(self) -> frozenset[object]:
        """What sets this way in apart from others: the names and constants in the definition, without depths."""
        return self.node.piece.fragment.once("features", self.definition[1], self._find_features)

    def _find_features(self) -> frozenset[object]:
        # Models of one family have names that begin alike, and differ in width and depth most often.
        found: set[object] = set()
        if self.definition[0] == "def":
            found.update(_NAME_PART.findall(self.definition[2]))
        depths = {element[1] for elements in self._lists() if _are_depths(elements) for element in elements}
        for node in ir.walk(self.definition):
            if node[0] == "name" or (node[0] == "const" and node[1] not in depths):
                found.add((node[0], repr(node[2])))
            elif node[0] == "call":
                found.update((name, _shown(value)) for name, value in node[4])
        return frozenset(found)

    @property
    def depth(self) -> int:
        """The sum of the numbers in lists: of models of one family it says which are deep, and so take long."""
        return self.node.piece.fragment.once("depth", self.definition[1], self._find_depth)

    def _find_depth(self) -> int:
        return sum(
            item[2] for items in self._lists() for item in items if item[0] == "const" and item[2].__class__ is int
        )

    @property
    def family(self) -> Hashable:
        """All of a function but names and depths, which others that make the same model deeper have too; else None."""
        return self.node.piece.fragment.once("family", self.definition[1], self._find_family)

    def _find_family(self) -> Hashable:
        # Where no depths are written out, the name may stand for a row of a table that says all.
        return _family(self.definition, self.definition[2]) if any(map(_are_depths, self._lists())) else None

    def _lists(self) -> Iterator[ir.Body]:
        return (node[2] for node in ir.walk(self.definition) if node[0] in ("list", "tuple"))

    def run(self, ev: Evaluator) -> None:
        """Call it, and run what it gives."""
        frame = Frame(ev, self.scope, self.node.piece, {})
        frame.at = self.node.number
        made = self.start(frame)
        if isinstance(made, Module):
            audit.built(ev, made)
            try:
                forward(frame, made)
            finally:
                if ev.surveying:
                    audit.count(ev, made, self.node)
            audit.ran(ev, made)
        else:
            run_the_rest(frame)


def _family(item: Any, name: str) -> Hashable:
    """A part of a function with a name, without its numbers, depths, documentation, and strings that hold the name."""
    if item.__class__ is not tuple:
        return "" if isinstance(item, str) and name in item else (item.__class__, item)
    if not ir.is_node(item):
        return tuple(_family(part, name) for part in item)
    op = item[0]
    if op in ("list", "tuple") and _are_depths(item[2]):
        return op, len(item[2])
    if op == "expr" and item[2][0] == "const":
        return op
    return op, *(_family(part, name) for part in item[2:])


def _are_depths(elements: ir.Body) -> bool:
    """Whether these look like how often each stage of a model repeats its block: 3, 4, 23, 3.

    Widths are larger, and only go up, or down.
    """
    numbers = [element[2] for element in elements if element[0] == "const" and element[2].__class__ is int]
    if len(numbers) < max(len(elements), 2):
        return False
    return max(numbers) < 10 or (max(numbers) < 100 and numbers not in (sorted(numbers), sorted(numbers)[::-1]))


def families(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The shallowest of each family, with its siblings."""
    found: dict[Hashable, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        found[candidate.family or candidate].append(candidate)
    for members in found.values():
        members.sort(key=lambda each: each.depth)
    return [replace(first, siblings=tuple(others)) for first, *others in found.values()]


def run_the_rest(f: Frame) -> None:
    """Run the models that were built and neither run nor made part of another: by a training loop, most often."""
    ev = f.ev
    parts = {id(child) for module in ev.models for child in module.children.values()}
    for model in ev.models[::-1][:_MAX_MODELS]:
        # The layers of a container may be called one by one.
        used = () if model.cls.node is not None else model.children.values()
        if id(model) not in parts and ev.called.isdisjoint(map(id, (model, *used))):
            audit.built(ev, model)
            forward(f, model)


_MAX_MODELS = 8


def script(ev: Evaluator, scope: ModuleScope) -> Iterator[Candidate]:
    """A file run as a script, where its top level does more than define things."""
    assert scope.file is not None
    pieces = scope.file.pieces
    doing = [s for piece in pieces for s in piece.fragment.body if _does_something(s)]
    if not doing or not (scope.eventful or any(_asks_for_name(s) for s in doing)):
        return
    place = next(Node(piece, s[1]) for piece in pieces for s in piece.fragment.body if s is doing[0])

    def start(f: Frame) -> Value:
        main = ModuleScope("__main__", scope.package, scope.file, scope.search)
        main.vars.update({"__name__": "__main__", "__file__": scope.vars.get("__file__")})
        for piece in pieces:
            frame = Frame(ev, main, piece, main.vars)
            if not only_defines(piece.fragment):
                ev.enter(piece)
            try:
                ev.executable(piece)(frame)
            except Exception as error:
                note_frame(error, frame)
                raise
        return None

    yield Candidate(Entry("the script", None), start, scope, place, doing[0])


def _asks_for_name(statement: ir.Node) -> bool:
    """Whether a statement may do something else when the file is run than when it is imported."""
    tests = (node for node in ir.walk(statement) if node[0] == "cmp")
    return any(node[0] == "name" and node[2] == "__name__" for test in tests for node in ir.walk(test))


def _does_something(statement: ir.Node) -> bool:
    """Whether a top-level statement may build, run or export a model."""
    op = statement[0]
    if op in ("import", "from", "def", "class", "pass", "global"):
        return False
    if op in ("assign", "ann", "expr", "aug"):
        return any(node[0] == "call" for node in ir.walk(statement))
    return True


def _shown(node: ir.Node) -> str:
    return repr(node[2]) if node[0] in ("const", "name") else node[0]


def factories(ev: Evaluator, scope: ModuleScope) -> Iterator[Candidate]:
    """Functions of a file that need no arguments."""
    for node, statement in definitions(scope, "def"):
        if all(optional(parameter) for parameter in statement[3]):
            yield _calling(ev, scope, node, statement, {}, symbolic=False)


def helpers(ev: Evaluator, scope: ModuleScope) -> Iterator[Candidate]:
    """Functions of a file that need arguments, called with symbols."""
    for node, statement in definitions(scope, "def"):
        if not all(optional(parameter) for parameter in statement[3]):
            args = {p[1]: symbolic(p) for p in statement[3] if not optional(p)}
            yield _calling(ev, scope, node, statement, args, symbolic=True)


def classes(ev: Evaluator, scope: ModuleScope) -> Iterator[Candidate]:
    """The nn.Module classes of a file, built with their defaults and symbols for what has none."""
    for node, statement in definitions(scope, "class"):
        cls = ev.module_attribute(scope, statement[2])
        if not isinstance(cls, Class) or ev.module_class not in cls.mro:
            continue
        init = cls.lookup("__init__")
        if isinstance(init, Function):
            args = [(p[1], symbolic(p)) for p in init.code.parameters[1:] if not optional(p)]
        elif cls.lookup("__constructor__") is not MISSING:
            continue  # a bare subclass of a layer: its arguments are not ours to invent
        elif isinstance(init, Native) or init is MISSING:
            args = []
        else:
            continue
        entry = Entry(f"{cls.name}({', '.join(name for name, _ in args)})", node, symbolic=bool(args))

        def start(f: Frame, cls: Class = cls, args: list[tuple[str, Value]] = args) -> Value:
            return calls.call(f, cls, [], dict(args))

        yield Candidate(entry, start, scope, node, statement)


def definitions(scope: ModuleScope, op: str) -> Iterator[tuple[Node, ir.Node]]:
    """The functions (`def`) or classes (`class`) at the top of a file."""
    assert scope.file is not None
    return scope.file.definitions(op)


def optional(parameter: Parameter) -> bool:
    """Whether a call may leave a parameter out."""
    return parameter[0] in ("vararg", "kwarg") or parameter[2] is not None


def symbolic(parameter: Parameter) -> Value:
    """A value for a required parameter: a symbol where it may be a size, else unknown."""
    _, name, _, annotation = parameter
    if annotation is not None:
        return of_symbol(Symbol(name)) if ir.dotted_name(annotation) == "int" else Unknown(name, fixed=True)
    if _NOT_A_SIZE.search(name):
        return Unknown(name, fixed=True)
    return of_symbol(Symbol(name, 0, strict=True, guessed=True))


def _calling(
    ev: Evaluator, scope: ModuleScope, node: Node, statement: ir.Node, args: dict[str, Value], *, symbolic: bool
) -> Candidate:
    name: str = statement[2]
    shown = ", ".join(arg.path if isinstance(arg, Unknown) else str(arg) for arg in args.values())

    def start(f: Frame) -> Value:
        return calls.call(f, ev.module_attribute(scope, name), [], dict(args))

    return Candidate(Entry(f"{name}({shown})", node, symbolic), start, scope, node, statement)


def forward(f: Frame, module: Module) -> Value:
    """Run a module on inputs of unknown shape."""
    method = require_forward(f, module)
    function = method.function if isinstance(method, Bound) else method
    if not isinstance(function, Function):
        return calls.call(f, module, [Tensor(None)], {})
    args: list[Value] = []
    keywords: dict[str, Value] = {}
    for kind, name, default, annotation in function.code.parameters[1:]:
        if kind == "vararg":
            args.append(OPEN)
        elif kind == "kwarg" or default is not None:
            continue
        elif kind == "kwonly":
            keywords[name] = Unknown(name)
        else:
            args.append(_input(name, annotation))
    return calls.call(f, module, args, keywords)


def _input(name: str, annotation: ir.Node | None) -> Value:
    if annotation is not None and (ir.dotted_name(annotation) or "").rpartition(".")[2] != "Tensor":
        return Unknown(name)
    return Tensor(None)
