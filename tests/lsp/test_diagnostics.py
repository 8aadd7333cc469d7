"""Diagnostics, pushed and pulled."""

from __future__ import annotations

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor, only_vscode
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_findings_with_story_link_and_severity(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    bn101, bn202 = await editor.diagnostics(uri)
    assert (bn101.code, bn202.code) == ("BN101", "BN202")
    assert bn101.message == "BatchNorm2d(8) receives 16 channels"
    assert bn101.range == t.Range(t.Position(8, 33), t.Position(8, 34))
    assert bn101.severity is t.DiagnosticSeverity.Error
    assert bn101.source == "bn-lint"
    assert bn101.code_description is not None
    assert bn101.code_description.href.endswith("/rules.md#num-features-mismatch")
    assert bn101.related_information
    assert bn101.related_information[0].location.range.start.line == 7


async def test_a_layer_without_use_is_greyed_out(editor: Editor) -> None:
    text = NET.replace("BatchNorm2d(8)", "BatchNorm2d(16)").replace("self.bn(self.conv(x))", "self.conv(x)")
    found = {d.code: d.tags for d in await editor.diagnostics(editor.open("net.py", text))}
    assert list(found["BN106"] or ()) == [t.DiagnosticTag.Unnecessary]
    assert not found["BN202"]


async def test_push_or_pull_never_both(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    assert bool(editor.publications) is not editor.pulls
    assert editor.pulls is (editor.profile == "vscode")


async def test_edits_are_followed(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN101", "BN202"]
    editor.replace(uri, "BatchNorm2d(8)", "BatchNorm2d(16)")
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN202"]
    editor.replace(uri, "model.eval\n", "model.eval()\n")
    assert await editor.diagnostics(uri) == []


@only_vscode
async def test_unchanged_report(vscode: Editor) -> None:
    uri = vscode.open("net.py", NET)
    first = await vscode.pull(uri)
    assert isinstance(first, t.RelatedFullDocumentDiagnosticReport)
    again = await vscode.pull(uri, first.result_id)
    assert isinstance(again, t.RelatedUnchangedDocumentDiagnosticReport)
    vscode.replace(uri, "model.eval\n", "model.eval()\n")
    other = await vscode.pull(uri, first.result_id)
    assert isinstance(other, t.RelatedFullDocumentDiagnosticReport)
    assert other.result_id != first.result_id


# An editor that pulls forgets by itself.
@pytest.mark.parametrize("running", ["neovim", "emacs"], indirect=True)
async def test_closing_takes_pushed_diagnostics_away(editor: Editor) -> None:
    assert not editor.pulls
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    editor.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri)))
    await editor.until(lambda: not editor.published[uri].diagnostics, "empty diagnostics")


async def test_syntax_error(editor: Editor) -> None:
    uri = editor.open("broken.py", "x = (1,\n")
    (found,) = await editor.diagnostics(uri)
    assert found.code == "BN001"
