"""What exports give back: programs whose mode is fixed, and models that are captured when they are first called."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import bn_lint.model.attributes as attributes
import bn_lint.model.calls as calls
from bn_lint.model.events import Exported, Mode, SwitchedTooLate
from bn_lint.model.frame import Frame, Raised
from bn_lint.model.torch_.module import MODULE
from bn_lint.model.torch_.registry import register
from bn_lint.model.values import UNKNOWN, Class, Module, Native, Object, Unknown, Value

Args = list[Value]
Keywords = dict[str, Value]

_ALLOWED = "__eval_allowed__"
_GIVE_PROGRAMS = (
    "torch.export.export",
    "torch.export.export_for_training",
    "torch.export.export_for_inference",
    "torch.export.draft_export",
    "torch_tensorrt.dynamo.trace",
)


def _switching(method: str, raises: type[Exception], text: str) -> Native:
    def body(f: Frame, args: Args, keywords: Keywords) -> Value:
        captured = args[0]
        if _ALLOWED in captured.attrs:
            return captured
        name, exported, _ = captured.payload
        record(f, name, exported, method, text)
        raise Raised(raises)

    return Native(method, body)


def record(f: Frame, name: str, exported: Any, method: str, raises: str = "") -> None:
    """Record that the mode of what was exported by `name`, at `exported`, is set."""
    event = SwitchedTooLate(at=f.place, **f.ev.stamp(), name=name, method=method, exported=exported, raises=raises)
    f.ev.record(("too late", f.place), event)


def _module(f: Frame, args: Args, keywords: Keywords) -> Value:
    graph = Object(GRAPH, f.ev.epoch)
    graph.payload = args[0].payload
    return graph


# Both have more than is listed here; what is not listed is unknown.
GRAPH = Class("GraphModule", [UNKNOWN], {
    method: _switching(method, NotImplementedError, f"NotImplementedError: Calling {method}() is not supported yet.")
    for method in ("eval", "train")
}, qualified="torch.fx.GraphModule")  # fmt: skip
PROGRAM = Class("ExportedProgram", [UNKNOWN], {
    method: _switching(
        method, AttributeError, f"AttributeError: 'ExportedProgram' object has no attribute '{method}'"
    )
    for method in ("eval", "train")
} | {"module": Native("module", _module)}, qualified="torch.export.ExportedProgram")  # fmt: skip


def program(f: Frame, name: str, key: Hashable = None) -> Value:
    """What the export call of a name gives back. `key` is that of the event which tells the model's mode there."""
    cls = PROGRAM if name in _GIVE_PROGRAMS else GRAPH if name == "torch._export.capture_pre_autograd_graph" else None
    if cls is None:
        return Unknown("exported")
    made = Object(cls, f.ev.epoch)
    made.payload = (name, f.place, key)
    return made


def _load(f: Frame, args: Args, keywords: Keywords) -> Value:
    return program(f, "torch.export.export")


def _allow(f: Frame, args: Args, keywords: Keywords) -> Value:
    if args and isinstance(args[0], Object):
        f.ev.journal.set(args[0].attrs, _ALLOWED, True)
        return args[0]
    return Unknown("result")


def _prepare_qat(f: Frame, args: Args, keywords: Keywords) -> Value:
    """Quantization-aware training goes on with the program, and wants it in train mode: the export was right."""
    graph = args[0] if args else keywords.get("model")
    if not isinstance(graph, Object) or graph.cls is not GRAPH:
        return Unknown("prepared")
    key = (f.ev.path_number, graph.payload[2])
    event = f.ev.events.get(key)
    if isinstance(event, Exported):
        f.ev.events[key] = replace(event, mode=Mode.RIGHT)
    return graph


register("torch.export.load", Native("torch.export.load", _load))
for _home in ("torch.ao.quantization.quantize_pt2e", "torchao.quantization.pt2e.quantize_pt2e"):
    register(f"{_home}.prepare_qat_pt2e", Native("prepare_qat_pt2e", _prepare_qat))
for _home in ("torch.ao.quantization", "torchao.quantization.pt2e", "torchao.quantization.pt2e.utils"):
    for _name in ("move_exported_model_to_eval", "move_exported_model_to_train", "allow_exported_model_train_eval"):
        register(f"{_home}.{_name}", Native(_name, _allow))


def _forward(f: Frame, args: Args, keywords: Keywords) -> Value:
    return calls.call(f, args[0].children["_orig_mod"], args[1:], keywords)


def _of_original(f: Frame, args: Args, keywords: Keywords) -> Value:
    return attributes.get(f, args[0].children["_orig_mod"], args[1])


COMPILED = Class("OptimizedModule", [MODULE], {
    "forward": Native("forward", _forward), "__getattr__": Native("__getattr__", _of_original),
}, qualified="torch._dynamo.eval_frame.OptimizedModule")  # fmt: skip


def deferred(leaving: Any, model: Module, inside: str) -> Module:
    """A module that leaves Python when it is first called: the model itself, or one that holds it as `inside`."""
    if inside:
        f: Frame = leaving.f
        wrapper = Module(COMPILED, model.built, f.ev.epoch)
        wrapper.children[inside] = model
        model = wrapper
    model.deferred = leaving
    return model
