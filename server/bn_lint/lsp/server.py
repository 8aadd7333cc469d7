"""The language server: pygls with its defects worked round, and one module a feature."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from lsprotocol import types as t
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

from bn_lint import __version__
from bn_lint.engine.errors import UserError
from bn_lint.lsp.analysis import Analysis, Analyst, Stale
from bn_lint.lsp.configuration import Configuration
from bn_lint.lsp.documents import create_document
from bn_lint.lsp.programs import Program, open_programs, program_of
from bn_lint.lsp.protocol import CheckedProtocol
from bn_lint.lsp.replay import recording
from bn_lint.lsp.verified import Findings
from bn_lint.model.workspace import Workspace
from bn_lint.source.tree import SourceFile

_log = logging.getLogger(__name__)

T = TypeVar("T")

_NOTEBOOK_TYPES = ("jupyter-notebook", "interactive")


class DiagnosticsFeature(Protocol):
    """What other features ask of the one that shows diagnostics."""

    def refresh(self) -> None:
        """Show everything anew."""

    def outdated(self, edited: list[str], dependents: list[str], gone: list[str]) -> None:
        """Show anew what was edited and what depends on it; show nothing for the documents that are gone."""

    def verified(self, documents: list[str]) -> None:
        """Show what verify has found in documents, or that it has nothing more to say about them."""


class BnLintServer(LanguageServer):
    """One client's server."""

    def __init__(self) -> None:
        python = [t.NotebookCellLanguage(language="python")]
        selectors = [t.NotebookDocumentFilterWithNotebook(notebook=n, cells=python) for n in _NOTEBOOK_TYPES]
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            name="bn-lint",
            version=__version__,
            text_document_sync_kind=t.TextDocumentSyncKind.Incremental,
            protocol_cls=CheckedProtocol,
            notebook_document_sync=t.NotebookDocumentSyncOptions(notebook_selector=selectors, save=True),
        )
        self.analyst = Analyst()
        self.configuration = Configuration(self.warn)
        self.initialization_options: Any = None
        self.workspace_shown: set[str] = set()
        self.verified: dict[str, Findings] = {}
        self.verify_inputs: dict[tuple[Path, str], list[str]] = {}
        self.diagnostics: DiagnosticsFeature | None = None
        self._background: set[asyncio.Task[Any]] = set()

    def client_can(self, capability: str) -> bool:
        """Whether the client has announced something, by its dotted name in snake case."""
        return bool(get_capability(self.client_capabilities, capability, False))

    def program(self, uri: str) -> Program | None:
        """The open program that a document belongs to."""
        return program_of(self.workspace, uri)

    async def analysis(self, program: Program) -> Analysis:
        """The analysis of a program under the settings that hold for it. Raises Stale."""
        start, known = time.perf_counter(), self.analyst.latest(program)
        analysis = await self.analyst.analyse(program, self.configuration.settings(program.path))
        if analysis is not known:
            found = analysis.report.diagnostics
            told = f"analysed {program.path.name} in {(time.perf_counter() - start) * 1000:.0f} ms"
            self.trace(told, "\n".join([f"{len(found)} findings", *(f"{d.start.line}: {d.code}" for d in found)]))
        return analysis

    def trace(self, message: str, verbose: str) -> None:
        """Tell a client that has set trace what is being done."""
        level = self.protocol.trace
        if level != t.TraceValue.Off:
            self.log_trace(t.LogTraceParams(message, verbose if level == t.TraceValue.Verbose else None))

    async def newest(self, uri: str) -> Analysis | None:
        """The analysis of what a document says when it is finished; None where it has been closed."""
        while True:
            program = self.program(uri)
            if program is None:
                return None
            try:
                analysis = await self.analysis(program)
            except Stale:
                continue
            now = self.program(uri)
            if now is None or now.source is program.source or now.source == program.source:
                return analysis

    async def with_file(self, program: Program, work: Callable[[SourceFile, Workspace], T]) -> T | None:
        """Do something with the evaluated file behind a program; None where the program is not what it was any more."""
        workspace = self.analyst.workspace

        def run() -> T:
            return work(workspace.open(program.path, program.source), workspace)

        if program.too_large:
            return None
        try:
            return await self.analyst.run(run)
        except Stale:
            return None

    def settings_changed(self) -> None:
        """Whatever is shown was found under other settings."""
        if self.diagnostics is not None:
            self.diagnostics.refresh()
        self.refresh_knowledge()

    def refresh_knowledge(self) -> None:
        """Let the client ask again for inlay hints and code lenses."""
        if self.client_can("workspace.inlay_hint.refresh_support"):
            self.background(self.workspace_inlay_hint_refresh_async(None))
        if self.client_can("workspace.code_lens.refresh_support"):
            self.background(self.workspace_code_lens_refresh_async(None))

    def files_changed(self, paths: Iterable[Path]) -> None:
        """Files on disk have changed; those that are open count as the client shows them."""
        is_open = {program.path for program in open_programs(self.workspace)}
        dependents = [uri for path in paths if path not in is_open for uri in self.analyst.forget_file(path)]
        if dependents and self.diagnostics is not None:
            self.diagnostics.outdated([], dependents, [])

    def background(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine beside the present handler; what it raises is logged."""
        task = asyncio.ensure_future(work)
        self._background.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._background.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                self.report_server_error(error, type(error))

        task.add_done_callback(done)
        return task

    def log(self, message: str) -> None:
        """Write a line into the log and into the client's."""
        _log.warning("%s", message)
        self.window_log_message(t.LogMessageParams(t.MessageType.Warning, message))

    def warn(self, message: str) -> None:
        """Tell the user something that only the user can mend."""
        _log.warning("%s", message)
        self.window_show_message(t.ShowMessageParams(t.MessageType.Warning, f"bn-lint: {message}"))

    def report_server_error(self, error: BaseException, source: Any) -> None:
        """pygls would open a window for every failed notification; one line in the log is what helps."""
        told = " ".join(str(error).split())[:500]
        _log.error("%s: %s", getattr(source, "__name__", source), told)
        _log.debug("", exc_info=error)


def create_server() -> BnLintServer:
    """A server with all features."""
    from bn_lint.lsp.features import REGISTER

    server = BnLintServer()

    @server.feature(t.INITIALIZE)
    def initialize(params: t.InitializeParams) -> None:  # pyright: ignore[reportUnusedFunction]
        workspace = server.workspace
        workspace._create_text_document = partial(create_document, workspace.position_codec)
        server.initialization_options = params.initialization_options
        server.protocol.trace = params.trace or t.TraceValue.Off
        for register in REGISTER:
            register(server)

    @server.feature(t.SHUTDOWN)
    def shutdown(params: Any = None) -> None:  # pyright: ignore[reportUnusedFunction]
        # pygls cancels while it iterates over the same dictionary; cancelled futures are skipped there.
        protocol = server.protocol
        for number, future in list(protocol._request_futures.items()):
            if number != protocol.msg_id and not future.done():
                future.cancel()
        server.analyst.close()

    return server


def serve_stdio(record: Path | None = None) -> bool:
    """Answer one client over standard input and output. Whether it said shutdown before it left.

    `record` is where to keep what it says. Raises UserError where that cannot be written.
    """
    # The protocol gets the pipes for itself: a stray print must not end up between two messages.
    reading: BinaryIO = os.fdopen(os.dup(0), "rb")
    writing = os.fdopen(os.dup(1), "wb")
    if record is not None:
        reading = recording(reading, record)
    os.dup2(2, 1)
    server = create_server()
    server.start_io(reading, writing)
    return server.protocol._shutdown


def serve_tcp(host: str, port: int) -> bool:
    """Wait for a client on a port and answer it. Raises UserError where the port is not free."""
    server = create_server()
    try:
        server.start_tcp(host, port)
    except OSError as error:
        raise UserError(f"--tcp {host}:{port}: cannot listen there: {error.strerror or error}") from None
    except SystemExit:  # how pygls leaves a TCP session
        pass
    return server.protocol._shutdown
