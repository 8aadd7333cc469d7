"""Remembers, while the model is built and run, which line built each module and which line called it."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import FrameType
from typing import Any, cast

from .places import Files, Place, outward, place_of

torch: Any = importlib.import_module("torch")

# Where a module keeps its record while the model is built: in its own dictionary, so that copies keep it.
_KEY = "_bn_lint_built"


@dataclass
class Layer:
    """A module of the model. `built` and `called` are places outside of torch, innermost first.

    `called` is the first call, `inputs` are the shapes of the last one.
    """

    path: str
    cls: str
    built: tuple[Place, ...] = ()
    called: tuple[Place, ...] = ()
    calls: int = 0
    inputs: list[list[int]] = field(default_factory=list[list[int]])
    # How many modules the same line built, and which of them this one is, in the order of the model's modules.
    index: int = 0
    of: int = 1


@contextmanager
def recording_constructors(
    files: Files, on_built: Callable[[Any, tuple[Place, ...]], None] | None = None
) -> Generator[None]:
    """Every module that is built inside notes the places that built it."""
    original = torch.nn.Module.__init__

    @wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        places = files.seen(place_of(frame) for frame in _beyond(self, sys._getframe(1)))
        self.__dict__[_KEY] = places
        if on_built is not None:
            on_built(self, places)

    torch.nn.Module.__init__ = init
    try:
        yield
    finally:
        torch.nn.Module.__init__ = original


def _beyond(module: Any, frame: FrameType | None) -> Iterator[FrameType]:
    """The callers of a module's own constructors."""
    inside = True
    for caller in outward(frame):
        if inside:
            code = caller.f_code
            first = caller.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
            if first is module:
                continue
            inside = False
        yield caller


class Model:
    """The built model: its modules by path, and what is known of each."""

    def __init__(self, root: Any, files: Files) -> None:
        self.root = root
        self.files = files
        self.layers: dict[str, Layer] = {}
        self._paths: dict[int, str] = {}
        # What built the layers that are no submodules, by the file and line that called them.
        self.strays: dict[tuple[str, int], tuple[Place, ...]] = {}
        sites: dict[Place, list[Layer]] = {}
        for path, module in root.named_modules():
            built = module.__dict__.pop(_KEY, ())
            layer = self.layers[path] = Layer(path, class_name(module), built)
            # By the dictionary, not by the object: torch.export runs proxies that share it.
            self._paths[id(module.__dict__)] = path
            if built:
                sites.setdefault(built[0], []).append(layer)
        for layers in sites.values():
            for number, layer in enumerate(layers):
                layer.index, layer.of = number, len(layers)

    def below(self, path: str) -> Model:
        """A submodule as a model of its own. Its layers keep the names that they have in the whole."""
        part = copy.copy(self)
        part.root = self.root.get_submodule(path)
        start = path + "."
        part.layers = {
            other.removeprefix(path).removeprefix("."): layer
            for other, layer in self.layers.items()
            if other == path or other.startswith(start)
        }
        part._paths = {id(module.__dict__): name for name, module in part.root.named_modules()}
        return part

    def path_of(self, module: Any) -> str | None:
        """The path of a module or of a proxy for it; None where it is not part of the model."""
        attributes = getattr(module, "__dict__", None)
        return None if attributes is None else self._paths.get(id(attributes))

    def modules(self) -> Iterator[tuple[Layer, Any]]:
        """Every module once, outermost first."""
        for path, module in self.root.named_modules():
            yield self.layers[path], module

    def named(self) -> Iterator[tuple[str, Any]]:
        """Every module once, with its path."""
        yield from self.root.named_modules()

    @contextmanager
    def recording_calls(self) -> Generator[None]:
        """Every module that is called inside notes the places that called it and the shapes that it got."""

        def before(module: Any, args: tuple[Any, ...]) -> None:
            path = self.path_of(module)
            if path is None:
                return
            layer = self.layers[path]
            layer.calls += 1
            if layer.calls == 1:
                layer.called = self.called_from(sys._getframe(1))
            layer.inputs = [list(a.shape) for a in args if isinstance(a, torch.Tensor)]

        handle = torch.nn.modules.module.register_module_forward_pre_hook(before)
        try:
            yield
        finally:
            handle.remove()

    def called_from(self, frame: FrameType | None) -> tuple[Place, ...]:
        """The places outside of torch that are being executed, up to the worker's own call of the model."""
        return self.files.seen(place_of(f) for f in _within(frame))


def _within(frame: FrameType | None) -> Iterator[FrameType]:
    here = os.path.dirname(os.path.abspath(__file__))
    for caller in outward(frame):
        file = caller.f_code.co_filename
        if file.startswith(here) and caller.f_code.co_name == "run_model":
            return
        yield caller


def class_name(module: Any) -> str:
    """The qualified name of a module's class; torch.nn's layers by the name that users write."""
    cls = cast("type[object]", type(module))
    name = f"{cls.__module__}.{cls.__qualname__}"
    return f"torch.nn.{cls.__name__}" if name.startswith("torch.nn.modules.") else name


_NORMS = ("BatchNorm", "InstanceNorm")


def is_batchnorm(module: Any) -> bool:
    """Whether a module is one of torch's BatchNorm layers, or a subclass of one."""
    return isinstance(module, torch.nn.modules.batchnorm._BatchNorm)


def is_norm(module: Any) -> bool:
    """Whether a module normalises over the batch or over an instance with torch's own kernels."""
    return isinstance(module, torch.nn.modules.batchnorm._NormBase)
