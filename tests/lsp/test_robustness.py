"""Whatever comes, the server stays up and answers."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pygls.lsp.client import LanguageClient
from tests.lsp.editor import Editor, only_vscode, start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def test_schemes_that_are_no_files(editor: Editor) -> None:
    for uri in ("untitled:Untitled-1", "git:/w/net.py?ref=HEAD"):
        assert len(await editor.diagnostics(editor.open(uri, NET))) == 2


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
    text = "".join(f"def f{i}(x):\n    return nn.BatchNorm2d(8)(x)\n" for i in range(8000))
    long = editor.open("long.py", f"from torch import nn\n{text}")
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
