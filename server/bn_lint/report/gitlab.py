"""GitLab's Code Quality report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from bn_lint.engine.check import FileReport
from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.report.paths import shown
from bn_lint.rule import Severity

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def write_gitlab(reports: Sequence[FileReport], console: Console) -> None:
    """One JSON list; each fingerprint stays the same while only the line of a finding changes."""
    seen: dict[str, int] = {}
    rows = [_row(d, report, seen) for report in reports for d in report.diagnostics]
    console.file.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def _row(d: Diagnostic, report: FileReport, seen: dict[str, int]) -> dict[str, Any]:
    path = shown(d.path)
    content = "\0".join((path, d.code, d.message, report.source.line(d.start.line).strip()))
    # The same mistake on two equal lines: told apart by their order.
    number = seen[content] = seen.get(content, -1) + 1
    return {
        "check_name": d.code,
        "description": f"{d.name}: {d.message}",
        "severity": _SEVERITY[d.severity],
        "fingerprint": hashlib.sha256(f"{content}\0{number}".encode()).hexdigest(),
        "location": {
            "path": path,
            "positions": {
                "begin": {"line": d.start.line, "column": d.start.column + 1},
                "end": {"line": d.end.line, "column": d.end.column + 1},
            },
        },
    }
