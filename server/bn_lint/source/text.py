"""Source text as Python sees it: decoding, line starts, and positions in code points."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

# Python and the language server protocol agree on these three and on nothing else:
# str.splitlines would also split at form feeds, U+2028 and a few more.
_LINE_END = re.compile(r"\r\n|\n|\r")

BOM = "\ufeff"


class UndecodableSource(ValueError):
    """The bytes are not text in the encoding that the file declares (PEP 263), or UTF-8."""


@dataclass(frozen=True)
class Position:
    """A place in a text: `line` counts from 1, `column` from 0, in code points."""

    line: int
    column: int


@dataclass(frozen=True)
class SourceText:
    """The text of one file.

    `text` has no byte order mark; `bom` says whether the file had one, and `encoding` how it was
    decoded, so that `encode` gives back the same bytes.
    """

    text: str
    encoding: str = "utf-8"
    bom: bool = False

    @classmethod
    def decode(cls, raw: bytes) -> SourceText:
        """Decode as Python does: byte order mark, coding comment, else UTF-8.

        Raises UndecodableSource with the line of the first bad byte.
        """
        bom = raw.startswith(codecs.BOM_UTF8)
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        except SyntaxError as error:
            raise UndecodableSource(_declaration_problem(raw, error)) from None
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise UndecodableSource(_bad_byte(raw, error)) from None
        return cls(text.removeprefix(BOM), "utf-8" if encoding == "utf-8-sig" else encoding, bom)

    def encode(self) -> bytes:
        """The bytes to write back: the same encoding and byte order mark as were read."""
        raw = self.text.encode(self.encoding)
        return codecs.BOM_UTF8 + raw if self.bom else raw

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line; the first is 0."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def position(self, offset: int) -> Position:
        """The line and column of an offset into `text`."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1])

    def offset(self, position: Position) -> int:
        """The offset of a position; a column past the end of its line means the end of the line."""
        line = min(max(position.line, 1), len(self.line_starts))
        start, end = self.line_span(line)
        return min(start + position.column, end)

    def line_span(self, line: int) -> tuple[int, int]:
        """Start and end offset of a line (from 1), without its line ending."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return start, end

    def line(self, line: int) -> str:
        """The text of a line (from 1), without its line ending."""
        start, end = self.line_span(line)
        return self.text[start:end]

    def replaced(self, start: int, end: int, new: str) -> SourceText:
        """The text with `new` for what is between two offsets; line starts known before are not looked for again."""
        text = "".join((self.text[:start], new, self.text[end:]))
        source = SourceText(text, self.encoding, self.bom)
        known, stop = self.line_starts, start + len(new)
        # The characters beside the edit count: they may form a \r\n with what is new.
        found = (match.end() for match in _LINE_END.finditer(text, max(start - 1, 0), min(stop + 1, len(text))))
        starts = known[: bisect_right(known, start - 1)] or [0]
        starts += [place for place in found if starts[-1] < place <= stop]
        moved = stop - end
        starts += [place + moved for place in known[bisect_right(known, end) :]]
        vars(source)["line_starts"] = starts
        return source

    @cached_property
    def newline(self) -> str:
        """The line ending of the first line, or `\\n` where there is none."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"


def _declaration_problem(raw: bytes, error: SyntaxError) -> str:
    # detect_encoding raises for an unknown declared codec, and for a bad UTF-8 first line.
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        return _bad_byte(raw, bad)
    return f"{error.msg}; declare a known encoding or save the file as UTF-8"


def _bad_byte(raw: bytes, error: UnicodeDecodeError) -> str:
    line = raw.count(b"\n", 0, error.start) + 1
    return (
        f"line {line}: byte 0x{raw[error.start]:02x} is not valid {error.encoding}; "
        "save the file as UTF-8 or declare its encoding in a coding comment"
    )
