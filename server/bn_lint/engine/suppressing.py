"""Write the comments by which a finding is said to be meant."""

from __future__ import annotations

import re

from bn_lint.engine.fixing import apply_edits
from bn_lint.rule import Edit
from bn_lint.source.suppressions import Suppressions
from bn_lint.source.text import SourceText

_CODES = re.compile(r"(#\s*bn-lint:\s*(?:file-)?ignore\s*\[[^\]]*)\]")
# Lines that must stay the first of a file: an interpreter, an encoding (PEP 263).
_HEAD = re.compile(r"#!|#.*coding[:=]")


def ignore_on_line(source: SourceText, line: int, code: str) -> Edit | None:
    """The edit that makes a comment ignore a rule on a line (from 1); None where no comment can stand."""
    start, end = source.line_span(line)
    text = source.text[start:end]
    for suppression in Suppressions(source).all:
        if suppression.line == line and not suppression.whole_file:
            edit = _extended(source, suppression.start, code)
            if edit is not None:
                return edit
    indent = text[: len(text) - len(text.lstrip())]
    candidates = [
        Edit(end, end, f"  # bn-lint: ignore[{code}]"),
        Edit(start, start, f"{indent}# bn-lint: ignore[{code}]{source.newline}"),
    ]
    if text.rstrip().endswith("\\"):  # nothing may follow it
        del candidates[0]
    for candidate, moved in zip(candidates, (0, 1)[-len(candidates) :], strict=True):
        after = SourceText(apply_edits(source.text, [candidate]))
        if Suppressions(after).suppresses(code, line + moved, line + moved):
            return candidate
    return None


def ignore_in_file(source: SourceText, code: str) -> Edit:
    """The edit that makes a comment ignore a rule in the whole file."""
    for suppression in Suppressions(source).all:
        if suppression.whole_file:
            edit = _extended(source, suppression.start, code)
            if edit is not None:
                return edit
    line = 1
    while line <= 2 and line < len(source.line_starts) and _HEAD.match(source.line(line)):
        line += 1
    start = source.line_starts[line - 1]
    return Edit(start, start, f"# bn-lint: file-ignore[{code}]{source.newline}")


def _extended(source: SourceText, start: int, code: str) -> Edit | None:
    """A comment of ours with one more code."""
    match = _CODES.match(source.text, start)
    return None if match is None else Edit(match.end() - 1, match.end() - 1, f", {code}")
