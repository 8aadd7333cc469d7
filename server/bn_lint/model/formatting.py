"""Strings made from abstract values: attribute names and string switches depend on them."""

from __future__ import annotations

import re
from typing import Any

from bn_lint.model.values import Class, EnumMember, Unknown, Value, data_of

_MAX_LENGTH = 1 << 16
_WIDE = re.compile(r"\d{5}|\*")  # a width beyond all reason, or one that is computed


def format_value(value: Value, conversion: str | None, spec: tuple[Any, ...]) -> str | None:
    """One `{value!conversion:spec}`; None where the text is not known."""
    if isinstance(value, EnumMember):
        data = data_of(value)
        value = f"{value.cls.name}.{value.attrs.get('name')}" if data is value else data
    if isinstance(value, Class):
        value = value.name
    if not _printable(value) or any(not isinstance(part, str) for part in spec):
        return None
    if conversion == "r":
        value = repr(value)
    elif conversion == "s":
        value = str(value)
    form = "".join(spec)
    if _WIDE.search(form):
        return None
    try:
        text = format(value, form)
    except (TypeError, ValueError):
        return None
    return text if len(text) <= _MAX_LENGTH else None


def format_percent(template: str, values: Value) -> Value:
    """template % values"""
    if not _printable(values) or _WIDE.search(template):
        return Unknown("string")
    try:
        text = template % values
        return text if len(text) <= _MAX_LENGTH else Unknown("string")
    except (TypeError, ValueError, KeyError):
        return Unknown("string")


def format_method(template: str, args: list[Value], keywords: dict[str, Value]) -> Value:
    """template.format(*args, **keywords)"""
    if not all(_printable(value) for value in (*args, *keywords.values())) or _WIDE.search(template):
        return Unknown("string")
    try:
        text = template.format(*args, **keywords)
        return text if len(text) <= _MAX_LENGTH else Unknown("string")
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return Unknown("string")


def _printable(value: Value) -> bool:
    if isinstance(value, list | tuple):
        return all(_printable(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return all(_printable(k) and _printable(v) for k, v in value.items())  # pyright: ignore[reportUnknownVariableType]
    return value is None or isinstance(value, int | float | str | bool | bytes)
