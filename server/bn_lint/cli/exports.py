"""The export calls that bn-lint knows, as a table: what each does to a model in the wrong mode."""

from __future__ import annotations

from typing import Any

from bn_lint.model.torch_.exports import EXPORT_SITES, Argument, Behaviour, ExportSite, Outcome

_SILENT = (Outcome.SWITCHES, Outcome.KEEPS, Outcome.HARMLESS)


def rows() -> list[dict[str, Any]]:
    """One row for each call and condition, in the order of the table."""
    return [_row(site, behaviour) for site in EXPORT_SITES for behaviour in site.behaviours]


def _row(site: ExportSite, behaviour: Behaviour) -> dict[str, Any]:
    return {
        "calls": list(site.names),
        "package": site.package,
        "wants": site.wants,
        "when": [f"{name}={_shown(value)}" for name, value in behaviour.when],
        "releases": _releases(site.since, site.gone, behaviour.since, behaviour.until),
        "outcome": behaviour.outcome.value,
        "reported": behaviour.outcome not in _SILENT,
        "message": behaviour.clause,
        "source": f"run with {behaviour.ran}" if behaviour.ran else behaviour.source,
    }


def _shown(value: object) -> str:
    if isinstance(value, Argument):
        return value.value
    return value.rpartition("torch.onnx.")[2] if isinstance(value, str) else str(value)


def _releases(since: str, gone: str, row_since: str, row_until: str) -> str:
    """The releases of the package for which a row holds, empty where for all."""
    first, end = row_since or since, row_until or gone
    return ", ".join(part for part in (f">={first}" if first else "", f"<{end}" if end else "") if part)


def as_markdown(table: list[dict[str, Any]]) -> str:
    """The table as Markdown, which a terminal shows as well."""
    lines = ["| call | when | releases | in the wrong mode |", "| --- | --- | --- | --- |"]
    for row in table:
        calls = ", ".join(f"`{name}`" for name in row["calls"])
        wants = "" if row["wants"] == "eval" else " (wants train mode)"
        when = ", ".join(f"`{condition}`" for condition in row["when"])
        silent = "" if row["reported"] else "not reported: "
        lines.append(f"| {calls}{wants} | {when} | {row['releases']} | {silent}{row['message']} |")
    return "\n".join(lines)
