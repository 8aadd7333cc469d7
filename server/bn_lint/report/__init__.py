"""How diagnostics are shown. Each format is one function from reports to a console."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from bn_lint.engine.check import FileReport
from bn_lint.report.full import write_concise, write_full
from bn_lint.report.github import write_github
from bn_lint.report.gitlab import write_gitlab
from bn_lint.report.json_list import write_json
from bn_lint.report.junit import write_junit
from bn_lint.report.sarif import write_sarif

Writer = Callable[[Sequence[FileReport], Console], None]

FORMATS: dict[str, Writer] = {
    "full": write_full,
    "concise": write_concise,
    "json": write_json,
    "github": write_github,
    "gitlab": write_gitlab,
    "junit": write_junit,
    "sarif": write_sarif,
}
# What a machine reads, and a summary would only disturb on the terminal.
MACHINE_FORMATS = frozenset(FORMATS) - {"full", "concise"}
