"""Analyses: one for each text, in the engine's thread, cancelled when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lsprotocol import types as t

from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.discovery import excluded
from bn_lint.engine.settings import Settings
from bn_lint.lsp import convert
from bn_lint.lsp.programs import Program
from bn_lint.lsp.scheduler import Rank, Scheduler
from bn_lint.model.frame import Cancelled
from bn_lint.model.workspace import Workspace
from bn_lint.source.relevance import may_matter
from bn_lint.source.tree import Fragment, fragments

T = TypeVar("T")


@dataclass(frozen=True)
class Analysis:
    """What the engine says about one version of one program.

    `items` are its diagnostics by document, in the terms of the protocol; every document of the program is in it.
    `depends` are the other files that the engine looked at.
    """

    program: Program
    report: FileReport
    items: dict[str, list[t.Diagnostic]]
    depends: frozenset[Path] = frozenset()


class Stale(Exception):
    """The text has changed, or nobody waits: the analysis was stopped."""


@dataclass(eq=False)
class _Job:
    program: Program
    settings: Settings
    started: int
    future: asyncio.Future[Analysis]
    cancel: threading.Event
    waiters: int = 0


class Analyst:
    """Runs analyses. Everything but `workspace` belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self._edited: dict[str, Program] = {}
        self._jobs: dict[str, _Job] = {}
        self._parsed: set[str] = set()
        self._begun: dict[str, list[Fragment]] = {}
        self._clock = 0
        self._changed: dict[Path, int] = {}
        self._readers: defaultdict[Path, set[str]] = defaultdict(set)
        self._scheduler = Scheduler()
        self.workspace.cancelled = self._scheduler.interrupted

    def latest(self, program: Program) -> Analysis | None:
        """The finished analysis of exactly this text, if there is one."""
        job = self._jobs.get(program.uri)
        if job is None or not _finished(job.future) or not _same(job.program, program):
            return None
        return job.future.result()

    async def analyse(self, program: Program, settings: Settings) -> Analysis:
        """The analysis of a program; shared by all who ask for the same text. Raises Stale."""
        job = self._jobs.get(program.uri)
        if job is None or job.settings is not settings or not _same(job.program, program) or not self._holds(job):
            if job is not None:
                job.cancel.set()
            job = self._start(program, settings)
        job.waiters += 1
        try:
            analysis = await asyncio.shield(job.future)
            for path in analysis.depends:
                self._readers[path].add(program.uri)
            if not self._holds(job):
                raise Stale
            return analysis
        except Cancelled:
            raise Stale from None
        finally:
            job.waiters -= 1
            if not job.waiters and not job.future.done():
                job.cancel.set()

    async def analyse_closed(self, program: Program, settings: Settings) -> Analysis | None:
        """The analysis of a file that is not open; None where it was stopped."""
        self._send_edits()
        try:
            return await self.run(lambda: self._analyse(program, settings), Rank.BACKGROUND)
        except Stale:
            return None

    def _holds(self, job: _Job) -> bool:
        """Whether a job's answer is, or will be, what a new one would answer."""
        if not job.future.done():
            return not job.cancel.is_set()
        if not _finished(job.future):
            return False
        depends = job.future.result().depends
        return all(self._changed.get(path, 0) <= job.started for path in depends)

    def _start(self, program: Program, settings: Settings) -> _Job:
        cancel = threading.Event()
        self._send_edits()
        future = self._submit(Rank.ANALYSIS, cancel, lambda: self._analyse(program, settings))
        job = self._jobs[program.uri] = _Job(program, settings, self._clock, future, cancel)
        return job

    def _send_edits(self) -> None:
        """Let the workspace know the texts that have changed, before anything else is done with it."""
        edits = [program for program in self._edited.values() if not program.too_large]
        self._edited.clear()
        if edits:

            def send() -> None:
                for program in edits:
                    self.workspace.open(program.path, program.source)

            self._scheduler.submit(Rank.QUESTION, send)

    def changed(self, program: Program) -> list[str]:
        """A program has another text than before. Returns the documents and notebooks that depend on it."""
        self._edited[program.uri] = program
        job = self._jobs.get(program.uri)
        if job is not None and not job.future.done():
            job.cancel.set()
        return self.file_changed(program.path)

    def file_changed(self, path: Path) -> list[str]:
        """A file has another text than before. Returns the documents and notebooks that depend on it."""
        self._clock += 1
        self._changed[path] = self._clock
        readers = {uri for uri in self._readers.pop(path, ()) if self._reads(uri, path)}
        if readers:
            self._readers[path] = readers
        return list(readers)

    def _reads(self, uri: str, path: Path) -> bool:
        """Whether a document's analysis has read a file. What is not finished yet is judged when it is."""
        job = self._jobs.get(uri)
        return job is not None and _finished(job.future) and path in job.future.result().depends

    def closed(self, uri: str, path: Path) -> list[str]:
        """A program was closed: what is on disk counts. Returns the documents and notebooks that depend on it."""
        self._edited.pop(uri, None)
        self._parsed.discard(uri)
        self._begun.pop(uri, None)
        job = self._jobs.pop(uri, None)
        if job is not None:
            job.cancel.set()
        return self.forget_file(path)

    def forget_file(self, path: Path) -> list[str]:
        """A file that is not open has changed on disk. Returns the documents and notebooks that depend on it."""
        self._scheduler.submit(Rank.QUESTION, lambda: self.workspace.close(path))
        return self.file_changed(path)

    async def run(self, work: Callable[[], T], rank: Rank = Rank.QUESTION) -> T:
        """Do something with the workspace in the engine's thread. Stops when the caller is cancelled."""
        cancel = threading.Event()
        try:
            return await asyncio.shield(self._submit(rank, cancel, work))
        except asyncio.CancelledError:
            cancel.set()
            raise
        except Cancelled:
            raise Stale from None

    def close(self) -> None:
        """Stop everything; returns at once."""
        for job in self._jobs.values():
            job.cancel.set()
        self._scheduler.close()

    def _submit(self, rank: Rank, cancel: threading.Event, work: Callable[[], T]) -> asyncio.Future[T]:
        future = asyncio.wrap_future(self._scheduler.submit(rank, work, cancel))
        future.add_done_callback(_consume)
        return future

    def _analyse(self, program: Program, settings: Settings) -> Analysis:
        """In the engine's thread."""
        items: dict[str, list[t.Diagnostic]] = {part.uri: [] for part in program.parts}
        if program.too_large or excluded(program.path, settings):
            return Analysis(program, FileReport(program.path, program.source, ()), items)
        if program.uri not in self._parsed:
            self._parse(program)
            self._parsed.add(program.uri)
        report = check_source(program.path, program.source, settings, self.workspace)
        for found in report.diagnostics:
            part, item = convert.diagnostic(found, program, self.workspace)
            items[part.uri].append(item)
        self._begun.pop(program.uri, None)  # the file has them now
        file = self.workspace.open(program.path, program.source)
        return Analysis(program, report, items, self.workspace.dependencies(file))

    def _parse(self, program: Program) -> None:
        """Parse a text for the first time, which can be interrupted: what is parsed stays known."""
        if may_matter(program.source.text):
            parsed: list[Fragment] = []
            try:
                for _, fragment in fragments(program.source.text):
                    parsed.append(fragment)
                    if self.workspace.cancelled():
                        raise Cancelled
            finally:
                self._begun[program.uri] = parsed


def _same(a: Program, b: Program) -> bool:
    return a.source is b.source or (a.source == b.source and a.parts == b.parts)


def _finished(future: asyncio.Future[Analysis]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _consume(future: asyncio.Future[T]) -> None:
    # Whoever waited has been told; nobody may be left to.
    if not future.cancelled():
        future.exception()


def digest(items: Iterable[t.Diagnostic]) -> str:
    """A name for what a client shows of diagnostics: all but the version that their edits are for."""
    told = [(d.range, d.severity, d.code, d.message, d.tags, d.related_information) for d in items]
    return hashlib.blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
