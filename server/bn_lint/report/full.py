"""The formats for people: one line each, or with the code and the story."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from bn_lint.engine.check import FileReport, read_source
from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.engine.errors import UserError
from bn_lint.report.paths import shown
from bn_lint.rule import Severity
from bn_lint.source.text import Position, SourceText

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
_CONTEXT_LINES = 1
_TAB = 4


def write_concise(reports: Sequence[FileReport], console: Console) -> None:
    """One line per diagnostic."""
    for report in reports:
        for diagnostic in report.diagnostics:
            _print(console, headline(diagnostic))


def write_full(reports: Sequence[FileReport], console: Console) -> None:
    """Headline, code frame, the places that tell the story, and the fix."""
    sources: dict[Path, SourceText | None] = {report.path.absolute(): report.source for report in reports}
    for report in reports:
        for diagnostic in report.diagnostics:
            _print(console, headline(diagnostic))
            for line in _frame(report.source, diagnostic):
                _print(console, line)
            for place in diagnostic.related:
                if place.path not in sources:
                    sources[place.path] = _read(place.path)
                _print(console, _story_line(place.path, place.start, place.message))
                source = sources[place.path]
                if source is not None:
                    code = source.line(place.start.line).strip()
                    _print(console, Text.assemble("      ", (code, "dim")))
            for note in diagnostic.notes:
                first, *rest = note.splitlines()
                for line in (f"   = {first}", *(f"     {line}" for line in rest)):
                    _print(console, Text(line))
            if diagnostic.fix is not None:
                how = "fix" if diagnostic.fix.safe else "unsafe fix"
                _print(console, Text.assemble("   = ", (how, "bold"), f": {diagnostic.fix.title}"))
            _print(console, Text())


def headline(diagnostic: Diagnostic) -> Text:
    """`path:line:column: CODE [*] name: message`; the star marks a safe fix."""
    fix = diagnostic.fix
    marker = " [*]" if fix is not None and fix.safe else ""
    return Text.assemble(
        (shown(diagnostic.path), "bold"),
        f":{diagnostic.start.line}:{diagnostic.start.column + 1}: ",
        (diagnostic.code, _STYLE[diagnostic.severity]),
        (marker, "cyan"),
        f" {diagnostic.name}: {diagnostic.message}",
    )


def _story_line(path: Path, start: Position, message: str) -> Text:
    where = f"{shown(path)}:{start.line}:{start.column + 1}"
    return Text.assemble("   = ", message, (f"  ({where})", "blue"))


def _frame(source: SourceText, diagnostic: Diagnostic) -> list[Text]:
    first = max(1, diagnostic.start.line - _CONTEXT_LINES)
    last = min(len(source.line_starts), diagnostic.start.line + _CONTEXT_LINES)
    width = len(str(last))
    out = [Text(f"{'':{width}} |", "blue")]
    for number in range(first, last + 1):
        code = source.line(number)
        if number != diagnostic.start.line and not code.strip():
            continue
        line = Text.assemble((f"{number:{width}} |", "blue"), f" {_expand(code)}" if code else "")
        out.append(line)
        if number == diagnostic.start.line:
            out.append(_underline(code, diagnostic, width))
    out.append(Text(f"{'':{width}} |", "blue"))
    return out


def _underline(code: str, diagnostic: Diagnostic, width: int) -> Text:
    same_line = diagnostic.end.line == diagnostic.start.line
    end = diagnostic.end.column if same_line else len(code.rstrip())
    before = cell_len(_expand(code[: diagnostic.start.column]))
    length = cell_len(_expand(code[:end])) - before
    return Text.assemble(
        (f"{'':{width}} |", "blue"), " " + " " * before, ("^" * max(1, length), _STYLE[diagnostic.severity])
    )


def _expand(code: str) -> str:
    # Form feeds move the cursor, and a tab is as wide as the terminal likes: make both plain.
    return code.expandtabs(_TAB).replace("\f", " ")


def _read(path: Path) -> SourceText | None:
    try:
        return read_source(path)
    except UserError:
        return None


def _print(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True, highlight=False)
