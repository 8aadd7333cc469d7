"""Apply fixes: never overlapping, never leaving a file that no longer parses, never half written."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bn_lint.engine.check import FileReport
from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.engine.errors import UserError
from bn_lint.rule import Edit, Fix
from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile

# A fix can uncover the next finding (a fixed width can reveal a wrong one behind it); more rounds than
# this mean that two fixes undo each other.
_MAX_ROUNDS = 10


@dataclass(frozen=True)
class Fixed:
    """A file after fixing: its last report, and how many fixes went in."""

    report: FileReport
    original: SourceText
    applied: int

    @property
    def changed(self) -> bool:
        return self.report.source.text != self.original.text

    def diff(self) -> str:
        """The change as a unified diff; empty where nothing changed."""
        name = str(self.report.path)
        before = self.original.text.splitlines(keepends=True)
        after = self.report.source.text.splitlines(keepends=True)
        lines = difflib.unified_diff(before, after, name, name)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def fix_all(report: FileReport, check: Callable[[SourceText], FileReport], *, unsafe: bool = False) -> Fixed:
    """Apply every offered fix, check again, and go on until nothing more can be fixed.

    A fix after which the same is found on the same text has not helped: the file stays without it.
    """
    original, applied = report.source, 0
    futile: set[tuple[str, str]] = set()
    for _ in range(_MAX_ROUNDS):
        before = Counter(_signature(report, d) for d in report.diagnostics)
        given = [d for d in report.diagnostics if _signature(report, d) not in futile]
        text, count = apply_fixes(report.source, usable_fixes(given, unsafe=unsafe))
        if not count:
            break
        fixed = check(replace(report.source, text=text))
        after = Counter(_signature(fixed, d) for d in fixed.diagnostics)
        in_vain = {
            found
            for d in given
            if usable_fixes([d], unsafe=unsafe) and after[found := _signature(report, d)] >= before[found]
        }
        if in_vain:
            futile |= in_vain
            continue
        applied += count
        report = fixed
    return Fixed(report, original, applied)


def _signature(report: FileReport, found: Diagnostic) -> tuple[str, str]:
    """What is found and the text of its line: the same wherever the line has moved to."""
    return found.code, report.source.line(found.start.line).strip()


def usable_fixes(diagnostics: Iterable[Diagnostic], *, unsafe: bool) -> list[Fix]:
    """The fixes of these diagnostics that may be applied without asking."""
    return [d.fix for d in diagnostics if d.fix is not None and (d.fix.safe or unsafe)]


def apply_fixes(source: SourceText, fixes: Sequence[Fix]) -> tuple[str, int]:
    """The text with as many of these fixes as do not overlap and leave it parsing, and how many went in."""
    taken: list[Edit] = []
    count = 0
    broken_before = bool(SourceFile(Path(), source).problems)
    for fix in fixes:
        edits = [edit for edit in fix.edits if edit not in taken]
        if any(overlap(edit, other) for edit in edits for other in taken):
            continue
        candidate = apply_edits(source.text, [*taken, *edits])
        if not broken_before and SourceFile(Path(), SourceText(candidate)).problems:
            continue
        taken += edits
        count += 1
    return apply_edits(source.text, taken), count


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def overlap(a: Edit, b: Edit) -> bool:
    """Whether two edits cannot both be applied."""
    if a.start == a.end and b.start == b.end:
        return a.start == b.start
    return a.start < b.end and b.start < a.end


def write_atomically(path: Path, source: SourceText) -> None:
    """Replace a file's content in one step, keeping its permissions. Raises UserError."""
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(source.encode())
            os.chmod(name, target.stat().st_mode & 0o7777)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
