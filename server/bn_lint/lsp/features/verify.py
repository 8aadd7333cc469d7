"""Verify from the editor: a real TensorRT build in a process of its own, with progress, to be stopped at any time.

What it finds is shown beside the linter's findings, under its own source, until the next run or `bn-lint.clearVerify`.
Where the shape of the input cannot be inferred, the person is asked for it, and the answer holds until then, too.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs
import msgspec
from lsprotocol import types as t

from bn_lint.engine.errors import UserError
from bn_lint.lsp import convert
from bn_lint.lsp.json_values import table, text
from bn_lint.lsp.programs import Part, Program, closed_program, open_programs, path_of
from bn_lint.lsp.progress import Progress
from bn_lint.lsp.server import BnLintServer
from bn_lint.lsp.verified import Findings
from bn_lint.model.events import Exported
from bn_lint.model.workspace import Workspace
from bn_lint.source.tree import SourceFile
from bn_lint.verify import client
from bn_lint.verify.diagnose import Verified, diagnose
from bn_lint.verify.interpreter import choose
from bn_lint.verify.settings import Entry, entries, limits_of, request_of

COMMAND = "bn-lint.verify"
CLEAR = "bn-lint.clearVerify"
SOURCE = "bn-lint verify"

_INPUT = r"([A-Za-z_]\w*=)?\d+(x\d+)*(:\w+)?"


@attrs.define
class Arguments:
    """What `bn-lint.verify` is called with: a document, and what in it: `Net`, `factory(3)` or a line from 1."""

    uri: str
    target: str


def lens(uri: str, place: t.Range, target: str) -> t.CodeLens:
    """The code lens that verifies something."""
    arguments: list[Any] = [{"uri": uri, "target": target}]
    return t.CodeLens(place, t.Command("verify with TensorRT", COMMAND, arguments=arguments))


def action(uri: str, target: str) -> t.CodeAction:
    """The code action that verifies something."""
    arguments: list[Any] = [{"uri": uri, "target": target}]
    title = f"Verify {target} with TensorRT" if not target.isdigit() else "Verify this export with TensorRT"
    return t.CodeAction(title, kind=t.CodeActionKind.Empty, command=t.Command(title, COMMAND, arguments=arguments))


def target_at(file: SourceFile, workspace: Workspace, offset: int) -> str | None:
    """What verify can run at an offset: the export of that line, or the class whose first line it is.

    Runs in the engine's thread.
    """
    line = file.source.position(offset).line
    for site in workspace.evaluate(file).events(Exported):
        if not site.piece.stands_in and site.line == line:
            return str(line)
    for way in workspace.modules(file):
        if not way.entry.symbolic and not way.node.piece.stands_in and way.node.line == line:
            return way.definition[2]
    return None


def register(server: BnLintServer) -> None:
    @server.command(COMMAND)
    async def verify(arguments: Arguments) -> dict[str, Any] | None:
        return await _verify(server, arguments)

    @server.command(CLEAR)
    def clear() -> None:
        server.verify_inputs.clear()
        _show(server, [])


async def _verify(server: BnLintServer, arguments: Arguments) -> dict[str, Any] | None:
    """Run one verification. Returns its outcome, None where it could not run or was stopped."""
    path = path_of(arguments.uri)
    if not server.configuration.client(path).trusted:
        server.warn("this workspace is not trusted, and verify runs its code: trust it first")
        return None
    program = server.program(arguments.uri)
    if program is not None and not await asyncio.to_thread(_is_saved, program):
        server.warn(f"save {path.name} first: verify runs what is on disk")
        return None
    stop = threading.Event()
    async with Progress(server, f"Verifying {arguments.target}", stop.set) as progress:
        loop = asyncio.get_running_loop()

        def tell(event: client.Event) -> None:
            if event["event"] == "progress":
                loop.call_soon_threadsafe(progress.report, f"{event['stage']}: {event['message']}")
            elif event["event"] == "stage" and event["state"] == "started":
                loop.call_soon_threadsafe(progress.report, event["stage"])

        def run() -> Verified:
            entry = _entry(server, path, arguments.target)
            settings = server.configuration.settings(path)
            named = entry.python or server.configuration.client(path).interpreter
            python = choose(named, path.parent)
            result = client.run(
                request_of(entry),
                python=python,
                limits=limits_of(entry),
                on_event=tell,
                cancelled=stop.is_set,
                cwd=str(settings.root if settings.origin else path.parent),
            )
            return diagnose(entry.target, result)

        try:
            verified = await asyncio.to_thread(run)
            while _needs_input(verified) and (shapes := await _ask_input(server, arguments.target)):
                server.verify_inputs[path, arguments.target] = shapes
                verified = await asyncio.to_thread(run)
        except asyncio.CancelledError:
            stop.set()
            raise
        except (UserError, client.InterpreterError) as error:
            server.warn(str(error))
            return None
        if verified.result.ended is client.Ended.CANCELLED:
            return None
        _show(server, _by_document(server, verified))
        if verified.problem is not None:
            server.warn(verified.problem)
        outcome = "not verified" if verified.problem else "failed" if verified.failed else "passed"
        progress.done(f"{outcome} in {verified.result.seconds:.0f} s")
    return {"target": verified.target, "outcome": outcome, "findings": len(verified.diagnostics)}


def _is_saved(program: Program) -> bool:
    try:
        return program.path.read_bytes() == program.source.encode()
    except OSError:
        return False


def _entry(server: BnLintServer, path: Path, target: str) -> Entry:
    """The project's entry for a target, with its inputs; a bare one where the project has none."""
    full = f"{path}:{target}" if target.isdigit() else f"{path}::{target}"
    settings = server.configuration.settings(path)
    inputs = server.verify_inputs.get((path, target), [])
    for entry in entries(settings):
        name, separator, rest = entry.target.partition("::")
        if separator and (settings.root / name).absolute() == path and rest.partition("(")[0] == target:
            return msgspec.structs.replace(entry, target=f"{path}::{rest}", input=entry.input or inputs)
    return Entry(target=full, input=inputs)


