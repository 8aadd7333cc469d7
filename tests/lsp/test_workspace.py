"""More than one file: what depends on an edit, what is on disk, the whole workspace."""

from __future__ import annotations

import asyncio

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor, only_vscode, start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")

_BLOCKS = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)
"""
_NET = """\
from torch import nn

from blocks import Block


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(16)
        self.bn = nn.BatchNorm2d(16)

    def forward(self, x):
        return self.bn(self.block(x))
"""


async def _new_diagnostics(editor: Editor, uri: str) -> list[t.Diagnostic]:
    """The diagnostics of a document that has not changed, after something else has."""
    if editor.pulls:
        await editor.until(lambda: t.WORKSPACE_DIAGNOSTIC_REFRESH in editor.refreshes, "a refresh")
        return await editor.diagnostics(uri)
    await editor.until(lambda: uri in editor.published, "diagnostics")
    return list(editor.published[uri].diagnostics)


async def test_an_edit_reaches_the_files_that_depend_on_it(editor: Editor) -> None:
    blocks = editor.open("blocks.py", _BLOCKS, write=True)
    net = editor.open("net.py", _NET, write=True)
    other = editor.open("other.py", NET, write=True)
    for uri, count in ((blocks, 0), (net, 0), (other, 2)):
        assert len(await editor.diagnostics(uri)) == count
    editor.published.clear()
    editor.refreshes.clear()
    editor.replace(blocks, "width, 3)", "2 * width, 3)")  # not saved
    (found,) = await _new_diagnostics(editor, net)
    assert found.message == "BatchNorm2d(16) receives 32 channels"
    assert found.related_information is not None
    assert blocks in [place.location.uri for place in found.related_information]
    assert other not in editor.published


async def test_an_edit_reaches_an_analysis_that_has_begun(editor: Editor) -> None:
    blocks = editor.open("blocks.py", _BLOCKS, write=True)
    await editor.diagnostics(blocks)
    net = editor.open("net.py", _NET, write=True)
    editor.replace(blocks, "width, 3)", "2 * width, 3)")
    if not editor.pulls:
        await editor.until(lambda: net in editor.published and editor.published[net].diagnostics, "the finding")
    assert len(await editor.diagnostics(net)) == 1


async def test_an_old_version_does_not_stand_for_the_file(editor: Editor) -> None:
    editor.open("blocks.py", _BLOCKS, write=True)
    old = f"git:{editor.folder}/blocks.py?HEAD"
    await editor.diagnostics(editor.open(old, _BLOCKS.replace("width, 3)", "2 * width, 3)")))
    assert await editor.diagnostics(editor.open("net.py", _NET, write=True)) == []


async def test_a_broken_neighbour_counts_as_it_last_was(editor: Editor) -> None:
    blocks = editor.open("blocks.py", _BLOCKS.replace("width, 3)", "2 * width, 3)"), write=True)
    net = editor.open("net.py", _NET, write=True)
    assert len(await editor.diagnostics(net)) == 1
    editor.replace(blocks, "self.conv(x)", "self.conv(x")
    assert [d.code for d in await editor.diagnostics(blocks)] == ["BN001"]
    editor.replace(net, "from torch", "\nfrom torch")
    assert len(await editor.diagnostics(net)) == 1


async def test_closing_returns_to_what_is_on_disk(editor: Editor) -> None:
    blocks = editor.open("blocks.py", _BLOCKS, write=True)
    net = editor.open("net.py", _NET, write=True)
    editor.replace(blocks, "width, 3)", "2 * width, 3)")
    assert len(await editor.diagnostics(net)) == 1
    editor.published.clear()
    editor.refreshes.clear()
    editor.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(blocks)))
    del editor.texts[blocks]
    assert await _new_diagnostics(editor, net) == []


async def test_a_file_changes_on_disk(editor: Editor) -> None:
    (editor.folder / "blocks.py").write_text(_BLOCKS)
    net = editor.open("net.py", _NET, write=True)
    assert await editor.diagnostics(net) == []
    (editor.folder / "blocks.py").write_text(_BLOCKS.replace("width, 3)", "2 * width, 3)"))
    editor.published.clear()
    editor.refreshes.clear()
    change = t.FileEvent(editor.uri("blocks.py"), t.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams([change]))
    assert len(await _new_diagnostics(editor, net)) == 1


async def test_deleted_under_it(editor: Editor) -> None:
    net = editor.open("net.py", NET, write=True)
    assert len(await editor.diagnostics(net)) == 2
    (editor.folder / "net.py").unlink()
    change = t.FileEvent(net, t.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams([change]))
    editor.replace(net, "import torch\n", "import torch\n\n")
    assert len(await editor.diagnostics(net)) == 2


@only_vscode
async def test_unasked_the_workspace_is_not_walked(editor: Editor) -> None:
    report = await editor.client.workspace_diagnostic_async(t.WorkspaceDiagnosticParams(previous_result_ids=[]))
    assert list(report.items) == []


async def test_workspace_diagnostics_as_partial_results(tmp_path) -> None:
    for name in ("a.py", "b.py", "clean.py"):
        (tmp_path / name).write_text("x = 1\n" if name == "clean.py" else NET)
    (tmp_path / ".gitignore").write_text("b.py\n")
    editor = await start(tmp_path, settings={"workspaceDiagnostics": True})
    await editor.until(lambda: editor.refreshes, "settings")
    opened = editor.open("a.py", NET.replace("model.eval\n", "model.eval()\n"))
    params = t.WorkspaceDiagnosticParams(previous_result_ids=[], partial_result_token="parts", work_done_token="work")
    report = await editor.client.workspace_diagnostic_async(params)
    assert list(report.items) == []
    parts = [item for part in editor.progress["parts"] for item in part["items"]]
    assert [(part["uri"], [d["code"] for d in part["items"]]) for part in parts] == [(opened, ["BN101"])]
    assert [part["kind"] for part in editor.progress["work"]] == ["begin", "report", "report", "end"] or editor.progress
    known = [t.PreviousResultId(part["uri"], part["resultId"]) for part in parts]
    again = await editor.client.workspace_diagnostic_async(t.WorkspaceDiagnosticParams(previous_result_ids=known))
    assert [item.kind for item in again.items] == ["unchanged"]
    await stop(editor)


async def test_the_workspace_by_command(editor: Editor) -> None:
    (editor.folder / "a.py").write_text(NET)
    folders = t.WorkspaceFoldersChangeEvent([t.WorkspaceFolder(editor.folder.as_uri(), "w")], [])
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(folders))
    command = t.ExecuteCommandParams("bn-lint.checkWorkspace")
    assert await editor.client.workspace_execute_command_async(command) == {"files": 1, "findings": 2}
    assert len(editor.published[editor.uri("a.py")].diagnostics) == 2
    gone = t.WorkspaceFoldersChangeEvent([], folders.added)
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(gone))
    await asyncio.sleep(0)
