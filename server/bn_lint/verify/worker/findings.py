"""What went wrong, and the lines it belongs to."""

from __future__ import annotations

import importlib
import os
import re
import traceback
from dataclasses import dataclass, field
from typing import Any

from . import fx
from .places import Files, Place, traceback_frames
from .record import Layer, Model, is_norm

torch: Any = importlib.import_module("torch")

_RAW_LIMIT = 12_000


@dataclass
class Finding:
    """One finding. `forward` and `constructor` are places innermost first; `place` is where it is shown."""

    code: str
    stage: str
    message: str
    text: str
    module: str | None = None
    cls: str | None = None
    forward: tuple[Place, ...] = ()
    constructor: tuple[Place, ...] = ()
    place: Place | None = None
    related: list[tuple[Place, str]] = field(default_factory=list[tuple[Place, str]])
    severity: str = "error"
    detail: dict[str, Any] = field(default_factory=dict[str, Any])

    def as_json(self) -> dict[str, Any]:
        """As an event carries it."""
        return {
            "code": self.code,
            "stage": self.stage,
            "severity": self.severity,
            "message": self.message,
            "text": self.text[-_RAW_LIMIT:],
            "module": self.module,
            "class": self.cls,
            "forward": [p.as_json() for p in self.forward],
            "constructor": [p.as_json() for p in self.constructor],
            "place": None if self.place is None else self.place.as_json(),
            "related": [{**place.as_json(), "message": message} for place, message in self.related],
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Blame:
    """Where an error comes from: the innermost module that was running, and the lines that were, innermost first."""

    module: str | None
    running: tuple[Place, ...]


def blame(error: BaseException, model: Model) -> Blame:
    """Where an exception arose in the model's code. Of a chain of exceptions, the first cause that came through it."""
    best = Blame(None, ())
    for link in _chain(error):
        frames = traceback_frames(link.__traceback__)
        running = model.files.seen(place for _, place in frames)
        module: str | None = None
        for frame, _ in frames:
            module = model.path_of(frame.f_locals.get("self"))
            if module is not None:
                break
        if module is None and running:
            module = _by_call_site(running, model)
        if module is not None or running:
            best = Blame(module, running)
    if not best.running:
        best = _from_node(error, model) or best
    if not best.running:
        best = _from_text("\n".join(str(link) for link in _chain(error)), model) or best
    return best


def _chain(error: BaseException) -> list[BaseException]:
    """An exception and its causes, the outermost first."""
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found:
        found.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return found


def _from_node(error: BaseException, model: Model) -> Blame | None:
    """The graph node that an exporter or a compiler was at, found in its own frames."""
    for link in reversed(_chain(error)):
        for frame, _ in traceback_frames(link.__traceback__):
            for name in ("node", "n"):
                node = frame.f_locals.get(name)
                if isinstance(node, torch.fx.Node):
                    found = Blame(fx.module_of(node, model), fx.running(fx.stack_of(node), model))
                    if found.module is not None or found.running:
                        return found
    return None


def _from_text(text: str, model: Model) -> Blame | None:
    """The lines that an exporter prints with its errors: `File "model.py", line 7, in forward`, outermost first."""
    found = [
        Place(file, int(line), function)
        for file, line, function in re.findall(r'File "([^"]+)", line (\d+), in (\w+)', text)
    ]
    running = model.files.seen(reversed(found))
    return Blame(_by_call_site(running, model), running) if running else None


def _by_call_site(running: tuple[Place, ...], model: Model) -> str | None:
    """The module that eager mode called by the same chain of lines; the longest chain wins."""
    lines = [(p.file, p.line) for p in running]
    best: tuple[int, str] | None = None
    for layer in model.layers.values():
        called = [(p.file, p.line) for p in layer.called]
        if called and len(called) <= len(lines) and lines[-len(called) :] == called:
            if best is None or len(called) > best[0]:
                best = (len(called), layer.path)
            elif len(called) == best[0] and len(called) == len(lines):
                # Several modules are called on this very line, as the elements of a Sequential: none is certain.
                best = (best[0], _common(best[1], layer.path))
    return None if best is None else best[1]


def _common(first: str, second: str) -> str:
    shared: list[str] = []
    for a, b in zip(first.split("."), second.split("."), strict=False):
        if a != b:
            break
        shared.append(a)
    return ".".join(shared)


def summary(error: BaseException) -> str:
    """An exception as one line: its type, and the first line of what it says that says something."""
    root = _chain(error)[-1]
    text = next((line.strip() for line in str(root).splitlines() if line.strip()), "")
    return f"{type(root).__name__}: {text}" if text else type(root).__name__


def raw(error: BaseException) -> str:
    """The whole traceback as Python prints it, without the worker's own frames."""
    printed = traceback.TracebackException.from_exception(error)
    here = os.path.dirname(os.path.abspath(__file__))
    link: traceback.TracebackException | None = printed
    while link is not None:
        link.stack[:] = [frame for frame in link.stack if not frame.filename.startswith(here)]
        link = link.__cause__ or link.__context__
    return "".join(printed.format())


def locate(finding: Finding, model: Model | None, files: Files) -> Finding:
    """Fill in the places of a finding from its module and from the lines that were running."""
    layer = None if model is None or finding.module is None else model.layers.get(finding.module)
    if layer is not None:
        finding.cls = layer.cls
        finding.module = layer.path
        finding.constructor = finding.constructor or layer.built
        finding.forward = finding.forward or layer.called
    if model is not None and finding.forward and not (layer is not None and layer.path):
        caller = finding.forward[0]
        finding.constructor = finding.constructor or model.strays.get((caller.file, caller.line), ())
    _tell(finding, layer, files)
    return finding


def _tell(finding: Finding, layer: Layer | None, files: Files) -> None:
    own_line = next((p for p in finding.constructor if files.is_users(p.file)), None)
    own_call = next((p for p in finding.forward if files.is_users(p.file)), None)
    library_line = (
        finding.constructor[0] if finding.constructor and not files.is_users(finding.constructor[0].file) else None
    )
    library_call = finding.forward[0] if finding.forward and not files.is_users(finding.forward[0].file) else None
    is_layer = layer is not None and layer.cls.startswith("torch.nn.")
    name = f"`{layer.path}`" if layer is not None and layer.path else "the model"
    order = (own_line, own_call) if is_layer or own_call is None else (own_call, own_line)
    if finding.place is None:
        finding.place = next((p for p in (*order, library_line, library_call) if p is not None), None)
    built = f"{name} is built here"
    if layer is not None and layer.of > 1:
        built += f" (number {layer.index + 1} of the {layer.of} that this line builds)"
    story = [
        (own_line, f"{name} comes from this call" if library_line else built),
        (library_line, f"{name} is built here, in the library"),
        (own_call, f"{name} is called from here" if is_layer and not library_call else "running through this line"),
        (library_call, f"{name} is called here, in the library"),
    ]
    for place, message in story:
        if place is not None and (place is not finding.place or message.endswith(")")):
            finding.related.append((place, message))


def describe(model: Model, path: str | None) -> str:
    """A module in a message: `layer1.0.bn1` (BatchNorm2d(64))."""
    layer = model.layers.get(path or "")
    if not path or layer is None:
        return "the model"
    module = model.root.get_submodule(path)
    name = layer.cls.removeprefix("torch.nn.").rpartition(".")[2]
    if is_norm(module):
        name += f"({module.num_features})"
    return f"`{layer.path}` ({name})"
