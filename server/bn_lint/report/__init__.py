"""How diagnostics are shown. Each format is one function from reports to a console."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from bn_lint.engine.check import FileReport
from bn_lint.report.full import write_concise, write_full
from bn_lint.report.json_list import write_json

Writer = Callable[[Sequence[FileReport], Console], None]

FORMATS: dict[str, Writer] = {"full": write_full, "concise": write_concise, "json": write_json}
