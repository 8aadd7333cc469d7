"""While a statement is half typed, the others keep what was found in them, at their new place."""

from __future__ import annotations

import pytest
from tests.lsp.editor import Editor
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_intact_statements_keep_their_findings(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    assert [(d.code, d.range.start.line) for d in await editor.diagnostics(uri)] == [("BN101", 8), ("BN202", 15)]
    # A new function is being typed above: unfinished, it breaks nothing but itself.
    editor.replace(uri, "class Net", "def helper(\n\n\nclass Net")
    assert [(d.code, d.range.start.line) for d in await editor.diagnostics(uri)][-2:] == [("BN101", 11), ("BN202", 18)]
    editor.replace(uri, "def helper(\n", "def helper(x):\n    return x\n")
    assert [(d.code, d.range.start.line) for d in await editor.diagnostics(uri)] == [("BN101", 12), ("BN202", 19)]


async def test_the_broken_statement_is_silent(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    editor.replace(uri, "nn.BatchNorm2d(8)", "nn.BatchNorm2d(8")
    found = await editor.diagnostics(uri)
    assert [d.code for d in found] == ["BN001", "BN202"]
    editor.replace(uri, "nn.BatchNorm2d(8", "nn.BatchNorm2d(16)")
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN202"]


async def test_an_open_string_swallows_nothing(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    editor.replace(uri, "import torch\n", 'import torch\nTEXT = """\n')
    codes = [d.code for d in await editor.diagnostics(uri)]
    assert codes[0] == "BN001"
    assert codes[1:] == ["BN101", "BN202"]


async def test_what_is_intact_is_still_checked(editor: Editor) -> None:
    """A broken line somewhere does not stop an edit elsewhere from being looked at."""
    uri = editor.open("net.py", NET + "x = (\n")
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN101", "BN202", "BN001"]
    editor.replace(uri, "nn.BatchNorm2d(8)", "nn.BatchNorm2d(16)")
    assert [d.code for d in await editor.diagnostics(uri)] == ["BN202", "BN001"]
