"""The files that are evaluated together."""

from __future__ import annotations

from pathlib import Path

from bn_lint.model.evaluation import Evaluation, evaluate
from bn_lint.model.evaluator import Evaluator
from bn_lint.source.text import SourceText, UndecodableSource
from bn_lint.source.tree import SourceFile


class Workspace:
    """Open files by path, and what evaluating them taught."""

    def __init__(self) -> None:
        self._files: dict[Path, SourceFile] = {}
        self._evaluator: Evaluator | None = None
        self._evaluations: dict[Path, Evaluation] = {}

    def open(self, path: Path, source: SourceText) -> SourceFile:
        """The file with this text; the same object as before while its text is the same."""
        path = path.absolute()
        file = self._files.get(path)
        if file is None or file.source != source:
            file = self._files[path] = SourceFile(path, source)
            self._evaluator = None
            self._evaluations.clear()
        return file

    def evaluate(self, file: SourceFile) -> Evaluation:
        """What evaluating a file from all its entries shows. The same answer until a file changes."""
        found = self._evaluations.get(file.path)
        if found is not None:
            return found
        if self._evaluator is None:
            self._evaluator = Evaluator(self._read)
        scope = self._evaluator.loader.scope_of(file.path)
        assert scope is not None
        found = self._evaluations[file.path] = evaluate(self._evaluator, scope)
        return found

    def _read(self, path: Path) -> SourceFile | None:
        path = path.absolute()
        file = self._files.get(path)
        if file is None:
            try:
                file = SourceFile(path, SourceText.decode(path.read_bytes()))
            except (OSError, UndecodableSource):
                return None
            self._files[path] = file
        return file
