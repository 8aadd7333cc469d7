"""Calls by which a model leaves Python: what mode every BatchNorm is in when that happens.

The calls and what the wrong mode does at each are data, in `exports.py`.
"""

from __future__ import annotations

from typing import Any

import bn_lint.model.calls as calls
from bn_lint.model import attributes, escape
from bn_lint.model.events import Exported, ExportedAsTraining, FusedInWrongOrder, Mode
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.modes import last_before
from bn_lint.model.stdlib import deep_copy
from bn_lint.model.torch_.captured import deferred, program
from bn_lint.model.torch_.exports import (
    BY_NAME,
    EXPORT_SITES,
    FUSING,
    PREPARING,
    QUANTIZING,
    Argument,
    Behaviour,
    ExportSite,
    Outcome,
    Takes,
)
from bn_lint.model.torch_.fusing import fused_layers
from bn_lint.model.torch_.misc import GRADLESS
from bn_lint.model.torch_.module import MODULE, parts
from bn_lint.model.torch_.norms import batch_norms, is_batch_norm
from bn_lint.model.torch_.registry import LIBRARY, register
from bn_lint.model.values import (
    OPEN_KEYWORDS,
    Bound,
    Class,
    Function,
    Implementation,
    Module,
    Namespace,
    Native,
    Unknown,
    Value,
)
from bn_lint.source.tree import Node

Args = list[Value]
Keywords = dict[str, Value]

# Outcomes in which the wrong mode spoils or breaks something at the call.
_HARMFUL = (Outcome.BATCH_STATISTICS, Outcome.RUNNING_STATISTICS, Outcome.CALIBRATION, Outcome.ERROR)
# Packages whose source is read where they are installed, rather than known by table.
READABLE = ("timm", "pnnx")
_FLAGS = ("torch.onnx.TrainingMode.TRAINING", "torch.onnx.TrainingMode.PRESERVE")
_SCRIPTING = ("torch.jit.script",)
_TRACING = ("torch.jit.trace", "torch.jit.trace_module")
# What these give is used as the model was.
_SAME = (
    "torch.compile",
    "torch.jit.freeze",
    "torch.jit.optimize_for_inference",
    "torch.ao.quantization.quantize_pt2e.prepare_pt2e",
    "torchao.quantization.pt2e.quantize_pt2e.prepare_pt2e",
)
_CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "Linear", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")


def behaviour_at(site: ExportSite, args: Args, keywords: Keywords) -> Behaviour | None:
    """What a call with these arguments does to a model in the wrong mode; None where that is not known.

    Releases are those of the newest version: what an older one did is not said.
    """
    for behaviour in site.behaviours:
        if behaviour.until:
            continue
        verdicts = [_holds(keywords, name, wanted) for name, wanted in behaviour.when]
        if None in verdicts:
            return None
        if all(verdicts):
            return behaviour
    return None


def _holds(keywords: Keywords, name: str, wanted: object) -> bool | None:
    if name not in keywords:
        if OPEN_KEYWORDS in keywords:
            return None
        return wanted is Argument.NOT_GIVEN
    given = keywords[name]
    if wanted is Argument.NOT_GIVEN:
        return False
    if isinstance(given, Unknown):
        return given.path == wanted if given.path.startswith("torch.") else None
    if isinstance(given, Namespace | Native | Class):
        return (given.qualified if isinstance(given, Class) else given.name) == wanted
    return given == wanted


