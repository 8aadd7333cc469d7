"""Quick fixes, fix all, suppressing."""

from __future__ import annotations

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _quick_fixes(editor: Editor, uri: str, code: str) -> list[t.CodeAction]:
    (found,) = [d for d in await editor.diagnostics(uri) if d.code == code]
    return await editor.actions(uri, found.range, [found], [t.CodeActionKind.QuickFix])


async def test_quick_fix(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    fix = (await _quick_fixes(editor, uri, "BN202"))[0]
    assert fix.title == "Call it: `model.eval()`"
    assert fix.kind == "quickfix"
    assert fix.is_preferred
    assert fix.edit is not None
    assert editor.after(uri, fix.edit) == NET.replace("model.eval\n", "model.eval()\n")


async def test_quick_fix_after_the_text_has_moved(editor: Editor) -> None:
    """Edits that come back with an old diagnostic are for an old version: they must not be offered as they are."""
    uri = editor.open("net.py", NET)
    old = await editor.diagnostics(uri)
    editor.replace(uri, "import torch\n", "import torch\n\n\n")
    new = await editor.diagnostics(uri)
    assert await editor.actions(uri, old[1].range, [old[1]], [t.CodeActionKind.QuickFix]) == []
    (fix, *_) = await editor.actions(uri, new[1].range, [new[1]], [t.CodeActionKind.QuickFix])
    assert fix.edit is not None
    assert "model.eval()\n" in editor.after(uri, fix.edit)


async def test_quick_fix_for_a_client_that_drops_data(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    found = (await editor.diagnostics(uri))[1]
    bare = t.Diagnostic(found.range, found.message, code=found.code)
    (fix, *_) = await editor.actions(uri, found.range, [bare], [t.CodeActionKind.QuickFix])
    assert fix.edit is not None
    assert "model.eval()\n" in editor.after(uri, fix.edit)
    for data in (3, [], {"version": 1, "fix": 3}, {"version": 1, "fix": {"title": "x", "safe": True, "edits": [1]}}):
        bare.data = data
        assert await editor.actions(uri, found.range, [bare], [t.CodeActionKind.QuickFix])


@pytest.mark.parametrize("only", ["source.fixAll", "source.fixAll.bn-lint", "source"])
async def test_fix_all(editor: Editor, only: str) -> None:
    uri = editor.open("net.py", NET)
    place = t.Range(t.Position(0, 0), t.Position(0, 0))
    (action,) = await editor.actions(uri, place, [], [only])
    assert action.kind == "source.fixAll.bn-lint"
    action = await editor.resolved(action)
    assert action.edit is not None
    text = editor.after(uri, action.edit)
    assert text == NET.replace("BatchNorm2d(8)", "BatchNorm2d(16)").replace("model.eval\n", "model.eval()\n")
    editor.change(uri, text)
    assert await editor.diagnostics(uri) == []
    assert await editor.actions(uri, place, [], [only]) == []


async def test_suppress_this_line(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    (action,) = [a for a in await _quick_fixes(editor, uri, "BN101") if a.title == "Ignore BN101 on this line"]
    assert action.edit is not None
    text = editor.after(uri, action.edit)
    assert "nn.BatchNorm2d(8)  # bn-lint: ignore[BN101]\n" in text
    editor.change(uri, text)
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN202"]


async def test_suppress_in_the_file(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    (action,) = [a for a in await _quick_fixes(editor, uri, "BN101") if a.title == "Ignore BN101 in this file"]
    assert action.edit is not None
    text = editor.after(uri, action.edit)
    assert text.startswith("# bn-lint: file-ignore[BN101]\nimport torch")
    editor.change(uri, text)
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN202"]
