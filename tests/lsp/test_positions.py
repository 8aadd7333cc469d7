"""Positions in every encoding, with every line ending, behind characters that only some take for line ends."""

from __future__ import annotations

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor, start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WIDE = NET.replace("model.eval\n", "name = '\U0001f600\u00e9\u4f60'; model.eval\n")


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 20), ("utf-16", 15), ("utf-32", 14)])
async def test_encodings(tmp_path, encoding: str, column: int) -> None:
    def only(capabilities: t.ClientCapabilities) -> None:
        assert capabilities.general is not None
        capabilities.general.position_encodings = [encoding]

    editor = await start(tmp_path, "emacs", change=only)
    assert editor.server.capabilities.position_encoding == encoding
    uri = editor.open("net.py", _WIDE)
    found = (await editor.diagnostics(uri))[1]
    assert (found.range.start.line, found.range.start.character) == (15, column)
    (fix, *_) = await editor.actions(uri, found.range, [found], [t.CodeActionKind.QuickFix])
    assert fix.edit is not None
    assert editor.after(uri, fix.edit) == _WIDE.replace("model.eval\n", "model.eval()\n")
    # An edit behind the wide characters lands where it should.
    editor.replace(uri, "model.eval\n", "model.eval()\n")
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN101"]
    await stop(editor)


async def test_editors_get_the_encoding_that_they_like_best(editor: Editor) -> None:
    best = {"vscode": "utf-16", "neovim": "utf-8", "emacs": "utf-32"}
    assert editor.server.capabilities.position_encoding == best[editor.profile]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
async def test_line_endings(editor: Editor, end: str) -> None:
    text = NET.replace("\n", end)
    uri = editor.open("net.py", text)
    bn101, bn202 = await editor.diagnostics(uri)
    assert (bn101.range.start.line, bn202.range.start.line) == (8, 15)
    (action,) = [a for a in await editor.actions(uri, bn101.range, [bn101]) if a.title == "Ignore BN101 in this file"]
    assert action.edit is not None
    assert editor.after(uri, action.edit) == f"# bn-lint: file-ignore[BN101]{end}{text}"


@pytest.mark.parametrize("character", ["\x0c", "\x0b", "\x1c", "\x85", "\u2028"])
async def test_characters_that_end_no_line(editor: Editor, character: str) -> None:
    """pygls takes them for line ends; an edit below would land on the wrong line."""
    uri = editor.open("net.py", f"text = 'a{character}b'\n{NET}")
    assert [d.range.start.line for d in await editor.diagnostics(uri)] == [9, 16]
    editor.replace(uri, "BatchNorm2d(8)", "BatchNorm2d(16)")
    (found,) = await editor.diagnostics(uri)
    assert (found.code, found.range.start.line) == ("BN202", 16)


async def test_many_edits_at_once(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    text = NET
    changes: list[t.TextDocumentContentChangeEvent] = []
    for old, new in (
        ("import torch\n", "import torch\n\n"),
        ("BatchNorm2d(8)", "BatchNorm2d(16)"),
        ("model.eval\n", ""),
    ):
        index = text.index(old)
        place = t.Range(editor.position(text, index), editor.position(text, index + len(old)))
        changes.append(t.TextDocumentContentChangePartial(range=place, text=new))
        text = text.replace(old, new, 1)
    editor.send(uri, text, changes)
    assert await editor.diagnostics(uri) == []


async def test_wild_ranges_do_no_harm(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    place = t.Range(t.Position(9000, 9000), t.Position(9001, 0))
    editor.send(uri, NET + "x = 1\n", [t.TextDocumentContentChangePartial(range=place, text="x = 1\n")])
    assert len(await editor.diagnostics(uri)) == 2
    place = t.Range(t.Position(5, 900), t.Position(2, 0))
    editor.send(uri, "", [t.TextDocumentContentChangePartial(range=place, text="\n")])
    await editor.diagnostics(uri)
