"""Values that a client sends as it pleases."""

from __future__ import annotations

from typing import Any, cast


def table(value: Any) -> dict[str, Any]:
    """A JSON object; empty where the value is anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """A JSON string; None where the value is anything else."""
    return value if isinstance(value, str) else None
