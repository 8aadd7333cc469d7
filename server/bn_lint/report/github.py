"""GitHub Actions' workflow commands: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from bn_lint.engine.check import FileReport
from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.report.paths import shown
from bn_lint.rule import Severity

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def write_github(reports: Sequence[FileReport], console: Console) -> None:
    """One `::error ...::` line per diagnostic."""
    for report in reports:
        for diagnostic in report.diagnostics:
            console.file.write(_annotation(diagnostic) + "\n")


def _annotation(d: Diagnostic) -> str:
    path = shown(d.path)
    start, end = d.start, d.end
    properties = {
        "title": f"bn-lint ({d.code} {d.name})",
        "file": path,
        "line": start.line,
        "col": start.column + 1,
        "endLine": end.line,
        # GitHub refuses a column range over several lines.
        **({"endColumn": end.column + 1} if start.line == end.line else {}),
    }
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return (
        f"::{_COMMAND[d.severity]} {written}::{_data(f'{path}:{start.line}:{start.column + 1}: {d.code} {d.message}')}"
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
