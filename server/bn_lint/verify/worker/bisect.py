"""The smallest submodule that still fails, with the inputs that the model gives it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .findings import Finding
from .inputs import Inputs
from .record import Model

if TYPE_CHECKING:
    from .pipeline import Run

torch: Any = importlib.import_module("torch")

# Builds beyond the logarithm of the number of modules: what stands side by side is tried one by one.
_SPARE = 8

# Whether a submodule (its path below the model) fails alone as the model did.
Fails = Callable[[str, Inputs], bool]


def inputs_of_modules(model: Model, inputs: Inputs) -> dict[str, Inputs]:
    """What each module is called with first, as far as one eager run gets; in the order of the calls."""
    found: dict[str, Inputs] = {}

    def before(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        path = model.path_of(module)
        if path is not None and path not in found:
            found[path] = Inputs(tuple(map(_copied, args)), {n: _copied(v) for n, v in kwargs.items()})

    handles = [m.register_forward_pre_hook(before, with_kwargs=True) for m in model.root.modules()]
    try:
        with torch.no_grad():
            model.root(*inputs.args, **inputs.kwargs)
    except Exception:
        pass  # the modules up to the one that fails are what is wanted
    finally:
        for handle in handles:
            handle.remove()
    return found


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def narrow(run: Run, failure: Finding, fails: Fails) -> None:
    """Descend from the model to the smallest part that fails, and send it with every part that was tried."""
    model = run.model
    calls = inputs_of_modules(model, run.inputs)
    budget = math.ceil(math.log2(max(2, len(model.layers)))) + _SPARE
    tried: list[dict[str, Any]] = []

    def test(path: str) -> bool:
        shown = model.layers[path].path
        run.channel.send("progress", stage=failure.stage, message=f"bisecting: {shown}", tried=len(tried))
        failed = fails(path, calls[path])
        tried.append({"module": shown, "failed": failed})
        return failed

    suspect = next((path for path, layer in model.layers.items() if layer.path == failure.module), None)
    smallest = ""
    # The failure names a module: usually it is that one, and two builds tell.
    if suspect and suspect in calls and test(suspect):
        smallest = suspect
    while len(tried) < budget:
        children = [p for p in calls if p and p != smallest and _parent(p, calls) == smallest]
        # The likeliest first: the one on the way to the suspect, then the largest.
        children.sort(key=lambda p: (not (suspect or "").startswith(p), -_size(p, model)))
        known = {row["module"] for row in tried}
        child = next(
            (p for p in children if model.layers[p].path not in known and len(tried) < budget and test(p)), None
        )
        if child is None:
            break
        smallest = child
    layer = model.layers[smallest]
    place = next((p for p in (*layer.built, *layer.called) if run.files.is_users(p.file)), None)
    run.channel.send(
        "bisected",
        module=layer.path,
        cls=layer.cls,
        place=None if place is None else place.as_json(),
        inputs=calls[smallest].shapes() if smallest in calls else run.inputs.shapes(),
        tried=tried,
        budget=budget,
        exhausted=len(tried) >= budget,
    )


def _parent(path: str, calls: dict[str, Inputs]) -> str:
    """The nearest module around one that is called itself: a ModuleList is not."""
    while path:
        path = path.rpartition(".")[0]
        if path in calls:
            return path
    return ""


def _size(path: str, model: Model) -> int:
    return sum(1 for other in model.layers if other == path or other.startswith(path + "."))
