"""Train and eval mode: setting it, and remembering where that was done."""

from __future__ import annotations

from bn_lint.model.frame import Frame
from bn_lint.model.values import Function, Module, Switch


def switch(f: Frame, module: Module, mode: bool | None, *, own: bool) -> None:
    """Set the mode of one module, not of those below it. `own`: it is the one that was asked for, not held by it."""
    change = Switch(f.place, mode, f.chain(), own, in_constructor(f), module.switched)
    f.ev.journal.put(module, "switched", change)
    f.ev.journal.put(module, "training", mode)


def in_constructor(f: Frame) -> bool:
    """Whether code runs on behalf of a constructor."""
    frame: Frame | None = f
    while frame is not None:
        if isinstance(frame.function, Function) and frame.function.name == "__init__":
            return True
        frame = frame.caller
    return False


def last_before(module: Module, mode: bool) -> Switch | None:
    """The last switch to a mode before the present one was set; None where the module never was in it by a switch."""
    found = module.switched
    while found is not None and found.mode is not mode:
        found = found.before
    return found


def frozen_by_constructor(module: Module) -> Switch | None:
    """The switch by which the constructor of a model put a module in eval mode.

    None where it did not, or where the mode was set to eval from outside since.
    """
    found = module.switched
    while found is not None and found.mode:
        found = found.before
    return found if found is not None and found.mode is False and found.building else None
