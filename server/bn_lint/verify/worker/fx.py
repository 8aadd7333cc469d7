"""Where a node of a torch.fx graph comes from."""

from __future__ import annotations

import re
from typing import Any

from .places import Place
from .record import Model


def module_of(node: Any, model: Model) -> str | None:
    """The path of the innermost module that a node was traced in; None where it does not tell."""
    path: str | None = None
    stacked: dict[str, Any] = node.meta.get("nn_module_stack") or {}
    for value in stacked.values():
        # torch.export may call the model `L['self']`, and a wrapper around it has it as `root`.
        name = re.sub(r"^L\['self'\]\.?|^root\.?", "", str(value[0]))
        if name in model.layers:
            path = name
    return path


def stack_of(node: Any) -> list[tuple[str, int]]:
    """File and line of each frame that a node was traced in, outermost first."""
    return parse_stack(node.meta.get("stack_trace") or "")


def parse_stack(text: str) -> list[tuple[str, int]]:
    """File and line of each frame of a printed traceback, in its order."""
    return [(file, int(line)) for file, line in re.findall(r'File "([^"]+)", line (\d+)', text)]


def running(stack: list[tuple[str, int]] | tuple[tuple[str, int], ...], model: Model) -> tuple[Place, ...]:
    """The places outside of torch of such a stack, innermost first."""
    return model.files.seen(Place(file, line, "forward") for file, line in reversed(stack))
