"""The whole workspace on demand: `workspace/diagnostic` for clients that pull, a command for all.

Nothing is walked before somebody asks: with the setting `bn-lint.workspaceDiagnostics`, or by the command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from lsprotocol import types as t

from bn_lint.engine.check import read_source
from bn_lint.engine.discovery import discover
from bn_lint.engine.errors import UserError
from bn_lint.lsp.analysis import Analysis, digest
from bn_lint.lsp.programs import closed_program, open_programs, path_of
from bn_lint.lsp.progress import Progress
from bn_lint.lsp.server import BnLintServer

COMMAND = "bn-lint.checkWorkspace"

_Report: TypeAlias = "t.WorkspaceFullDocumentDiagnosticReport | t.WorkspaceUnchangedDocumentDiagnosticReport"


def register(server: BnLintServer) -> None:
    @server.command(COMMAND)
    async def check() -> dict[str, int]:
        return await _check(server)


async def pull(server: BnLintServer, params: t.WorkspaceDiagnosticParams) -> t.WorkspaceDiagnosticReport:
    """The report on every file, in pieces as they come where the client has given a token for that."""
    folders = [f for f in _folders(server) if server.configuration.client(f / "_").workspace_diagnostics]
    known = {unquote(previous.uri): previous.value for previous in params.previous_result_ids}
    reports: list[_Report] = []
    if not folders:
        return t.WorkspaceDiagnosticReport(reports)
    async with Progress(server, "Checking the workspace", lambda: None, params.work_done_token) as progress:
        async for done, total, analysis in _analyses(server, folders):
            progress.report(f"{done} of {total}", 100 * done // total)
            some = _reports(server, analysis, known)
            if params.partial_result_token is None:
                reports += some
            elif some:
                part = t.WorkspaceDiagnosticReportPartialResult(some)
                server.progress(t.ProgressParams(params.partial_result_token, part))
    return t.WorkspaceDiagnosticReport(reports)


async def _check(server: BnLintServer) -> dict[str, int]:
    """Push what is found in the files that are not open; those that are open show it already."""
    is_open = {program.path for program in open_programs(server.workspace)}
    files = findings = 0
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True

    async with Progress(server, "Checking the workspace", stop) as progress:
        async for done, total, analysis in _analyses(server, _folders(server)):
            if stopped:
                break
            progress.report(f"{done} of {total}", 100 * done // total)
            files += 1
            for uri, items in analysis.items.items():
                findings += len(items)
                if analysis.program.path not in is_open and (items or uri in server.workspace_shown):
                    server.workspace_shown.add(uri)
                    server.text_document_publish_diagnostics(t.PublishDiagnosticsParams(uri, items))
        progress.done(f"{findings} findings in {files} files")
    return {"files": files, "findings": findings}


def _folders(server: BnLintServer) -> list[Path]:
    return [path_of(folder.uri) for folder in server.workspace.folders.values()]


async def _analyses(server: BnLintServer, folders: Sequence[Path]) -> AsyncIterator[tuple[int, int, Analysis]]:
    """Every file's analysis, with how many there are; what is open counts as the client shows it."""
    settings_for = server.configuration.settings
    paths = await asyncio.to_thread(discover, [f for f in folders if f.is_dir()], settings_for)
    is_open = {program.path: program for program in open_programs(server.workspace)}
    for number, path in enumerate(paths, 1):
        program = is_open.get(path.absolute())
        if program is not None:
            analysis = await server.newest(program.uri)
        else:
            try:
                source = await asyncio.to_thread(read_source, path)
            except UserError:
                continue
            closed = closed_program(path.absolute(), source, server.workspace.position_codec)
            analysis = await server.analyst.analyse_closed(closed, settings_for(path))
        if analysis is not None:
            yield number, len(paths), analysis


def _reports(server: BnLintServer, analysis: Analysis, known: dict[str, str]) -> list[_Report]:
    enabled = server.configuration.client(analysis.program.path).enable
    reports: list[_Report] = []
    for part in analysis.program.parts:
        items = analysis.items[part.uri] if enabled else []
        result_id = digest(items)
        if known.get(unquote(part.uri)) == result_id:
            reports.append(t.WorkspaceUnchangedDocumentDiagnosticReport(part.uri, result_id, part.version))
        elif items or unquote(part.uri) in known:
            reports.append(t.WorkspaceFullDocumentDiagnosticReport(part.uri, items, part.version, result_id=result_id))
    return reports
