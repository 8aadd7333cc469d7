"""The files that are evaluated together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bn_lint.model.evaluation import Evaluation, Runner, evaluate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.frame import ModuleScope
from bn_lint.source.text import SourceText, UndecodableSource
from bn_lint.source.tree import SourceFile


class Workspace:
    """Open files by path, and what evaluating them taught."""

    def __init__(self) -> None:
        self._files: dict[Path, SourceFile] = {}
        self._texts: dict[Path, str] = {}
        self._runner: Runner | None = None
        self._evaluations: dict[Path, Evaluation] = {}

    def open(self, path: Path, source: SourceText) -> SourceFile:
        """The file with this text; the same object as before while its text is the same."""
        path = path.absolute()
        file = self._files.get(path)
        if file is None or file.source != source:
            file = self._files[path] = SourceFile(path, source)
            self._runner = None
            self._evaluations.clear()
        return file

    def evaluate(self, file: SourceFile) -> Evaluation:
        """What evaluating a file from all its entries shows. The same answer until a file changes."""
        found = self._evaluations.get(file.path)
        if found is None:
            if self._runner is None:
                self._runner = Runner(Evaluator(self._read))
            scope = self._runner.ev.loader.scope_of(file.path)
            assert scope is not None
            found = self._evaluations[file.path] = evaluate(self._runner, scope, self._lenders)
        return found

    def trial(self, file: SourceFile, text: str) -> Evaluation | None:
        """What evaluating a file would show if it had this text; None where the text does not parse."""
        changed = SourceFile(file.path, replace(file.source, text=text))
        if changed.problems:
            return None
        other = Workspace()
        other._files = {**self._files, file.path: changed}
        other._texts = self._texts
        return other.evaluate(changed)

    def _lenders(self, file: SourceFile, names: list[str]) -> Iterator[ModuleScope]:
        """Files of the same package that use something by one of these names, those that use most first."""
        assert self._runner is not None
        loader = self._runner.ev.loader
        word = re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b")
        ranked: list[tuple[int, Path]] = []
        for path in loader.package_files(file.path):
            if path != file.path:
                found = set(word.findall(self._text(path)))
                if found:
                    ranked.append((-len(found), path))
        for _, path in sorted(ranked):
            scope = loader.scope_of(path)
            if scope is not None:
                yield scope

    def _text(self, path: Path) -> str:
        file = self._files.get(path)
        if file is not None:
            return file.source.text
        text = self._texts.get(path)
        if text is None:
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._texts[path] = text
        return text

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
