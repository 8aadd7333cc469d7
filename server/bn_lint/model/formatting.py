"""Strings made from abstract values: attribute names and string switches depend on them."""

from __future__ import annotations

from typing import Any

from bn_lint.model.values import Class, EnumMember, Unknown, Value


def format_value(value: Value, conversion: str | None, spec: tuple[Any, ...]) -> str | None:
    """One `{value!conversion:spec}`; None where the text is not known."""
    if isinstance(value, EnumMember):
        value = value.attrs.get("value")
    if isinstance(value, Class):
        value = value.name
    if not _printable(value) or any(not isinstance(part, str) for part in spec):
        return None
    if conversion == "r":
        value = repr(value)
    elif conversion == "s":
        value = str(value)
    try:
        return format(value, "".join(spec))
    except (TypeError, ValueError):
        return None


def format_percent(template: str, values: Value) -> Value:
    """template % values"""
    if not _printable(values):
        return Unknown("string")
    try:
        return template % values
    except (TypeError, ValueError, KeyError):
        return Unknown("string")


def format_method(template: str, args: list[Value], keywords: dict[str, Value]) -> Value:
    """template.format(*args, **keywords)"""
    if not all(_printable(value) for value in (*args, *keywords.values())):
        return Unknown("string")
    try:
        return template.format(*args, **keywords)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return Unknown("string")


def _printable(value: Value) -> bool:
    if isinstance(value, list | tuple):
        return all(_printable(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return all(_printable(k) and _printable(v) for k, v in value.items())  # pyright: ignore[reportUnknownVariableType]
    return value is None or isinstance(value, int | float | str | bool | bytes)
