"""Calls by which a model leaves Python: what mode every BatchNorm is in when that happens.

The calls and what the wrong mode does at each are data, in `exports.py`.
"""

from __future__ import annotations

import bn_lint.model.calls as calls
from bn_lint.model.events import Exported
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.torch_.exports import EXPORT_SITES, Argument, Behaviour, ExportSite, Outcome, Takes
from bn_lint.model.torch_.module import walk
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.model.torch_.registry import LIBRARY, register
from bn_lint.model.values import OPEN_KEYWORDS, Class, Function, Module, Namespace, Native, Unknown, Value

Args = list[Value]
Keywords = dict[str, Value]

# Outcomes in which the wrong mode spoils or breaks something at the call.
_HARMFUL = (Outcome.BATCH_STATISTICS, Outcome.RUNNING_STATISTICS, Outcome.CALIBRATION, Outcome.ERROR)
# What these give is used as the model was; the others give something that is not followed further.
_TRANSPARENT = ("torch.jit.script", "torch.compile", "torch.jit.freeze", "torch.jit.optimize_for_inference")


def batch_norms(module: Module) -> list[Module]:
    """The BatchNorm layers registered below a module, itself included."""
    return [each for _, each in walk(module) if is_batch_norm(each.cls)]


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
        return given.path == wanted or (None if given.condition is None and "." not in given.path else False)
    if isinstance(given, Namespace | Native | Class):
        return (given.qualified if isinstance(given, Class) else given.name) == wanted
    return given == wanted


def _enter(name: str, site: ExportSite) -> None:
    def call(f: Frame, args: Args, keywords: Keywords) -> Value:
        if args and isinstance(args[0], Function | Class):
            return args[0]  # used as a decorator
        if not args and site.argument not in keywords:
            return Native("decorator", call)
        model = keywords.get(site.argument)
        if model is None and 0 <= site.position < len(args):
            model = args[site.position]
        if isinstance(model, Module) and site.takes is Takes.MODULE:
            _observe(f, site, name, model, behaviour_at(site, args, keywords))
            _run_example(f, model, args, keywords)
        return model if name in _TRANSPARENT and model is not None else Unknown("exported")

    if name not in LIBRARY:
        register(name, Native(name, call))


def _observe(f: Frame, site: ExportSite, name: str, model: Module, behaviour: Behaviour | None) -> None:
    if behaviour is None or behaviour.outcome not in _HARMFUL or model.escaped:
        return
    wanted = site.wants == "train"
    layers = batch_norms(model)
    if any(layer.escaped or layer.training is None for layer in layers):
        return
    wrong = [layer for layer in layers if layer.training is not wanted]
    if not wrong:
        return
    event = Exported(
        at=f.place,
        **f.ev.stamp(),
        name=name,
        wants=site.wants,
        clause=behaviour.clause,
        outcome=behaviour.outcome.value,
        cls=model.cls,
        built=model.built,
        switched=model.switched,
        wrong=tuple(layer.built for layer in wrong if layer.built is not None),
        layers=len(layers),
    )
    f.ev.record(("exported", f.place), event)


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
        if _site.position >= 0:
            _enter(_name, _site)
