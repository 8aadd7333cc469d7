"""Diagnostics: pulled by clients that can be told to pull again, pushed to all others."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from urllib.parse import unquote

from lsprotocol import types as t

from bn_lint.lsp import convert
from bn_lint.lsp.analysis import Analysis, digest
from bn_lint.lsp.features import workspace
from bn_lint.lsp.programs import Program, open_programs, path_of
from bn_lint.lsp.server import BnLintServer

# Seconds that a text must have been left alone before it is analysed: longer than a burst of edits takes to arrive,
# shorter than anybody notices. Typing on stops an analysis that has begun.
DEBOUNCE = 0.015
# Seconds before a client that pulls is asked to pull again what depends on an edited file.
REFRESH_AFTER = 0.3


def register(server: BnLintServer) -> None:
    pulls = server.client_can("text_document.diagnostic") and server.client_can("workspace.diagnostics.refresh_support")
    feature = PullDiagnostics(server) if pulls else PushDiagnostics(server)
    server.diagnostics = feature

    @server.feature(t.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: t.DidOpenTextDocumentParams) -> None:
        feature.edited(params.text_document.uri)

    @server.feature(t.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: t.DidChangeTextDocumentParams) -> None:
        feature.edited(params.text_document.uri)

    @server.feature(t.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: t.DidSaveTextDocumentParams) -> None:
        feature.edited(params.text_document.uri, saved=True)

    @server.feature(t.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: t.DidCloseTextDocumentParams) -> None:
        feature.closed(params.text_document.uri, [params.text_document.uri])

    @server.feature(t.NOTEBOOK_DOCUMENT_DID_OPEN)
    def notebook_did_open(params: t.DidOpenNotebookDocumentParams) -> None:
        feature.edited(params.notebook_document.uri)

    @server.feature(t.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def notebook_did_change(params: t.DidChangeNotebookDocumentParams) -> None:
        cells = params.change.cells
        structure = None if cells is None else cells.structure
        gone = [] if structure is None else [cell.uri for cell in structure.did_close or []]
        feature.edited(params.notebook_document.uri, gone=gone)

    @server.feature(t.NOTEBOOK_DOCUMENT_DID_SAVE)
    def notebook_did_save(params: t.DidSaveNotebookDocumentParams) -> None:
        feature.edited(params.notebook_document.uri, saved=True)

    @server.feature(t.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def notebook_did_close(params: t.DidCloseNotebookDocumentParams) -> None:
        feature.closed(params.notebook_document.uri, [cell.uri for cell in params.cell_text_documents])


class Diagnostics(ABC):
    """What pushing and pulling have in common: which analyses an edit makes stale."""

    def __init__(self, server: BnLintServer) -> None:
        self.server = server
        self._told: set[str] = set()

    def edited(self, uri: str, *, saved: bool = False, gone: list[str] | None = None) -> None:
        """A document was opened, changed or saved; the documents `gone` are no part of it any more."""
        program = self.server.program(uri)
        if program is None:
            return
        if program.too_large and uri not in self._told:
            self._told.add(uri)
            self.server.log(f"{program.path.name}: not analysed, since it has {len(program.source.text):,} characters")
        self._move_verified(program)
        dependents = [] if saved else self.server.analyst.changed(program)
        self.outdated([program.uri], dependents, gone or [])

    def _move_verified(self, program: Program) -> None:
        known = self.server.verified.get(unquote(program.uri))
        if known is not None:
            moved = self.server.verified[unquote(program.uri)] = known.moved(program.source, program.codec)
            if moved.items != known.items:
                self.verified([program.uri])

    def verified_items(self, uri: str) -> list[t.Diagnostic]:
        """What verify has found in a document."""
        known = self.server.verified.get(unquote(uri))
        return [] if known is None else known.items

    @abstractmethod
    def verified(self, documents: list[str]) -> None:
        """Show what verify has found in documents, or that it has nothing more to say about them."""

    def closed(self, uri: str, documents: list[str]) -> None:
        """A document or notebook was closed."""
        self._told.discard(uri)
        self.outdated([], self.server.analyst.closed(uri, path_of(uri)), documents)

    def refresh(self) -> None:
        """Everything may have changed: the settings have."""
        self.outdated([program.uri for program in open_programs(self.server.workspace)], [], [])

    @abstractmethod
    def outdated(self, edited: list[str], dependents: list[str], gone: list[str]) -> None:
        """Show anew what was edited and what depends on it; show nothing for the documents that are gone."""

    def publish(self, uri: str, version: int | None, items: list[t.Diagnostic]) -> None:
        """Push diagnostics."""
        self.server.text_document_publish_diagnostics(t.PublishDiagnosticsParams(uri, items, version))

    def items(self, analysis: Analysis) -> dict[str, list[t.Diagnostic]]:
        """What to show of an analysis, by document; every document of the program is in it."""
        enabled = self.server.configuration.client(analysis.program.path).enable
        return {uri: items if enabled else [] for uri, items in analysis.items.items()}


class PushDiagnostics(Diagnostics):
    """textDocument/publishDiagnostics after every edit."""

    def __init__(self, server: BnLintServer) -> None:
        super().__init__(server)
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def outdated(self, edited: list[str], dependents: list[str], gone: list[str]) -> None:
        for uri in gone:
            self._show(uri, None, [])
        for uri in dict.fromkeys([*edited, *dependents]):
            before = self._waiting.get(uri)
            if before is not None:
                before.cancel()
            self._waiting[uri] = self.server.background(self._analyse(uri))

    def closed(self, uri: str, documents: list[str]) -> None:
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()
        super().closed(uri, documents)

    async def _analyse(self, uri: str) -> None:
        await asyncio.sleep(DEBOUNCE)
        analysis = await self.server.newest(uri)
        if analysis is not None:
            versions = {part.uri: part.version for part in analysis.program.parts}
            for document, items in self.items(analysis).items():
                self._show(document, versions[document], items)

    def _show(self, uri: str, version: int | None, items: list[t.Diagnostic]) -> None:
        # Pushing replaces all that this server has said about a document.
        self.publish(uri, version, [*items, *self.verified_items(uri)])

    def verified(self, documents: list[str]) -> None:
        for uri in documents:
            program = self.server.program(uri)
            if program is None:
                self._show(uri, None, [])
            else:
                self.outdated([program.uri], [], [])


class PullDiagnostics(Diagnostics):
    """textDocument/diagnostic, with result ids that stay the same while the answer does."""

    def __init__(self, server: BnLintServer) -> None:
        super().__init__(server)
        self._refreshing: asyncio.Task[None] | None = None

        @server.feature(
            t.TEXT_DOCUMENT_DIAGNOSTIC,
            t.DiagnosticOptions(identifier=convert.SOURCE, inter_file_dependencies=True, workspace_diagnostics=True),
        )
        async def pull(params: t.DocumentDiagnosticParams) -> t.DocumentDiagnosticReport:
            return await self.pull(params.text_document.uri, params.previous_result_id)

        @server.feature(t.WORKSPACE_DIAGNOSTIC)
        async def pull_all(params: t.WorkspaceDiagnosticParams) -> t.WorkspaceDiagnosticReport:
            return await workspace.pull(server, params)

    async def pull(self, uri: str, previous: str | None) -> t.DocumentDiagnosticReport:
        """The report of one document, `unchanged` where the client has the same already."""
        await asyncio.sleep(DEBOUNCE)
        analysis = await self.server.newest(uri)
        items = [] if analysis is None else _of(self.items(analysis), uri)
        result_id = digest(items)
        if previous == result_id:
            return t.RelatedUnchangedDocumentDiagnosticReport(result_id)
        return t.RelatedFullDocumentDiagnosticReport(items, result_id=result_id)

    def outdated(self, edited: list[str], dependents: list[str], gone: list[str]) -> None:
        if dependents or not edited:
            self._refresh()

    def refresh(self) -> None:
        self._refresh()

    def verified(self, documents: list[str]) -> None:
        # What is pushed stands beside what is pulled.
        for uri in documents:
            self.publish(uri, None, self.verified_items(uri))

    def _refresh(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._refreshing = self.server.background(self._ask())

    async def _ask(self) -> None:
        await asyncio.sleep(REFRESH_AFTER)
        await self.server.workspace_diagnostic_refresh_async(None)


def _of(found: dict[str, list[t.Diagnostic]], uri: str) -> list[t.Diagnostic]:
    key = unquote(uri)
    for document, items in found.items():
        if unquote(document) == key:
            return items
    return []
