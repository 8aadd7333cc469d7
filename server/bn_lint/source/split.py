"""Split a module's text into its top-level statements, without parsing it.

Every top-level statement is parsed on its own. That is what makes an edit cheap (only the touched
statement is parsed again), half-typed code harmless (only the broken statement is lost), and results
cacheable by content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r'''
      (?P<string>
          """[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)
        | \'\'\'[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:\'\'\'|\Z)
        | "[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"?
        | '[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'?
      )
    | (?P<comment>\#[^\r\n]*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<continued>\\(?:\r\n|\n|\r))
    | (?P<line>(?:\r\n|\n|\r)\f?(?=[^\s\#)\]}]))
    ''',
    re.VERBOSE | re.DOTALL,
)
_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")
_RESTART = re.compile(r"^(?:@|(?:async[ \t]+)?def\b|class\b|import\b|from\b|if\b|for\b|with\b|\w+[ \t]*=[^=])", re.M)


def split(text: str) -> list[int]:
    """Offsets at which top-level statements start; the first is always 0.

    Decorators belong to what they decorate; `else`, `except` and their kin to what they continue.
    Wrong answers are possible on exotic text (nested quotes in an f-string, for one), so a caller
    whose piece does not parse must fall back to parsing the whole.
    """
    starts = [0]
    depth = 0
    decorated = text.startswith("@")
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "line":
            start = match.end()
            if depth == 0 and not _CLAUSE.match(text, start):
                if not decorated:
                    starts.append(start)
                decorated = text.startswith("@", start)
        elif kind == "open":
            depth += 1
        elif kind == "close" and depth:
            depth -= 1
    return starts


def restarts(text: str) -> Iterator[int]:
    """Offsets in a broken piece at which a new statement probably starts, 0 first.

    An unclosed bracket swallows what follows it; a line that starts at column 0 the way only
    statements start gives it back.
    """
    yield 0
    decorated = text.startswith("@")
    for match in _RESTART.finditer(text, 1):
        if not decorated:
            yield match.start()
        decorated = match.group() == "@"


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Start and end offset of every comment, strings told apart."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "comment":
            yield match.span()
