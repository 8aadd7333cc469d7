"""SARIF 2.1.0, for code-scanning dashboards: rules with their pages, findings with their story and fixes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bn_lint import __version__
from bn_lint.engine.check import FileReport
from bn_lint.engine.diagnostics import Diagnostic, rule_url
from bn_lint.engine.registry import all_rules
from bn_lint.report.paths import shown
from bn_lint.rule import Rule, Severity
from bn_lint.source.text import Position, SourceText

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def write_sarif(reports: Sequence[FileReport], console: Console) -> None:
    """One run; columns count code points."""
    rules = list(all_rules().values())
    index = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "bn-lint",
                "version": __version__,
                "informationUri": "https://github.com/bn-lint/bn-lint",
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, report.source, index[d.code]) for report in reports for d in report.diagnostics],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    console.file.write(json.dumps(log, indent=2, ensure_ascii=False) + "\n")


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": rule.summary()},
        "help": {"text": rule.documentation(), "markdown": rule.page()},
        "helpUri": rule_url(rule.name),
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _result(d: Diagnostic, source: SourceText, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": rule_index,
        "level": _LEVEL[d.severity],
        "message": {"text": d.message},
        "locations": [{"physicalLocation": _place(d.path, d.start, d.end)}],
        "relatedLocations": [
            {
                "id": number,
                "physicalLocation": _place(place.path, place.start, place.end),
                "message": {"text": place.message},
            }
            for number, place in enumerate(d.related, 1)
        ],
    }
    if d.fix is not None:
        replacements = [
            {
                "deletedRegion": _region(source.position(edit.start), source.position(edit.end)),
                "insertedContent": {"text": edit.text},
            }
            for edit in d.fix.edits
        ]
        change = {"artifactLocation": {"uri": _uri(d.path)}, "replacements": replacements}
        result["fixes"] = [{"description": {"text": d.fix.title}, "artifactChanges": [change]}]
    return result


def _place(path: Path, start: Position, end: Position) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(path)}, "region": _region(start, end)}


def _region(start: Position, end: Position) -> dict[str, int]:
    return {
        "startLine": start.line,
        "startColumn": start.column + 1,
        "endLine": end.line,
        "endColumn": end.column + 1,
    }


def _uri(path: Path) -> str:
    relative = Path(shown(path))
    return relative.as_uri() if relative.is_absolute() else relative.as_posix()
