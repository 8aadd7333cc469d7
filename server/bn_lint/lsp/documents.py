"""Open text documents as LSP means them: lines end at \\n, \\r\\n and \\r only, and an edit costs one splice."""

from __future__ import annotations

import re
from typing import cast

from lsprotocol import types as t
from pygls.workspace import PositionCodec, TextDocument

from bn_lint.source.text import Position, SourceText

# The bytes of a character in UTF-8 but its first.
_CONTINUATION = bytes(range(0x80, 0xC0))
_SURROGATE = re.compile("[\ud800-\udfff]")


class Document(TextDocument):
    """A text document that the client has open.

    pygls finds lines with str.splitlines, which also splits at form feeds, U+2028 and a few more, so that an edit
    below one of them would land on the wrong line; SourceText splits as the protocol does.
    """

    _source_text: SourceText | None = None

    @property
    def text(self) -> SourceText:
        """The present text, the same object until it changes."""
        if self._source_text is None:
            self._source_text = SourceText(_whole_characters(self.source))
        return self._source_text

    @property
    def lines(self) -> tuple[str, ...]:
        text, starts = self.text.text, self.text.line_starts
        lines = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        return tuple(lines if lines[-1] else lines[:-1])

    def apply_change(self, change: t.TextDocumentContentChangeEvent) -> None:
        """Apply one change. A range outside of the text means its nearest place inside."""
        if isinstance(change, t.TextDocumentContentChangePartial):
            old = self.text
            start = offset_of(old, change.range.start, self.position_codec)
            end = max(start, offset_of(old, change.range.end, self.position_codec))
            self._source_text = old.replaced(start, end, _whole_characters(change.text))
            self._source = self._source_text.text
        else:
            self._source = change.text
            self._source_text = None


def _whole_characters(text: str) -> str:
    """A text that can be encoded: half a surrogate pair, which JSON can hold, becomes U+FFFD, of the same width."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def create_document(
    codec: PositionCodec,
    doc_uri: str,
    source: str | None = None,
    version: int | None = None,
    language_id: str | None = None,
) -> TextDocument:
    """What pygls' Workspace calls to make a document."""
    return Document(doc_uri, source, version, language_id, position_codec=codec)


def offset_of(source: SourceText, position: t.Position, codec: PositionCodec) -> int:
    """The offset of a client's position: lines from 0, columns in the client's units."""
    line = position.line + 1
    if line > len(source.line_starts):
        return len(source.text)
    start, end = source.line_span(line)
    text = source.text[start : min(end, start + position.character)]  # a character has one unit at least
    if text.isascii() or codec.encoding == "utf-32":
        return start + len(text)
    if codec.encoding == "utf-8":
        raw = text.encode("utf-8")[: position.character]
        return start + len(raw.translate(None, _CONTINUATION))
    raw = text.encode("utf-16-le")[: 2 * position.character]
    return start + len(raw.decode("utf-16-le"))


def client_position(source: SourceText, position: Position, codec: PositionCodec) -> t.Position:
    """A position (line from 1, column in code points) in the client's terms."""
    line = min(max(position.line, 1), len(source.line_starts))
    text = source.line(line)[: position.column]
    if text.isascii() or codec.encoding == "utf-32":
        return t.Position(line - 1, len(text))
    if codec.encoding == "utf-8":
        return t.Position(line - 1, len(text.encode("utf-8")))
    return t.Position(line - 1, len(text.encode("utf-16-le")) // 2)


def client_range(source: SourceText, start: Position, end: Position, codec: PositionCodec) -> t.Range:
    """A range in the client's terms."""
    return t.Range(client_position(source, start, codec), client_position(source, end, codec))


def as_document(document: TextDocument) -> Document:
    """What pygls' workspace holds is always ours: `create_document` makes them."""
    return cast(Document, document)
