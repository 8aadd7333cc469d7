"""Whatever comes, the server stays up and answers."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pygls.lsp.client import LanguageClient
from tests.lsp.editor import Editor, only_vscode, start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


# More than a minute of work.
_LONG = "from torch import nn\n" + "".join(f"def f{i}(x):\n    return nn.BatchNorm2d(8)(x)\n" for i in range(8000))


_HOVER = {"textDocument": {"uri": "file:///x.py"}, "position": {"line": 0, "character": 0}}


async def _alive(editor: Editor) -> None:
    assert len(await editor.diagnostics(editor.open("alive.py", NET))) == 2


async def test_unknown_messages(editor: Editor) -> None:
    editor.client.protocol.notify("bn-lint/nothing", {"x": 1})
    with pytest.raises(JsonRpcException):
        await editor.client.protocol.send_request_async("textDocument/nothing", {})
    with pytest.raises(JsonRpcException):
        await editor.client.workspace_execute_command_async(t.ExecuteCommandParams("bn-lint.nothing"))
    await _alive(editor)


async def test_messages_about_what_is_not_open(editor: Editor) -> None:
    uri = editor.uri("never.py")
    identifier = t.VersionedTextDocumentIdentifier(version=2, uri=uri)
    whole = t.TextDocumentContentChangeWholeDocument("x = 1\n")
    editor.client.text_document_did_change(t.DidChangeTextDocumentParams(identifier, [whole]))
    editor.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri)))
    place = t.Range(t.Position(0, 0), t.Position(0, 0))
    assert await editor.actions(uri, place, []) == []
    hover = t.HoverParams(t.TextDocumentIdentifier(uri), t.Position(0, 0))
    assert await editor.client.text_document_hover_async(hover) is None
    assert not editor.messages
    await _alive(editor)


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("textDocument/hover", {}, -32602),
        ("textDocument/hover", {**_HOVER, "position": {"line": -1, "character": 0}}, -32602),
        ("workspace/executeCommand", {"command": "bn-lint.verify"}, -32602),
        ("initialize", {"capabilities": {}, "processId": None, "rootUri": None}, -32600),
        ("textDocument/hover", {**_HOVER, "context": {"jsonrpc": "2.0"}}, None),
    ],
)
@only_vscode
async def test_every_request_is_answered(vscode: Editor, method: str, params: Any, code: int | None) -> None:
    assert await vscode.ask(method, params) == code
    await _alive(vscode)


async def test_before_initialize_and_after_shutdown(tmp_path: Path) -> None:
    said = [{"id": 1, "method": "textDocument/hover", "params": {}}, {"method": "exit"}]
    frames = [json.dumps({"jsonrpc": "2.0", **one}).encode() for one in said]
    command = [sys.executable, "-m", "bn_lint", "server"]
    told = b"Content-Length: 7\r\n\r\nrubbish" + b"".join(b"Content-Length: %d\r\n\r\n" % len(f) + f for f in frames)
    done = subprocess.run(command, input=told, capture_output=True, check=False)
    assert (done.returncode, b"-32002" in done.stdout, b"Traceback" in done.stderr) == (1, True, False)
    editor = await start(tmp_path)
    long = editor.open("long.py", _LONG)
    hover = editor.client.text_document_hover_async(t.HoverParams(t.TextDocumentIdentifier(long), t.Position(5, 5)))
    await editor.client.shutdown_async(None)
    with pytest.raises(JsonRpcException):
        await hover
    assert await editor.ask("textDocument/hover", {}) == -32600
    editor.client.exit(None)
    assert await asyncio.wait_for(editor.client._server.wait(), 30) == 0
    await editor.client.stop()


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "untitled:Untitled-1",
            "git:/w/net.py?ref=HEAD",
            "vscode-notebook-cell:/w/n.ipynb#W0",
            "http://x/y.py",
            "git:/",
        ),
        *("file:///c%3A/w/net.py", "file:///C:/w/net.py", "file://server/share/net.py", "file:///", "net.py"),
        *("file:///a%00b/c.py", f"file:///{'d' * 300}/c.py", f"file:///{'d/' * 3000}c.py", "file:///%FF%FE.py"),
    ],
)
@only_vscode
async def test_uris_of_all_kinds(vscode: Editor, uri: str) -> None:
    vscode.texts[uri] = (1, NET)
    item = t.TextDocumentItem(uri, "python", 1, NET)
    vscode.client.text_document_did_open(t.DidOpenTextDocumentParams(item))
    assert len(await vscode.diagnostics(uri)) == 2
    hover = t.HoverParams(t.TextDocumentIdentifier(uri), t.Position(8, 33))
    assert await vscode.client.text_document_hover_async(hover) is not None


@pytest.mark.parametrize("line", ["x = 1\0", "x = '\ud800'", f"x = '{'long ' * 100_000}'", f"x = {'9' * 5000}"])
async def test_texts_of_all_kinds(editor: Editor, line: str) -> None:
    uri = editor.open("net.py", f"{NET}{line}\n")
    assert [d.code for d in await editor.diagnostics(uri) if d.code != "BN001"] == ["BN101", "BN202"]
    editor.replace(uri, "x = ", "yy = ")
    assert [d.code for d in await editor.diagnostics(uri) if d.code != "BN001"] == ["BN101", "BN202"]


@only_vscode
async def test_fifty_megabytes_are_left_alone(editor: Editor) -> None:
    uri = editor.open("huge.py", "x = 'BatchNorm2d'  # noqa\ny = '" + "\u00e9" + "a" * 50_000_000 + "'\n")
    hover = t.HoverParams(t.TextDocumentIdentifier(uri), t.Position(0, 0))
    assert await editor.client.text_document_hover_async(hover) is None
    editor.replace(uri, "x = ", "z = ")
    await _alive(editor)
    assert await editor.diagnostics(uri) == []
    assert editor.logged == ["huge.py: not analysed, since it has 50,000,034 characters"]


@pytest.mark.parametrize("running", ["neovim"], indirect=True)
async def test_thousands_of_documents(editor: Editor) -> None:
    net = editor.open("net.py", NET)
    uris = [editor.open(f"m{i}.py", f"x = {i}\n") for i in range(2000)]
    hover = t.HoverParams(t.TextDocumentIdentifier(net), t.Position(8, 33))
    assert await editor.client.text_document_hover_async(hover) is not None
    await editor.until(lambda: set(uris) <= set(editor.published), "all diagnostics")
    assert len([p for p in editor.publications if p.uri in set(uris)]) == len(uris)
    assert len(await editor.diagnostics(net)) == 2


@pytest.mark.parametrize("running", ["emacs"], indirect=True)
async def test_a_long_analysis_gives_way(editor: Editor) -> None:
    long = editor.open("long.py", _LONG)
    await _alive(editor)
    hover = t.HoverParams(t.TextDocumentIdentifier(editor.uri("alive.py")), t.Position(8, 33))
    assert await editor.client.text_document_hover_async(hover) is not None
    assert long not in editor.published


async def test_a_burst_of_edits_is_analysed_once(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    editor.publications.clear()
    for i in range(50):
        editor.replace(uri, "import torch\n", f"import torch\nx{i} = {i}\n")
    assert [d.range.start.line for d in await editor.diagnostics(uri)] == [58, 65]
    assert len([p for p in editor.publications if p.uri == uri]) <= 5


@only_vscode
async def test_a_cancelled_request_ends(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    params = t.DocumentDiagnosticParams(t.TextDocumentIdentifier(uri))
    answer = editor.client.protocol.send_request(t.TEXT_DOCUMENT_DIAGNOSTIC, params, msg_id="pull")
    editor.client.protocol.notify(t.CANCEL_REQUEST, t.CancelParams("pull"))
    with pytest.raises((JsonRpcRequestCancelled, asyncio.CancelledError)):
        await asyncio.wait_for(asyncio.wrap_future(answer), 30)
    await _alive(editor)


@only_vscode
async def test_a_cancelled_command_stops(editor: Editor) -> None:
    for i in range(40):
        (editor.folder / f"m{i}.py").write_text(_LONG[: 500 * (i + 1)])
    folders = t.WorkspaceFoldersChangeEvent([t.WorkspaceFolder(editor.folder.as_uri(), "w")], [])
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(folders))
    command = t.ExecuteCommandParams("bn-lint.checkWorkspace")
    answer = editor.client.protocol.send_request(t.WORKSPACE_EXECUTE_COMMAND, command, msg_id="check")
    await editor.until(lambda: any(len(values) > 1 for values in editor.progress.values()), "a report")
    editor.client.protocol.notify(t.CANCEL_REQUEST, t.CancelParams("check"))
    with pytest.raises((JsonRpcRequestCancelled, asyncio.CancelledError)):
        await asyncio.wait_for(asyncio.wrap_future(answer), 30)
    (values,) = editor.progress.values()
    await editor.until(lambda: values[-1]["kind"] == "end", "the end")
    told = len(values)
    await _alive(editor)
    assert len(values) == told < 40
    # A client that wants no progress gets the answer all the same.
    editor.refuses_progress = True
    assert await editor.ask("workspace/executeCommand", {"command": "bn-lint.clearVerify"}) is None
    (editor.folder / "pyproject.toml").write_text('[tool.bn-lint]\nexclude = ["m*.py"]\n')
    assert await editor.client.workspace_execute_command_async(command) == {"files": 0, "findings": 0}
    editor.refuses_progress = False
    gone = t.WorkspaceFoldersChangeEvent([], folders.added)
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(gone))


async def test_trace(editor: Editor) -> None:
    for value, told in (("messages", [None]), ("verbose", ["2 findings\n9: BN101\n16: BN202"]), ("off", [])):
        editor.traced.clear()
        editor.client.set_trace(t.SetTraceParams(t.TraceValue(value)))
        await editor.diagnostics(editor.open(f"{value}.py", NET))
        assert [trace.verbose for trace in editor.traced] == told
        assert all(trace.message.startswith(f"analysed {value}.py in ") for trace in editor.traced)


async def test_a_rule_that_fails_costs_one_line_of_log(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    (pack / "bn_broken").mkdir(parents=True)
    (pack / "bn_broken" / "__init__.py").write_text(
        "from bn_lint.rule import Rule, Severity\n\n\nclass Broken(Rule):\n    '''It breaks.'''\n\n"
        "    code, name, severity, examples = 'BN999', 'broken', Severity.ERROR, ()\n\n"
        "    def check(self, context):\n        raise ValueError('boom')\n"
    )
    (pack / "bn_broken-1.dist-info").mkdir()
    (pack / "bn_broken-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: bn-broken\nVersion: 1\n")
    (pack / "bn_broken-1.dist-info" / "entry_points.txt").write_text("[bn_lint.rules]\nbroken = bn_broken\n")
    editor = await start(tmp_path, path=[pack])
    assert [d.code for d in await editor.diagnostics(editor.open("net.py", NET))] == ["BN101", "BN202"]
    log = (tmp_path / "server.log").read_text()
    assert log.count("rule BN999 failed and was skipped") == 1
    assert "Traceback" not in log
    await stop(editor)


async def test_over_tcp(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bn_lint", "server", "--tcp", f"127.0.0.1:{port}"
    )
    client = LanguageClient("tcp", "1")
    for attempt in range(100):
        try:
            await client.start_tcp("127.0.0.1", port)
            break
        except OSError:
            assert attempt < 99
            await asyncio.sleep(0.2)
    answer = await client.initialize_async(t.InitializeParams(capabilities=t.ClientCapabilities(), root_uri=None))
    assert answer.server_info is not None
    assert answer.server_info.name == "bn-lint"
    await client.shutdown_async(None)
    client.exit(None)
    assert await asyncio.wait_for(server.wait(), 30) == 0
    await client.stop()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--tcp", "nowhere"], "'nowhere' is not HOST:PORT"),
        (["--tcp", "127.0.0.1:1", "--stdio"], "exclude each other"),
        (["--log-file", "/no/such/folder/log"], "cannot be written"),
    ],
)
async def test_wrong_options(arguments: list[str], told: str) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bn_lint", "server", *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, error = await server.communicate()
    assert server.returncode == 2
    assert told in error.decode()
    assert "Traceback" not in error.decode()