class Leaving:
    """One export call while it is evaluated: what is known of it before the model is looked at."""

    def __init__(self, f: Frame, name: str, site: ExportSite, behaviour: Behaviour | None) -> None:
        self.f = f
        self.name = name
        self.site = site
        self.behaviour = behaviour
        self.at = f.place
        self.chain = f.chain()
        self.gradless = f.ev.gradless[-1] if f.ev.gradless else _gradless_function(f)

    def observe(self, model: Value, layers: list[Module] | None = None) -> None:
        """Record the mode of the model's BatchNorm layers, or of these."""
        ev = self.f.ev
        key = ("exported", self.chain)
        event = self._seen(model, layers)
        if event.mode is Mode.WRONG:
            ev.events.pop((ev.path_number, key), None)  # of a call in a loop, the round that goes wrong counts
        ev.record(key, event)

    def _seen(self, model: Value, layers: list[Module] | None) -> Exported:
        behaviour = self.behaviour

        def event(mode: Mode, **more: Any) -> Exported:
            return Exported(
                at=self.at,
                **self.f.ev.stamp(),
                name=self.name,
                wants=self.site.wants,
                clause="" if behaviour is None else behaviour.clause,
                outcome="" if behaviour is None else behaviour.outcome.value,
                quantizes=self.name in QUANTIZING,
                mode=mode,
                cls=model.cls if isinstance(model, Module) else MODULE,
                chain=self.chain,
                **more,
            )

        if behaviour is None or not isinstance(model, Module) or model.escaped:
            return event(Mode.UNKNOWN)
        if behaviour.outcome not in _HARMFUL:
            return event(Mode.RIGHT)
        wanted = self.site.wants == "train"
        layers = batch_norms(model) if layers is None else [m for m in layers if is_batch_norm(m.cls)]
        wrong = [m for m in layers if m.training is not wanted and m.training is not None and not m.escaped]
        if not wrong:
            unknown = any(layer.escaped or layer.training is None for layer in layers)
            return event(Mode.UNKNOWN if unknown else Mode.RIGHT)
        first = next((layer for layer in wrong if layer.switched is not None), wrong[0])
        before = last_before(first, wanted)
        countable = all(layer.built is not None for layer in layers)
        return event(
            Mode.WRONG,
            built=model.built,
            wrong=tuple(layer.built for layer in wrong if layer.built is not None),
            count=len(wrong) if countable else 0,
            layers=len(layers) if countable else 0,
            switched=None if first.switched is None else first.switched.at,
            trail=() if first.switched is None else first.switched.chain,
            undone=None if before is None else before.at,
            forced=first.switched is not None and first.switched.own and first is not model,
            gradless=self.gradless,
        )

    def asks_for_training(self, model: Module, keywords: Keywords) -> bool:
        """Record an ONNX export that asks for a training graph; whether that is what is wrong with the call."""
        flag = keywords.get("training")
        dynamo = keywords.get("dynamo")
        if self.site.package != "torch" or not isinstance(flag, Unknown) or flag.path not in _FLAGS:
            return False
        if dynamo not in (None, False) or OPEN_KEYWORDS in keywords:
            return False
        layers = batch_norms(model)
        preserves = flag.path == _FLAGS[1]
        if not layers or model.escaped:
            return False
        if preserves and (dynamo is None or not any(layer.training for layer in layers)):
            return False
        event = ExportedAsTraining(
            at=self.at,
            **self.f.ev.stamp(),
            flag=flag.path.rpartition(".")[2],
            dynamo=dynamo,
            cls=model.cls,
            chain=self.chain,
        )
        self.f.ev.record(("training flag", self.chain), event)
        return True


def _gradless_function(f: Frame) -> Node | None:
    """The definition of the function around that is decorated with torch.no_grad()."""
    frame: Frame | None = f
    while frame is not None:
        function = frame.function
        if isinstance(function, Function) and GRADLESS in function.attrs:
            return function.attrs[GRADLESS]
        frame = frame.caller
    return None


def call_of(name: str) -> Implementation:
    """The implementation of the export call with a qualified name."""
    site = BY_NAME[name]
    method = site.position < 0
    place = max(site.position, 0)

    def call(f: Frame, args: Args, keywords: Keywords) -> Value:
        if not method and args and isinstance(args[0], Function | Class):
            return args[0]  # used as a decorator
        if not method and not args and site.argument not in keywords:
            return Native("decorator", call)
        model = keywords.get(site.argument, args[place] if place < len(args) else None)
        if isinstance(model, Bound) and isinstance(model.receiver, Module):
            model = model.receiver  # torch.jit.trace(model.forward, x)
        leaving = Leaving(f, name, site, behaviour_at(site, args, keywords))
        if not isinstance(model, Module):
            leaving.observe(model)
        elif _accepts(site, model):
            _leave(leaving, model, args, keywords)
        return _given_back(leaving, model, keywords)

    return call


