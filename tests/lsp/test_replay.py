"""What a client says can be recorded, and said again to a fresh server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lsp.editor import start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


_PLACE = {"line": 8, "character": 30}


def _replay(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bn_lint", "debug", "lsp-replay", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_record_and_replay(tmp_path: Path) -> None:
    record = tmp_path / "session.lsp"
    editor = await start(tmp_path, "vscode", arguments=["--record", str(record)])
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    editor.replace(uri, "model.eval\n", "model.eval()\n")
    await editor.diagnostics(uri)
    await stop(editor)
    done = _replay(record)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "textDocument/diagnostic" in done.stdout
    assert done.stdout.endswith("0 errors, exit status 0\n")


async def test_a_trace_of_vscode(tmp_path: Path) -> None:
    """As vscode-jsonrpc writes it, time stamps of a log channel included."""
    uri = (tmp_path / "net.py").as_uri()
    text = f"{NET}# [Trace - 1] Sending request 'x - (9)'.\n"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    sent = [
        ("Sending request 'initialize - (0)'.", {"processId": None, "rootUri": None, "capabilities": {}}),
        ("Received response 'initialize - (0)' in 12ms.", None),
        ("Sending notification 'initialized'.", {}),
        ("Sending notification 'textDocument/didOpen'.", {"textDocument": document}),
        ("Received request 'workspace/configuration - (1)'.", {"items": []}),
        ("Sending request 'textDocument/hover - (5)'.", {"textDocument": {"uri": uri}, "position": _PLACE}),
    ]
    path = tmp_path / "trace.log"
    blocks: list[str] = []
    for number, (told, params) in enumerate(sent):
        before = "2026-01-02 10:00:00.123 [info] " if number % 2 else ""
        body = "" if params is None else f"Params: {json.dumps(params, indent=4)}\n\n"
        blocks.append(f"{before}[Trace - 10:00:00 AM] {told}\n{body}\n")
    path.write_text("".join(blocks))
    done = _replay(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[2] for line in done.stdout.splitlines()[:-1]] == [
        *("initialize", "initialized", "textDocument/didOpen", "textDocument/hover", "shutdown", "exit")
    ]
    path.write_text("[Trace - 10:00:00 AM] Sending notification 'textDocument/didOpen'.\n")
    done = _replay(path)
    assert (done.returncode, "bn-lint.trace.server" in done.stderr) == (2, True)


async def test_not_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"nothing\r\n\r\n")
    done = _replay(path)
    assert done.returncode == 2
    assert "not a recording" in done.stderr
    assert "Traceback" not in done.stderr
