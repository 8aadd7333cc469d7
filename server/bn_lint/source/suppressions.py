"""Suppression comments: `# bn-lint: ignore[BN101]`, `# bn-lint: file-ignore[BN101]` and `# noqa: BN101`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from bn_lint.source.split import comments
from bn_lint.source.text import SourceText

_OWN = re.compile(r"#\s*bn-lint:\s*(?P<kind>file-ignore|ignore)(?![\w-])\s*(?:\[(?P<codes>[^\]]*)\])?")
_NOQA = re.compile(r"#\s*noqa(?::\s?(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?(?![\w:])", re.I)
ALL = "BN"


@dataclass(frozen=True)
class Suppression:
    """One comment, on `line` (from 1). `codes` are rule codes or prefixes; `own_line`: nothing else on it."""

    start: int
    end: int
    line: int
    codes: tuple[str, ...]
    whole_file: bool
    own_line: bool

    def covers(self, code: str) -> bool:
        return any(code.startswith(prefix) for prefix in self.codes)


class Suppressions:
    """The suppression comments of one text."""

    def __init__(self, source: SourceText) -> None:
        self._source = source

    @cached_property
    def all(self) -> list[Suppression]:
        text = self._source.text
        if "noqa" not in text.lower() and "bn-lint:" not in text:
            return []
        return [s for start, end in comments(text) for s in self._read(start, end)]

    def _read(self, start: int, end: int) -> list[Suppression]:
        comment = self._source.text[start:end]
        line = self._source.position(start).line
        own_line = not self._source.text[self._source.line_span(line)[0] : start].strip()
        found: list[Suppression] = []
        for pattern in (_OWN, _NOQA):
            for match in pattern.finditer(comment):
                listed = match["codes"]
                codes = (ALL,) if listed is None else tuple(re.split(r"[,\s]+", listed.strip().upper()))
                whole_file = match.groupdict().get("kind") == "file-ignore"
                place = (start + match.start(), start + match.end(), line)
                found.append(Suppression(*place, tuple(filter(None, codes)), whole_file, own_line))
        return found

    def suppresses(self, code: str, first_line: int, last_line: int) -> bool:
        """Whether a diagnostic over these lines is silenced.

        A comment counts on the first or the last line of the diagnostic, or alone on the line above it.
        """
        return any(
            suppression.covers(code)
            and (
                suppression.whole_file
                or suppression.line in (first_line, last_line)
                or (suppression.own_line and suppression.line == first_line - 1)
            )
            for suppression in self.all
        )
