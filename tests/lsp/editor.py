"""A real `bn-lint server` process on each editor's capabilities, and what the tests say to it."""

from __future__ import annotations

import asyncio
import os
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound
from pygls.lsp.client import LanguageClient

pytest_lsp = pytest.importorskip("pytest_lsp")

# For a test of what does not depend on the editor.
only_vscode = pytest.mark.parametrize("running", ["vscode"], indirect=True)

PROFILES = ("vscode", "neovim", "emacs")


def capabilities(profile: str) -> t.ClientCapabilities:
    """What an editor of today announces. pytest-lsp's VS Code is of 2022: pull and notebooks are added."""
    if profile == "neovim":
        return pytest_lsp.client_capabilities("neovim@0.11")
    if profile == "emacs":
        return pytest_lsp.client_capabilities("emacs")
    found = pytest_lsp.client_capabilities("visual-studio-code")
    found.text_document.diagnostic = t.DiagnosticClientCapabilities(dynamic_registration=True)
    found.workspace.diagnostics = t.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    found.workspace.inlay_hint = t.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    found.workspace.code_lens = t.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    synchronization = t.NotebookDocumentSyncClientCapabilities()
    found.notebook_document = t.NotebookDocumentClientCapabilities(synchronization=synchronization)
    found.experimental = {"askInput": True}  # announced by vscode-extension
    return found


