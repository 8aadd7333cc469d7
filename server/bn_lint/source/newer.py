"""Syntax newer than the running Python, replaced in place, so that its parser takes the rest.

libcst reads the syntax of every Python under every Python, but takes ten times as long: it is asked only about text
that Python rejects and that looks newer. What is replaced keeps its length, so every position stays true. What is lost
shapes no tensor: type parameters, what a type alias stands for, the star of `except*`. A string becomes unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bn_lint.source.python import rejection
from bn_lint.source.text import Position, SourceText

_SIGNS = re.compile(r"\b(?:def|class)\s+\w+\s*\[|\btype\s+\w|\bexcept\s*\*|\b(?:[ft]r?|r[ft])['\"]", re.IGNORECASE)
_UNKNOWN = "_0"  # a name that no code has, and so of unknown value


def in_older_syntax(text: str) -> str | None:
    """The text, as long as before, without what the running Python is too old for; None if that is not the trouble."""
    if not _SIGNS.search(text):
        return None
    older, end = "", 0
    for start, stop, new in sorted(_replacements(text)):
        if start >= end and len(new) <= stop - start:
            older += text[end:start] + new + _blank(text[start + len(new) : stop])
            end = stop
    older += text[end:]
    return None if rejection(older) else older


def _replacements(text: str) -> Iterator[tuple[int, int, str]]:
    """Start and end of what is newer, and what may stand there instead; blanks fill it up."""
    import libcst as cst  # a quarter of a second, for which nobody else need wait
    from libcst.metadata import MetadataWrapper, PositionProvider

    try:
        places = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True).resolve(PositionProvider)
    except (cst.ParserSyntaxError, RecursionError):
        return
    source = SourceText(text)
    for node, place in places.items():
        start = source.offset(Position(place.start.line, place.start.column))
        end = source.offset(Position(place.end.line, place.end.column))
        old = text[start:end]
        if isinstance(node, cst.TypeParameters) and rejection(f"def f{old}(): pass"):
            yield start, end, ""
        elif isinstance(node, cst.TypeAlias) and rejection(old):
            yield start, end, f"{node.name.value}={_UNKNOWN}"
        elif isinstance(node, cst.FormattedString | cst.TemplatedString) and rejection(old):
            # Of several lines: each but the last ends in a backslash.
            rest = re.sub(r" (?=\r?\n)", r"\\", _blank(old))
            new = f"f'{{{_UNKNOWN}}}'"
            new = new if rest[: len(new)].isspace() else _UNKNOWN
            yield start, end, new + rest[len(new) :]
        elif isinstance(node, cst.ExceptStarHandler) and rejection("try: pass\nexcept* E: pass"):
            star = text.index("*", start)
            yield star, star + 1, ""


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)
