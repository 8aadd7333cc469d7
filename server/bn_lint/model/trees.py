"""The models that a file builds, as trees: each registered submodule with its path, where it is built and called.

A module's path (`layer1.0.bn1`) is what logs, checkpoints and TensorRT's layer names call it by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path as FilePath

from bn_lint.model import entries
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.frame import Frame
from bn_lint.model.loader import ReadFile
from bn_lint.model.path import Path
from bn_lint.model.torch_.module import walk
from bn_lint.model.values import Module, Value
from bn_lint.source.tree import Node

_FUEL = 150_000


@dataclass(frozen=True)
class Submodule:
    """A submodule of a model.

    `built` is the call that constructs it, with the calls that led there, innermost first; empty where it comes from
    code that is not known. `called` are the places that call it in a forward pass; a member of an nn.Sequential is
    called where the nn.Sequential is. `attributes` are its plain data: num_features, eps.
    """

    path: str
    cls: str
    qualified: str
    built: tuple[Node, ...]
    called: tuple[Node, ...]
    attributes: dict[str, Value]


@dataclass(frozen=True)
class Tree:
    """One model: `entry` is what builds it (`resnet18()`), `cls` the class of its root, `layers` by path."""

    entry: str
    cls: str
    layers: dict[str, Submodule]


def trees(path: FilePath, read: ReadFile, only: str | None = None) -> Iterator[Tree]:
    """The models that a file's script, factories and classes build; of one function or class with `only`.

    What cannot be evaluated gives no tree, or one that lacks what is not known. A layer on its own is no model.
    `read` gives the file behind a path.
    """
    ev = _Recorder(read)
    scope = ev.loader.scope_of(path.absolute())
    if scope is None:
        return
    ev.loader.run(scope)
    candidates = chain(
        entries.script(ev, scope), entries.factories(ev, scope), entries.classes(ev, scope), entries.helpers(ev, scope)
    )
    for candidate in candidates:
        if only is None or candidate.entry.text.partition("(")[0] == only:
            ev.forget()
            ev.run(candidate.entry, Path(ev.atoms), lambda c=candidate: _run(ev, c), _FUEL)
            yield from ev.found


class _Recorder(Evaluator):
    """An evaluator that notes every module that is built and every call of one."""

    def __init__(self, read: ReadFile) -> None:
        super().__init__(read)
        self.forget()

    def forget(self) -> None:
        self.modules: list[Module] = []
        self.calls: dict[int, list[Node]] = {}
        self.found: list[Tree] = []
        self.stops.clear()
        self.events.clear()

    def built(self, f: Frame, module: Module) -> None:
        super().built(f, module)
        if self.recording:
            self.modules.append(module)

    def forward(self, f: Frame, module: Module, args: list[Value], keywords: dict[str, Value]) -> Value:
        self.calls.setdefault(id(module), []).append(f.place)
        return super().forward(f, module, args, keywords)


def _run(ev: _Recorder, candidate: entries.Candidate) -> None:
    try:
        candidate.run(ev)
    finally:
        # Before the run is rolled back, and also where forward could not be followed to its end.
        inner = {id(child) for module in ev.modules for child in module.children.values()}
        for root in ev.modules:
            if root.children and id(root) not in inner:
                ev.found.append(_tree(ev, candidate.entry.text, root))


def _tree(ev: _Recorder, entry: str, root: Module) -> Tree:
    layers = {path: _submodule(ev, path, module) for path, module in walk(root)}
    return Tree(entry, root.cls.name, layers)


def _submodule(ev: _Recorder, path: str, module: Module) -> Submodule:
    return Submodule(
        path,
        module.cls.name,
        module.cls.qualified,
        module.chain or ((module.built,) if module.built else ()),
        tuple(dict.fromkeys(ev.calls.get(id(module), ()))),
        {name: value for name, value in module.attrs.items() if isinstance(value, bool | int | float | str)},
    )
