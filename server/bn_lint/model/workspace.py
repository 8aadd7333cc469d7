"""The files that are evaluated together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bn_lint.model import sites
from bn_lint.model.borrowing import Lend
from bn_lint.model.dependence import affected
from bn_lint.model.entries import Candidate, classes
from bn_lint.model.evaluation import Evaluation, Runner, evaluate
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.frame import Cancelled, ModuleScope
from bn_lint.model.loader import Loader
from bn_lint.source.relevance import names_batch_norm
from bn_lint.source.revise import Change, revise
from bn_lint.source.text import SourceText, UndecodableSource
from bn_lint.source.tree import Node, Piece, SourceFile

_WORD = re.compile(r"\w+")
# Half the time, for text in ASCII: what is in no word is a space.
_SPACES = "".join(chr(code) if _WORD.match(chr(code)) else " " for code in range(128))
_MAX_MATCHES = 32
_DEFINITION = re.compile(r"^(?:class|def) (\w+)", re.MULTILINE)


class _Words(NamedTuple):
    """The words that a text uses, whether BatchNorm is among them by any name, and which patterns it matched so far."""

    text: str
    used: frozenset[str]
    batch_norm: bool
    matches: dict[str, bool]

    def match(self, pattern: re.Pattern[str]) -> bool:
        found = self.matches.get(pattern.pattern)
        if found is None:
            if len(self.matches) >= _MAX_MATCHES:
                self.matches.clear()
            found = self.matches[pattern.pattern] = pattern.search(self.text) is not None
        return found


class Workspace:
    """Open files by path, and what evaluating them taught.

    `cancelled` is asked now and then while evaluating; when it says yes, `Cancelled` is raised.
    """

    def __init__(self) -> None:
        self.cancelled: Callable[[], bool] = lambda: False
        self._files: dict[Path, SourceFile] = {}
        self._texts: dict[Path, str] = {}
        self._runner: Runner | None = None
        self._tracer: Runner | None = None
        self._surveyor: Runner | None = None
        self._words: dict[Path, _Words] = {}
        self._evaluations: dict[Path, Evaluation] = {}
        self._shared: set[Path] = set()
        self._absent: set[Path] = set()
        self._lent: dict[Path, set[Path]] = {}
        self._imports: dict[Path, set[Path]] = {}

    def open(self, path: Path, source: SourceText) -> SourceFile:
        """The file with this text; the same object as before while its text is the same."""
        path = path.absolute()
        file = self._files.get(path)
        if file is None or path in self._shared:
            if file is None or file.source != source:
                before = self._texts.get(path, source.text)
                if file is not None or path in self._absent or before != source.text:
                    # Something may have been concluded from what was there before.
                    self._reset()
                self._shared.discard(path)
                self._absent.discard(path)
                file = self._files[path] = SourceFile(path, source)
        elif file.source != source:
            self._changed(file, revise(file, source))
        return file

    def _changed(self, file: SourceFile, change: Change) -> None:
        """Keep of what was learnt what a change of a file cannot have touched."""
        if not change:
            return
        self._evaluations.clear()
        self._imports.pop(file.path, None)
        self._surveyor = None
        if self._runner is None and self._tracer is None:
            return
        pieces = [piece for file in self._files.values() for piece in file.pieces]
        if self._runner is not None:
            self._runner = self._without(self._runner, change, pieces, file.path)
        if self._tracer is not None:
            self._tracer = self._without(self._tracer, change, pieces, file.path)

    def _without(self, runner: Runner, change: Change, loaded: list[Piece], path: Path) -> Runner:
        """A runner that has forgotten what came through changed pieces, and the module that a file is.

        Where only the insides of functions are new that importing did not run, all that was imported is still right.
        """
        ev = runner.ev
        deep = [piece for piece in change.mended if ev.patched or ev.loader.ran_at_import(piece)]
        if change.removed or change.added or deep:
            touched = affected((*change.removed, *change.added, *deep), loaded)
            if ev.patched:  # by whom is not known
                ev = self._evaluator(tracing=ev.tracing)
            else:
                self._imports.update((gone, set(imports)) for gone, imports in ev.loader.purge(path).items())
                self._imports.pop(path, None)
            changed = runner.after(change, touched, ev)
        else:
            changed = Runner(ev, runner.results, runner.dropped)
        if path in runner.plans:
            changed.plans[path] = runner.plans[path]  # those of other files may have led to this one
        return changed

    def _reset(self) -> None:
        self._runner = self._tracer = self._surveyor = None
        self._evaluations.clear()
        self._imports.clear()

    def _evaluator(self, *, tracing: bool = False) -> Evaluator:
        ev = Evaluator(self.file, lambda: self.cancelled(), self._text)
        ev.tracing = tracing
        return ev

    def close(self, path: Path) -> None:
        """Forget what was said about a file: what is on disk counts from now on."""
        path = path.absolute()
        file = self._files.pop(path, None)
        self._texts.pop(path, None)
        if file is not None and (now := self.file(path)) is not None and now.source == file.source:
            self._files[path] = file
        else:
            self._reset()

    def dependencies(self, file: SourceFile) -> frozenset[Path]:
        """The other files that evaluating a file has read: what it imports, and what lent it entries."""
        found: set[Path] = set()
        if self._runner is None:
            return frozenset()
        waiting = [file.path, *self._lent.get(file.path, ())]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._imported(path)
        return frozenset(found - {file.path})

    def _imported(self, path: Path) -> set[Path]:
        """The files that a file was seen to import, by this runner or by one that was stopped."""
        assert self._runner is not None
        return self._imports.get(path, set()).union(self._runner.ev.loader.imported(path))

    def evaluate(self, file: SourceFile, entries: frozenset[str] | None = None, *, broad: bool = False) -> Evaluation:
        """What evaluating a file from its entries shows. The same answer until a file changes.

        With `entries`, only entries of these names are run; `broad`: every class is.
        """
        found = self._evaluations.get(file.path)
        if found is None:
            if self._runner is None:
                self._runner = Runner(self._evaluator())
            scope = self._runner.ev.loader.scope_of(file.path)
            assert scope is not None
            lent, self._lent[file.path] = self._lent.get(file.path, set[Path]()), set()
            try:
                found = self._evaluations[file.path] = evaluate(
                    self._runner, scope, partial(self._lenders, self._runner.ev.loader), entries, broad=broad
                )
            except Cancelled:
                # Modules may be half run; what complete entries have shown stays true, with what they have imported.
                self._imports.update((path, self._imported(path)) for path in self._runner.ev.loader.paths)
                self._runner = Runner(self._evaluator(), self._runner.results, self._runner.dropped)
                raise
            if found.borrowed_again:
                self._lent[file.path] |= lent
        return found

    def modules(self, file: SourceFile) -> list[Candidate]:
        """The nn.Module classes of a file, as ways into it: built with their defaults and run."""
        if self._tracer is None:
            self._tracer = Runner(self._evaluator(tracing=True))
        ev = self._tracer.ev
        scope = ev.loader.scope_of(file.path)
        assert scope is not None
        try:
            ev.loader.run(scope)
            return list(classes(ev, scope))
        except Cancelled:
            self._tracer = None  # modules may be half run
            raise

    def tour(self, file: SourceFile) -> Evaluation:
        """What building each module of a file and running it shows, the shapes that statements give included."""
        found = Evaluation(file)
        for candidate in self.modules(file):
            assert self._tracer is not None
            try:
                found.add(self._tracer.result(candidate))
            except Cancelled:
                self._tracer = None
                raise
        return found

    def survey(self, file: SourceFile) -> tuple[Evaluation, list[Node]]:
        """Evaluate a file from every entry there is. Also gives the calls in it that may construct a BatchNorm."""
        if self._surveyor is None:
            ev = self._evaluator()
            ev.surveying = True
            self._surveyor = Runner(ev)
        ev = self._surveyor.ev
        scope = ev.loader.scope_of(file.path)
        assert scope is not None
        self._lent.setdefault(file.path, set())
        result = evaluate(self._surveyor, scope, partial(self._lenders, ev.loader), thorough=True)
        return result, sites.of_file(ev, scope)

    def trial(self, file: SourceFile, text: str, entries: frozenset[str] | None = None) -> Evaluation | None:
        """What evaluating a file would show if it had this text; None where the text does not parse.

        With `entries`, only entries of these names are run.
        """
        changed = SourceFile(file.path, replace(file.source, text=text))
        if changed.problems:
            return None
        other = self.fork()
        other._files[file.path] = changed
        try:
            return other.evaluate(changed, entries, broad=entries is None)
        finally:
            file.forgotten.extend({p.fragment for p in changed.pieces} - {p.fragment for p in file.pieces})

    def fork(self) -> Workspace:
        """The same files, to be changed without changing these."""
        other = Workspace()
        other.cancelled = self.cancelled
        other._files = dict(self._files)
        other._shared = set(self._files)
        other._texts = self._texts
        other._words = self._words
        return other

    def _lenders(self, loader: Loader, file: SourceFile, names: Set[str], hint: re.Pattern[str] | None) -> Lend:
        """Who may lend entries to a file: files of the same package that use something by some names.

        Those whose text has a match of the hint, and names BatchNorm, come first, then those whose names weigh most;
        a name that many files use weighs little in each. A file that names no BatchNorm borrows from those that do, and
        where a parameter says which norm it is to be, only from those that say so.
        """
        either = names_batch_norm(file.source.text)
        others: list[tuple[int, Path, frozenset[str]]] = []
        for path in loader.package_files(file.path):
            if path == file.path:
                continue
            words = self._words_in(path)
            if either or words.batch_norm:
                hinted = hint is not None and not words.used.isdisjoint(names) and words.match(hint)
                if hinted or hint is None or either:
                    others.append((hinted + (hinted and words.batch_norm), path, words.used))

        def lend(names: Mapping[str, float]) -> Iterator[tuple[float, ModuleScope]]:
            sought = frozenset(names)
            uses = [(told, path, sought & words) for told, path, words in others if not sought.isdisjoint(words)]
            files = Counter(name for _, _, found in uses for name in found)
            ranked = sorted(
                (-told, -sum(names[name] / files[name] for name in found), path) for told, path, found in uses
            )
            for _, weight, path in ranked:
                scope = loader.scope_of(path)
                if scope is not None:
                    self._lent[file.path].add(path)
                    yield -weight, scope

        return lend

    def _words_in(self, path: Path) -> _Words:
        text = self._text(path)
        cached = self._words.get(path)
        if cached is None or cached.text is not text:
            # What has a definition of a name itself uses nobody else's.
            words = text.translate(_SPACES).split() if text.isascii() else _WORD.findall(text)
            used = frozenset(words).difference(_DEFINITION.findall(text))
            cached = self._words[path] = _Words(text, used, names_batch_norm(text), {})
        return cached

    def mentioned(self, file: SourceFile, pattern: re.Pattern[str]) -> bool:
        """Whether the text of another file of the same package has a match."""
        loader = self._evaluator().loader if self._runner is None else self._runner.ev.loader
        others = (path for path in loader.package_files(file.path) if path != file.path)
        return any(pattern.search(self._text(path)) for path in others)

    def _text(self, path: Path) -> str:
        file = self._files.get(path)
        if file is not None:
            return file.source.text
        text = self._texts.get(path)
        if text is None:
            try:
                # Not a pipe or a device: reading one may never end.
                text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            except OSError:
                text = ""
            self._texts[path] = text
        return text

    def file(self, path: Path) -> SourceFile | None:
        """The file behind a path, as it is open or on disk; None where it cannot be read."""
        path = path.absolute()
        file = self._files.get(path)
        if file is None:
            if not path.is_file():
                self._absent.add(path)
                return None
            try:
                file = SourceFile(path, SourceText.decode(path.read_bytes()))
            except (OSError, UndecodableSource):
                self._absent.add(path)
                return None
            self._files[path] = file
        return file