class Editor:
    """One editor with its server: opens texts, types, asks. Diagnostics are pulled or awaited, as it can."""

    def __init__(self, client: LanguageClient, folder: Path, profile: str) -> None:
        self.client = client
        self.folder = folder
        self.profile = profile
        self.server: t.InitializeResult
        self.published: dict[str, t.PublishDiagnosticsParams] = {}
        self.publications: list[t.PublishDiagnosticsParams] = []
        self.messages: list[str] = []
        self.logged: list[str] = []
        self.traced: list[t.LogTraceParams] = []
        self.registered: list[str] = []
        self.refreshes: list[str] = []
        self.settings: dict[str | None, Any] = {}
        self.applied: list[t.ApplyWorkspaceEditParams] = []
        self.progress: dict[Any, list[Any]] = {}
        self.refuses_progress = False
        self.asked_for_settings = 0
        self.questions: list[Any] = []
        self.answer: str | None = None
        self.texts: dict[str, tuple[int, str]] = {}
        self._news = asyncio.Event()
        self._handlers()

    def _handlers(self) -> None:
        client = self.client

        @client.feature(t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: t.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self.publications.append(params)
            self._news.set()

        @client.feature(t.WINDOW_SHOW_MESSAGE)
        def show(params: t.ShowMessageParams) -> None:
            self.messages.append(params.message)
            self._news.set()

        @client.feature(t.WINDOW_LOG_MESSAGE)
        def log(params: t.LogMessageParams) -> None:
            self.logged.append(params.message)
            self._news.set()

        @client.feature(t.LOG_TRACE)
        def trace(params: t.LogTraceParams) -> None:
            self.traced.append(params)

        @client.feature(t.CLIENT_REGISTER_CAPABILITY)
        def register(params: t.RegistrationParams) -> None:
            self.registered += [one.method for one in params.registrations]

        @client.feature(t.WORKSPACE_CONFIGURATION)
        def configuration(params: t.ConfigurationParams) -> list[Any]:
            self.asked_for_settings += 1
            self._news.set()
            return [self.settings.get(item.scope_uri, self.settings.get(None)) for item in params.items]

        @client.feature(t.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(params: t.WorkDoneProgressCreateParams) -> None:
            if self.refuses_progress:
                raise JsonRpcMethodNotFound
            self.progress[params.token] = []

        @client.feature(t.PROGRESS)
        def report(params: t.ProgressParams) -> None:
            self.progress.setdefault(params.token, []).append(params.value)
            self._news.set()

        @client.feature(t.WORKSPACE_APPLY_EDIT)
        def apply(params: t.ApplyWorkspaceEditParams) -> t.ApplyWorkspaceEditResult:
            self.applied.append(params)
            return t.ApplyWorkspaceEditResult(applied=True)

        @client.feature("bn-lint/askInput")
        def ask(params: Any) -> str | None:
            self.questions.append(params)
            return self.answer

        for method in (t.WORKSPACE_DIAGNOSTIC_REFRESH, t.WORKSPACE_INLAY_HINT_REFRESH, t.WORKSPACE_CODE_LENS_REFRESH):
            self._count_refreshes(method)

    def _count_refreshes(self, method: str) -> None:
        @self.client.feature(method)
        def refresh(params: Any = None) -> None:
            self.refreshes.append(method)
            self._news.set()

    def fresh(self, folder: Path) -> None:
        """Close everything and forget what the server has said."""
        for uri in self.texts:
            self.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri)))
        self.folder = folder
        self.progress.clear()
        for memory in (self.published, self.publications, self.messages, self.refreshes, self.applied, self.texts):
            memory.clear()
        self.questions.clear()
        self.logged.clear()

    async def ask(self, method: str, params: Any) -> int | None:
        """Send a request as it is, right or wrong. The code of the error that is answered; None for a result."""
        protocol, number, answer = self.client.protocol, str(uuid4()), Future[Any]()
        protocol._request_futures[number] = answer
        protocol._send_data({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        try:
            await asyncio.wait_for(asyncio.wrap_future(answer), 30)
        except JsonRpcException as error:
            return error.code
        return None

    @property
    def pulls(self) -> bool:
        return self.server.capabilities.diagnostic_provider is not None

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str, *, write: bool = False) -> str:
        """Open a text under a name of the workspace folder; returns its URI."""
        uri = name if ":" in name else self.uri(name)
        if write:
            (self.folder / name).write_bytes(text.encode())
        self.texts[uri] = (1, text)
        self.client.text_document_did_open(t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text)))
        return uri

    def change(self, uri: str, text: str) -> None:
        """Replace the whole text."""
        self.send(uri, text, [t.TextDocumentContentChangeWholeDocument(text)])

    def send(self, uri: str, text: str, changes: list[t.TextDocumentContentChangeEvent]) -> None:
        """Say that the text is now another, by these changes."""
        version = self.texts[uri][0] + 1
        self.texts[uri] = (version, text)
        self.published.pop(uri, None)
        identifier = t.VersionedTextDocumentIdentifier(version=version, uri=uri)
        self.client.text_document_did_change(t.DidChangeTextDocumentParams(identifier, changes))

    def replace(self, uri: str, old: str, new: str) -> None:
        """Replace one occurrence of a text, as an incremental edit in the client's units."""
        text = self.texts[uri][1]
        index = text.index(old)
        place = t.Range(self.position(text, index), self.position(text, index + len(old)))
        self.send(uri, text.replace(old, new, 1), [t.TextDocumentContentChangePartial(range=place, text=new)])

    def position(self, text: str, index: int) -> t.Position:
        """The client's position of an index into a text."""
        before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
        line = before.rpartition("\n")[2]
        encoding = self.server.capabilities.position_encoding or "utf-16"
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
        width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        return t.Position(before.count("\n"), len(line.encode(codec)) // width)

    async def until(self, condition: Any, what: str) -> None:
        """Wait for something that the server's messages bring about."""
        async with asyncio.timeout(60) if sys.version_info >= (3, 11) else _NoTimeout():
            while not condition():
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), 1)
                except asyncio.TimeoutError:
                    if self.client.stopped:
                        raise AssertionError(f"the server ended while waiting for {what}") from None

    async def diagnostics(self, uri: str) -> list[t.Diagnostic]:
        """The diagnostics of the present version."""
        if self.pulls:
            report = await self.pull(uri)
            assert isinstance(report, t.RelatedFullDocumentDiagnosticReport)
            return list(report.items)
        version = self.texts[uri][0]
        await self.until(
            lambda: uri in self.published and self.published[uri].version == version, f"diagnostics of {uri}"
        )
        return list(self.published[uri].diagnostics)

    async def pull(self, uri: str, previous: str | None = None) -> t.DocumentDiagnosticReport:
        return await self.client.text_document_diagnostic_async(
            t.DocumentDiagnosticParams(t.TextDocumentIdentifier(uri), previous_result_id=previous)
        )

    async def actions(
        self, uri: str, place: t.Range, diagnostics: list[t.Diagnostic], only: list[Any] | None = None
    ) -> list[t.CodeAction]:
        found = await self.client.text_document_code_action_async(
            t.CodeActionParams(t.TextDocumentIdentifier(uri), place, t.CodeActionContext(diagnostics, only=only))
        )
        return [one for one in found or [] if isinstance(one, t.CodeAction)]

    async def resolved(self, action: t.CodeAction) -> t.CodeAction:
        return action if action.edit is not None else await self.client.code_action_resolve_async(action)

    def after(self, uri: str, edit: t.WorkspaceEdit) -> str:
        """A document's text after an edit, applied as an editor would: versions are checked."""
        edits: list[t.TextEdit] = []
        for change in edit.document_changes or ():
            assert isinstance(change, t.TextDocumentEdit)
            if change.text_document.uri == uri:
                assert change.text_document.version == self.texts[uri][0]
                edits += [one for one in change.edits if isinstance(one, t.TextEdit)]
        edits += (edit.changes or {}).get(uri, ())
        assert edits
        text = self.texts[uri][1]
        spans = [(self.index(text, e.range.start), self.index(text, e.range.end), e.new_text) for e in edits]
        for start, end, new in sorted(spans, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def index(self, text: str, position: t.Position) -> int:
        return next(i for i in range(len(text) + 1) if self.position(text, i) == position)


class _NoTimeout:
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


async def start(
    folder: Path,
    profile: str = "vscode",
    *,
    options: Any = None,
    change: Any = None,
    folders: list[Path] | None = None,
    settings: Any = None,
    path: list[Path] | None = None,
    arguments: list[str] | None = None,
) -> Editor:
    """Start a server and introduce an editor. `change` may alter the capabilities before; `path` adds to Python's."""
    client = LanguageClient(profile, "1")
    editor = Editor(client, folder, profile)
    editor.settings[None] = settings
    announced = capabilities(profile)
    if change is not None:
        change(announced)
    parts = [*map(str, path or []), *filter(None, [os.environ.get("PYTHONPATH")])]
    await client.start_io(
        sys.executable,
        *("-m", "bn_lint", "server", "--log-file", str(folder / "server.log"), *(arguments or [])),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(parts)},
    )
    editor.server = await client.initialize_async(
        t.InitializeParams(
            capabilities=announced,
            root_uri=folder.as_uri(),
            initialization_options=options,
            workspace_folders=[t.WorkspaceFolder(one.as_uri(), one.name) for one in folders or [folder]],
        )
    )
    client.initialized(t.InitializedParams())
    return editor


async def stop(editor: Editor) -> None:
    """Shut the server down; its exit status must be 0."""
    await editor.client.shutdown_async(None)
    editor.client.exit(None)
    process = editor.client._server
    if process is not None:
        await asyncio.wait_for(process.wait(), 30)
        assert process.returncode == 0
    await editor.client.stop()
