"""ruff's JSON shape, so that tools which read ruff read bn-lint: one list of objects."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from bn_lint.engine.check import FileReport
from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.source.text import Position, SourceText


def write_json(reports: Sequence[FileReport], console: Console) -> None:
    """Print every diagnostic as one element of a JSON list; rows and columns count from 1."""
    rows = [as_json(d, report.source) for report in reports for d in report.diagnostics]
    console.file.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def as_json(diagnostic: Diagnostic, source: SourceText) -> dict[str, Any]:
    """One diagnostic; `source` is the text that its fix's offsets count in."""
    fix = diagnostic.fix
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "message": diagnostic.message,
        "filename": os.fspath(diagnostic.path),
        "location": _location(diagnostic.start),
        "end_location": _location(diagnostic.end),
        "severity": diagnostic.severity.value,
        "url": diagnostic.url,
        "related": [
            {
                "filename": os.fspath(place.path),
                "location": _location(place.start),
                "end_location": _location(place.end),
                "message": place.message,
            }
            for place in diagnostic.related
        ],
        "notes": list(diagnostic.notes),
        "fix": None
        if fix is None
        else {
            "message": fix.title,
            "applicability": "safe" if fix.safe else "unsafe",
            "edits": [
                {
                    "content": edit.text,
                    "location": _location(source.position(edit.start)),
                    "end_location": _location(source.position(edit.end)),
                }
                for edit in fix.edits
            ],
        },
    }


def _location(position: Position) -> dict[str, int]:
    return {"row": position.line, "column": position.column + 1}