def _needs_input(verified: Verified) -> bool:
    return any(event["kind"] == "needs-input" for event in verified.result.of("problem"))


async def _ask_input(server: BnLintServer, target: str) -> list[str]:
    """Ask for the inputs of a target; empty where the client cannot be asked, or nothing was answered.

    `bn-lint/askInput` is no part of the protocol: a client that answers it announces `experimental.askInput`.
    """
    if not table(server.client_capabilities.experimental).get("askInput"):
        return []
    question = {
        "title": "Verify with TensorRT",
        "prompt": f"Input shapes of {target}, separated by spaces: 1x3x224x224 or mask=1x16:bool",
        "value": "1x3x224x224",
        "pattern": rf"{_INPUT}( +{_INPUT})*",
        "patternMessage": "Write an input as 1x3x224x224, 1x16:int64 or mask=1x16:bool",
    }
    return (text(await server.protocol.send_request_async("bn-lint/askInput", question)) or "").split()


def _by_document(server: BnLintServer, verified: Verified) -> list[Findings]:
    """What a run found, at its place in what each document says by now."""
    is_open = {program.path: program for program in open_programs(server.workspace)}
    found: list[Findings] = []
    for report in verified.reports:
        path = report.path.absolute()
        now = is_open.get(path)
        program = now or closed_program(path, report.source, server.workspace.position_codec)
        if program.source != report.source:  # edited since
            program = replace(program, source=report.source, parts=(Part(program.uri, None, 0, 0, report.source),))
        items: list[t.Diagnostic] = []
        for one in report.diagnostics:
            _, item = convert.diagnostic(one, program, server.analyst.workspace)
            item.source = SOURCE
            items.append(item)
        findings = Findings(program.uri, report.source, items)
        found.append(findings if now is None else findings.moved(now.source, now.codec))
    return found


def _show(server: BnLintServer, found: list[Findings]) -> None:
    """Show these, and take away what an earlier run has shown."""
    before = server.verified
    server.verified = {unquote(one.uri): one for one in found}
    if server.diagnostics is not None:
        gone = [one.uri for key, one in before.items() if key not in server.verified]
        server.diagnostics.verified([*gone, *(one.uri for one in found)])
