"""Modules handed to code that we do not know."""

from __future__ import annotations

import re

from bn_lint.model.frame import Frame
from bn_lint.model.values import Module, Unknown, Value

# Names of functions that look at a module, or fill its parameters, and leave its structure alone.
_BENIGN = re.compile(
    r"(^|_)(init|initialize|weights?|log|info|debug|warn|warning|print|summary|count|num|watch|save|load|params?|"
    r"parameters|flops|macs|profile|name|names|check|assert|is|has|get|seed|optim|optimizer|sgd|adam|adamw|scheduler|"
    r"len|repr|str|format|graph|plot|draw|dump)(_|$)",
    re.IGNORECASE,
)

# Methods of a part of a model after which the mode of the whole is not known.
_SWITCHES = re.compile(r"\.(train|eval|apply|freeze\w*|unfreeze\w*|__setitem__|append|insert)$")
# Methods that only look at an object.
_READS = re.compile(r"\.(get|keys|values|items|copy|is_\w+|has_\w+|get_\w+)$")


def to_unknown(f: Frame, name: str, values: list[Value]) -> None:
    """A function of this name, which we do not know, received these values."""
    if _BENIGN.search(name.rpartition(".")[2]):
        return
    for value in values:
        f.ev.path.change(value)
        if isinstance(value, Module):
            escape(f, value)
        elif isinstance(value, Unknown) and value.owner is not None:
            escape(f, value.owner)
        elif isinstance(value, list | tuple):
            to_unknown(f, name, [item for item in value if isinstance(item, Module)])  # pyright: ignore[reportUnknownVariableType]


def through_part(f: Frame, method: Unknown) -> None:
    """A method of a part of a module, or of an unknown object, is called: `model.backbone.train()`, `cfg.merge()`."""
    if not _READS.search(method.path):
        f.ev.path.change(method.whole)
    if method.owner is not None and _SWITCHES.search(method.path):
        escape(f, method.owner)


def escape(f: Frame, module: Module) -> None:
    """Somebody may have replaced what is in the module, and switched its mode."""
    if module.escaped:
        return
    journal = f.ev.journal
    journal.put(module, "escaped", True)
    journal.put(module, "training", None)
    for child in module.children.values():
        if isinstance(child, Module):
            escape(f, child)