def _accepts(site: ExportSite, model: Module) -> bool:
    """Whether the mode of a module counts at a call: not that of a traced one, which was seen when it was traced."""
    if model.form == "scripted":
        return site.takes is Takes.SCRIPT or "torch_tensorrt.compile" in site.names
    return not model.form and site.takes is Takes.MODULE


def _leave(leaving: Leaving, model: Module, args: Args, keywords: Keywords) -> None:
    f, site, name = leaving.f, leaving.site, leaving.name
    if not site.lazy:
        groups = fused_layers(f, model, args, keywords) if name in FUSING else None
        if groups is not None:
            _check_order(leaving, groups)
        if not leaving.asks_for_training(model, keywords):
            leaving.observe(model, None if groups is None else [layer for group in groups for _, layer in group])
    if name not in QUANTIZING:
        f.ev.left.setdefault(model, f.place)
    _run_example(f, model, args, keywords)
    if site.leaves_eval:
        calls.call(f, attributes.get(f, model, "eval"), [], {})
    if name in QUANTIZING and keywords.get("inplace") not in (None, False):
        escape.escape(f, model)  # its layers are other ones from here on


def _check_order(leaving: Leaving, groups: list[list[tuple[str, Module]]]) -> None:
    """Record groups that name a BatchNorm before the layer that it follows."""
    for group in groups:
        kinds = [layer.cls for _, layer in group]
        if len(kinds) > 1 and is_batch_norm(kinds[0]) and kinds[1].name in _CONVOLUTIONS:
            event = FusedInWrongOrder(
                at=leaving.at,
                **leaving.f.ev.stamp(),
                names=tuple(name for name, _ in group),
                classes=tuple(kind.name for kind in kinds),
                layers=tuple(layer.built for _, layer in group if layer.built is not None),
            )
            leaving.f.ev.record(("fused order", leaving.chain), event)
            return


def _given_back(leaving: Leaving, model: Value, keywords: Keywords) -> Value:
    """What the export call returns."""
    f, name = leaving.f, leaving.name
    if isinstance(model, Module):
        in_place = keywords.get("inplace") not in (None, False)
        if name in _SCRIPTING:
            return _in_form(f, model, "scripted")
        if name in _TRACING:
            return _in_form(f, model, "traced")
        if name in PREPARING:
            return model if in_place else deferred(leaving, deep_copy(f, model, {}), "")
        if leaving.site.lazy and leaving.behaviour is not None:
            return deferred(leaving, model, "_orig_mod")
        if name in _SAME:
            return model
    elif name in _SAME or name in _SCRIPTING:
        return model
    return program(f, name, ("exported", leaving.chain))


def _in_form(f: Frame, model: Module, form: str) -> Module:
    """A copy of a module, as torch.jit makes one: its mode is its own."""
    made: Module = deep_copy(f, model, {})
    for each in parts(made):
        each.form, each.traced = form, f.place
    return made


def _run_example(f: Frame, model: Module, args: Args, keywords: Keywords) -> None:
    """Run the model on the example inputs of the call, as the exporter does."""
    given = keywords.get("args", keywords.get("example_inputs", args[1] if len(args) > 1 else None))
    inputs: list[Value] = list(given) if isinstance(given, tuple | list) else [given]  # pyright: ignore[reportUnknownArgumentType]
    if given is None or f.ev.depth_of_examples:
        return
    f.ev.depth_of_examples += 1
    try:
        calls.call(f, model, inputs, {})
    except Raised:
        pass
    finally:
        f.ev.depth_of_examples -= 1


for _site in EXPORT_SITES:
    for _name in _site.names:
        if _site.position >= 0 and _name not in LIBRARY and _site.package not in READABLE:
            register(_name, Native(_name, call_of(_name)))
