"""The files that are evaluated together."""

from __future__ import annotations

from pathlib import Path

from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile


class Workspace:
    """Open files by path, and what evaluating them taught."""

    def __init__(self) -> None:
        self._files: dict[Path, SourceFile] = {}

    def open(self, path: Path, source: SourceText) -> SourceFile:
        """The file with this text; the same object as before while its text is the same."""
        path = path.absolute()
        file = self._files.get(path)
        if file is None or file.source != source:
            file = self._files[path] = SourceFile(path, source)
        return file
