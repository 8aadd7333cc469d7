"""The model with the outputs of its normalisation layers as further outputs: one build tells where answers part."""

from __future__ import annotations

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from . import compare
from .inputs import Inputs
from .record import Model, is_norm

torch: Any = importlib.import_module("torch")


class _Seen:
    """What the hooks saw. Not a dictionary on the module: torch.export watches those for tensors that stay behind."""

    def __init__(self) -> None:
        self.outputs: dict[str, Any] = {}
        self.paths: list[str] = []


@contextmanager
def marked(model: Model) -> Generator[Any]:
    """A module that answers what the model answers, and after that what each normalisation layer answered."""
    seen = _Seen()

    def keeper(path: str) -> Any:
        def keep(module: Any, args: Any, output: Any) -> None:
            seen.outputs.setdefault(path, output)

        return keep

    norms = [(path, module) for path, module in model.root.named_modules() if is_norm(module)]
    handles = [module.register_forward_hook(keeper(path)) for path, module in norms]
    try:
        yield _wrapper(model.root, seen)
    finally:
        for handle in handles:
            handle.remove()


def _wrapper(root: Any, seen: _Seen) -> Any:
    class Marked(torch.nn.Module):
        def __init__(self) -> None:
            torch.nn.Module.__init__(self)
            self.root = root

        def forward(self, *args: Any, **kwargs: Any) -> Any:
            seen.outputs.clear()
            output = self.root(*args, **kwargs)
            seen.paths[:] = list(seen.outputs)
            return (*compare.flatten(output), *seen.outputs.values())

        def marked_paths(self) -> list[str]:
            return seen.paths

    return Marked().eval()


def first_difference(wrapper: Any, answers: list[Any], inputs: Inputs, tolerance: float | None = None) -> str | None:
    """The path of the first normalisation layer whose answer differs from eager mode's."""
    with torch.no_grad():
        expected = list(wrapper(*inputs.args, **inputs.kwargs))
    paths: list[str] = wrapper.marked_paths()
    first = len(expected) - len(paths)
    for path, wanted, got in zip(paths, expected[first:], answers[first:], strict=False):
        if any(d.differs for d in compare.differences([wanted], [got], tolerance)):
            return path
    return None
