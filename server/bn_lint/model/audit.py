"""What a whole model shows once it has been built, and once it has run: facts that no single call tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bn_lint.model.calls as calls
from bn_lint.model.events import Census, ModeLost, Shared, Unregistered, Unused
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.torch_.module import parts, walk
from bn_lint.model.torch_.norms import batch_norms
from bn_lint.model.values import Function, Module, Unknown, Value
from bn_lint.source import ir
from bn_lint.source.tree import Node

if TYPE_CHECKING:
    from bn_lint.model.evaluator import Evaluator

_CONTAINERS = {list: "list", tuple: "tuple", dict: "dict"}
_DEPTH = 3


def built(ev: Evaluator, root: Module) -> None:
    """Record the BatchNorm layers that are kept where nn.Module does not see them."""
    modules = parts(root)
    for module in {module.cls: module for module in modules}.values():
        _try_modes(ev, module)
    registered = {id(module) for module in modules}
    for owner in modules:
        for name, value in owner.attrs.items():
            kind = _CONTAINERS.get(value.__class__)
            place = owner.places.get(name) if kind is not None and owner.places is not None else None
            if kind is None or place is None:
                continue
            hidden = [
                layer.built
                for module in _modules_in(value)
                if id(module) not in registered and _made_by(owner, module)
                for layer in batch_norms(module)
                if layer.built is not None
            ]
            if hidden:
                event = Unregistered(
                    at=place, **ev.stamp(), owner=owner.cls, name=name, kind=kind, layers=tuple(dict.fromkeys(hidden))
                )
                ev.record(("unregistered", place), event)


def _try_modes(ev: Evaluator, module: Module) -> None:
    """Record an overriding `train` or `eval` that does not do what nn.Module's does, by calling it."""
    methods = [method for name in ("train", "eval") if isinstance(method := module.cls.lookup(name), Function)]
    if not methods or module.escaped:
        return
    layers = batch_norms(module)
    if not layers or any(layer.escaped for layer in layers):
        return
    for method in methods:
        mark, decisions = ev.journal.mark(), ev.path.decisions
        ev.epoch += 1  # what the trial changes is not its own to keep
        frame = Frame(ev, method.module, method.piece, {})
        frame.at = method.code.number
        try:
            returned = calls.call(frame, method, [module] if method.name == "eval" else [module, False], {})
        except Raised:
            returned = Unknown("raised")
        left = [layer for layer in layers if layer.training]
        switched = module.training is not True
        ev.journal.roll_back(mark)
        ev.repeats.forget()
        ev.epoch += 1
        if ev.path.decisions > decisions or isinstance(returned, Unknown):
            continue
        if returned is None or left:
            event = ModeLost(
                at=frame.place,
                **ev.stamp(),
                owner=module.cls,
                method=method.name,
                returned=returned is not None,
                children=not left,
                mode=switched,
            )
            ev.record(("mode lost", frame.place), event)


def _modules_in(value: Value, depth: int = 0) -> Iterator[Module]:
    if isinstance(value, Module):
        yield value
    elif depth < _DEPTH and isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:  # pyright: ignore[reportUnknownVariableType]
            yield from _modules_in(item, depth + 1)


def _made_by(owner: Module, module: Module) -> bool:
    """Whether a module was constructed by the code of its owner's class.

    A list around a module that was passed in is the usual way to keep a teacher out of the registry on purpose.
    """
    pieces = {cls.node.piece for cls in owner.cls.mro if cls.node is not None}
    return any(node.piece in pieces for node in module.chain[:4])


def ran(ev: Evaluator, root: Module) -> None:
    """Record what a completed forward pass did with each BatchNorm."""
    # The rank of an input changes nothing about which layers are reached.
    stamp: dict[str, Any] = {**ev.stamp(), "decisions": ev.path.branches}
    for module, places in ev.uses.items():
        distinct = tuple(dict.fromkeys(places))
        if module.built is not None and len(distinct) > 1 and _one_function(distinct):
            event = Shared(at=module.built, **stamp, cls=module.cls, places=distinct)
            ev.record(("shared", module.built), event)
    if ev.path.branches or ev.unknowns:
        return
    # A subclass with a forward of its own may normalise by other means than PyTorch's.
    used = {*map(id, ev.uses), *ev.called}
    unused = set(map(id, batch_norms(root))) - used
    for path, module in walk(root) if unused else ():
        if id(module) in unused and module.built is not None:
            names = _not_run(ev, root, path)
            ev.record(("unused", module.built), Unused(at=module.built, **stamp, cls=module.cls, names=names))


def _not_run(ev: Evaluator, root: Module, path: str) -> frozenset[str]:
    """The names by which a layer and the modules around it that did not run either are reached from those that did."""
    names: set[str] = set()
    current: Value = root
    for name in path.split("."):
        current = current.children.get(name) if isinstance(current, Module) else None
        if not isinstance(current, Module) or id(current) not in ev.called:
            names.add(name)
    return frozenset(name for name in names if not name.isdigit())


def count(ev: Evaluator, root: Module, at: Node) -> None:
    """Record how many BatchNorm layers a model has, and how many got what they were built for."""
    layers = batch_norms(root)
    verified = sum(module in ev.fitting for module in layers)
    ev.record(("census", at), Census(at=at, **ev.stamp(), layers=len(layers), verified=verified))


def _one_function(places: tuple[Node, ...]) -> bool:
    """Whether all places stand in the body of one function."""
    first = _function_of(places[0])
    return first is not None and all(_function_of(place) == first for place in places[1:])


def _function_of(place: Node) -> Node | None:
    found: Node | None = None
    for node in ir.walk(place.piece.fragment.body):
        if node[1] > place.number:
            break
        if node[0] == "def" and any(inner[1] == place.number for inner in ir.walk(node)):
            found = Node(place.piece, node[1])
    return found
