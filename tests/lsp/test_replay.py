"""What a client says can be recorded, and said again to a fresh server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.lsp.editor import start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def test_not_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"nothing\r\n\r\n")
    done = _replay(path)
    assert done.returncode == 2
    assert "not a recording" in done.stderr
    assert "Traceback" not in done.stderr
