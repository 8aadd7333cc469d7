"""What is noted while models run: their mode, what they give, and BatchNorm layers that they build on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bn_lint.model.events import BuiltInForward, Thawed
from bn_lint.model.frame import Frame
from bn_lint.model.modes import frozen_by_constructor
from bn_lint.model.torch_ import captured
from bn_lint.model.torch_.norms import batch_norms
from bn_lint.model.torch_.shapes import like
from bn_lint.model.values import Function, Module, Tensor, Value
from bn_lint.source.tree import Node

if TYPE_CHECKING:
    from bn_lint.model.evaluator import Evaluator

_MAX_DEPTH = 4


def before(f: Frame, model: Module) -> None:
    """A model is about to run, called by code that is no model."""
    if model.deferred is not None:
        model.deferred.observe(model)
        f.ev.journal.put(model, "deferred", None)
    if model.training:
        _note_thawed(f, model)


def _note_thawed(f: Frame, model: Module) -> None:
    """Record layers that the model's constructor froze, and what became of that."""
    for layer in batch_norms(model):
        if layer.training is None or layer.switched is None:
            continue
        frozen = frozen_by_constructor(layer)
        if frozen is not None:
            event = Thawed(
                at=frozen.at, **f.ev.stamp(), owner=model.cls, thawed=layer.training, switched=layer.switched.at,
                layer=layer.built,
            )  # fmt: skip
            f.ev.record(("thawed", frozen.at, layer.training), event)


def after(f: Frame, model: Module, result: Value) -> Value:
    """What a model gave, with a note of its mode where that is train mode."""
    if isinstance(result, Tensor) and model.training and f.ev.recording:
        layers = batch_norms(model)
        if any(layer.training for layer in layers) and not any(layer.escaped for layer in layers):
            result = like(result)
            result.run = (model, f.place)
    return result


def built(f: Frame, layer: Module) -> None:
    """A BatchNorm has been constructed: note it where that is the work of a forward method."""
    frame: Frame | None = f
    while frame is not None:
        function = frame.function
        if isinstance(function, Function) and function.name == "forward" and function.owner is not None:
            owner = frame.vars.get(function.code.parameters[0][1]) if function.code.parameters else None
            if isinstance(owner, Module):
                place = Node(frame.piece, frame.at)
                event = BuiltInForward(at=place, **f.ev.stamp(), cls=layer.cls, owner=owner.cls)
                f.ev.built_in_forward.append((layer, owner, event))
            return
        frame = frame.caller


def finish(ev: Evaluator) -> None:
    """A run has ended: what its forward methods built and did not keep was built in vain."""
    for layer, owner, event in ev.built_in_forward:
        if not _keeps(owner, layer):
            ev.record(("built in forward", event.at), event)


def _keeps(owner: Module, layer: Module) -> bool:
    """Whether a layer can be reached from a module, registered or not."""
    seen: set[int] = set()
    waiting: list[tuple[Value, int]] = [(owner, 0)]
    while waiting:
        value, depth = waiting.pop()
        if value is layer:
            return True
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Module):
            waiting += [(item, depth) for item in (*value.children.values(), *value.attrs.values())]
        elif isinstance(value, dict) and depth < _MAX_DEPTH:
            waiting += [(item, depth + 1) for item in value.values()]  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(value, list | tuple) and depth < _MAX_DEPTH:
            waiting += [(item, depth + 1) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return False


def switched_traced(f: Frame, module: Module, mode: bool | None) -> None:
    """eval() or train() is called on what torch.jit.trace gave; it matters where layers were in the other mode."""
    layers = batch_norms(module)
    if mode is False and any(layer.training and not layer.escaped for layer in layers):
        captured.record(f, "torch.jit.trace", module.traced, "eval")
