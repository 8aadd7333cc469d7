"""What verify has found keeps its place while the text around it is edited, and goes when the text itself is."""

from __future__ import annotations

from dataclasses import dataclass

import attrs
from lsprotocol import types as t
from pygls.workspace import PositionCodec

from bn_lint.lsp.documents import client_range, offset_of
from bn_lint.source.revise import common_prefix
from bn_lint.source.text import SourceText


@dataclass(frozen=True)
class Findings:
    """Diagnostics of one document, with the text that their places are of."""

    uri: str
    text: SourceText
    items: list[t.Diagnostic]

    def moved(self, text: SourceText, codec: PositionCodec) -> Findings:
        """The same for the next text of the document: what has been written over is gone."""
        if text == self.text:
            return self
        return Findings(self.uri, text, _Move(self.uri, self.text, text, codec).diagnostics(self.items))


class _Move:
    """What one replacement does to the places in a text: all between the first and the last difference is new."""

    def __init__(self, uri: str, old: SourceText, new: SourceText, codec: PositionCodec) -> None:
        self._uri, self._old, self._new, self._codec = uri, old, new, codec
        self._start = common_prefix(old.text, new.text)
        room = min(len(old.text), len(new.text)) - self._start
        self._end = len(old.text) - min(common_prefix(old.text[::-1], new.text[::-1]), room)

    def diagnostics(self, items: list[t.Diagnostic]) -> list[t.Diagnostic]:
        return [moved for item in items if (moved := self._diagnostic(item)) is not None]

    def _diagnostic(self, item: t.Diagnostic) -> t.Diagnostic | None:
        place = self._range(item.range)
        if place is None:
            return None
        related = [one for one in map(self._related, item.related_information or ()) if one is not None]
        # The edits in `data` are for the text as it was.
        return attrs.evolve(item, range=place, related_information=related or None, data=None)

    def _related(self, one: t.DiagnosticRelatedInformation) -> t.DiagnosticRelatedInformation | None:
        if one.location.uri != self._uri:
            return one
        place = self._range(one.location.range)
        return None if place is None else attrs.evolve(one, location=t.Location(self._uri, place))

    def _range(self, place: t.Range) -> t.Range | None:
        start, end = (offset_of(self._old, position, self._codec) for position in (place.start, place.end))
        if end <= self._start:
            return place
        if start < self._end:
            return None
        by, position = len(self._new.text) - len(self._old.text), self._new.position
        return client_range(self._new, position(start + by), position(end + by), self._codec)
