"""The sizes that have a name at a place: what a width could have been written as."""

from __future__ import annotations

from typing import Any

from bn_lint.model.frame import Frame
from bn_lint.model.symbolic import Poly, Size
from bn_lint.model.values import Class, Module, Object

_MAX_ELEMENTS = 8


def sizes_in(f: Frame) -> dict[str, Size]:
    """Names in the scope of a frame with the sizes they stand for, `self.inplanes` and `block.expansion` among them."""
    found: dict[str, Size] = {}
    frame: Frame | None = f
    while frame is not None:
        if frame.vars is not frame.module.vars:
            for name, value in frame.vars.items():
                if name not in found:
                    _enter(found, name, value)
        frame = frame.up
    return found


def _enter(found: dict[str, Size], name: str, value: Any) -> None:
    kind = value.__class__
    if kind is int or kind is Poly:
        found[name] = value
    elif kind is Class:
        for member, inner in value.members.items():
            if inner.__class__ is int:
                found[f"{name}.{member}"] = inner
    elif kind is Module or kind is Object:
        attrs: dict[str, Any] = value.attrs
        if name == "self":
            for cls in reversed(value.cls.mro):
                _enter(found, name, cls)
        elif kind is Module:
            return
        for member, inner in attrs.items():
            if inner.__class__ is int or inner.__class__ is Poly:
                found[f"{name}.{member}"] = inner
    elif kind is list or kind is tuple:
        for index, inner in enumerate(value[:_MAX_ELEMENTS]):
            if inner.__class__ is int:
                found[f"{name}[{index}]"] = inner
