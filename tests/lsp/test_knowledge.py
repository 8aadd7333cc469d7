"""Hover, inlay hints and code lens: what is known, shown where it is of use."""

from __future__ import annotations

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor, only_vscode, start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")

_STRIDED = """\
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, planes):
        super().__init__()
        self.conv = nn.Conv2d(planes, planes, 3, padding=1)
        self.bn = nn.BatchNorm2d(planes)

    def forward(self, x):
        out = self.bn(self.conv(x))
        return F.relu(out)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 7, stride=4, padding=3)
        self.block = Block(64)

    def forward(self, x):
        x = self.stem(x)  # a comment
        x = self.block(x)
        return x.mean((2, 3))
"""


async def _hover(editor: Editor, uri: str, word: str) -> str:
    """What hovering over the start of a word shows."""
    text = editor.texts[uri][1]
    place = editor.position(text, text.index(word))
    found = await editor.client.text_document_hover_async(t.HoverParams(t.TextDocumentIdentifier(uri), place))
    if found is None:
        return ""
    assert isinstance(found.contents, t.MarkupContent)
    return found.contents.value


async def test_hover_on_a_layer_shows_what_reaches_it(editor: Editor) -> None:
    uri = editor.open("net.py", _STRIDED)
    shown = await _hover(editor, uri, "nn.BatchNorm2d(planes)")
    assert "| `Net()` | N, 64, H/4, W/4 | 64 | fits |" in shown
    assert "channels come from Conv2d (line 8)" in shown


async def test_hover_where_a_layer_is_applied(editor: Editor) -> None:
    uri = editor.open("net.py", _STRIDED)
    assert "| `Net()` | N, 64, H/4, W/4 | 64 | fits |" in await _hover(editor, uri, "self.bn(self.conv(x))")


async def test_hover_on_a_finding_explains_the_rule(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    await editor.diagnostics(uri)
    shown = await _hover(editor, uri, "8)\n")
    assert "| `Net()` | N, 16, H - 2, W - 2 | 8 | **does not fit** |" in shown
    assert "# num-features-mismatch (BN101)" in shown
    assert "## Why is this bad" in shown


async def test_hover_on_a_suppression_comment(editor: Editor) -> None:
    uri = editor.open("net.py", NET.replace("model.eval\n", "model.eval  # bn-lint: ignore[BN101, BN202]\n"))
    assert (await _hover(editor, uri, "BN202")).startswith("# eval-not-called (BN202)")
    assert await _hover(editor, uri, "import torch") == ""


async def _hints(editor: Editor, uri: str) -> dict[int, str]:
    text = editor.texts[uri][1]
    everything = t.Range(t.Position(0, 0), editor.position(text, len(text)))
    found = await editor.client.text_document_inlay_hint_async(
        t.InlayHintParams(t.TextDocumentIdentifier(uri), everything)
    )
    return {hint.position.line + 1: str(hint.label) for hint in found or ()}


@only_vscode
async def test_inlay_hints_are_off_until_asked_for(editor: Editor, tmp_path) -> None:
    uri = editor.open("net.py", _STRIDED)
    assert await _hints(editor, uri) == {}


async def test_inlay_hints(tmp_path) -> None:
    editor = await start(tmp_path, "emacs", options={"bn-lint": {"inlayHints": {"shapes": True}}})
    uri = editor.open("net.py", _STRIDED)
    assert await _hints(editor, uri) == {
        12: "N, planes, H, W",
        13: "N, planes, H, W",
        23: "N, 64, H/4, W/4",
        24: "N, 64, H/4, W/4",
        25: "N, 64",
    }
    editor.replace(uri, "x = self.block(x)", "x = self.block(x")
    hints = await _hints(editor, uri)
    assert hints[12] == "N, planes, H, W"  # while another statement is half typed
    assert 24 not in hints
    await stop(editor)


_EXPORTS = """\
import torch
from torch import nn
from torch.export import export


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.bn(x)


x = torch.randn(1, 3, 8, 8)
model = Net()
torch.onnx.export(model, x, "train.onnx")
model.eval()
torch.onnx.export(
    model=model,
    args=(x,),
)
export(model, (x,))
torch.jit.trace(Net().eval(), x)


def unknown(model):
    torch.onnx.export(model, x, "unknown.onnx")
"""


async def test_modes_at_exports(tmp_path) -> None:
    editor = await start(tmp_path, "neovim", options={"bn-lint": {"inlayHints": {"modes": True}}})
    uri = editor.open("net.py", _EXPORTS)
    place = t.Range(t.Position(0, 0), editor.position(_EXPORTS, len(_EXPORTS)))
    params = t.InlayHintParams(t.TextDocumentIdentifier(uri), place)
    found = await editor.client.text_document_inlay_hint_async(params)
    lines = _EXPORTS.splitlines()
    shown = [lines[hint.position.line][: hint.position.character] + str(hint.label) for hint in found or ()]
    assert shown == [
        "torch.onnx.export(model: train",
        "    model=model: eval",
        "export(model: eval",
        "torch.jit.trace(Net().eval(): eval",
    ]
    tooltips = [str(hint.tooltip) for hint in found or ()]
    assert tooltips[0].startswith("Net is in train mode here: ")
    assert tooltips[1] == "Net is in eval mode here"
    await stop(editor)


async def test_code_lens(editor: Editor) -> None:
    uri = editor.open("net.py", _STRIDED)
    found = await editor.client.text_document_code_lens_async(t.CodeLensParams(t.TextDocumentIdentifier(uri)))
    titles = {lens.range.start.line: lens.command.title for lens in found or () if lens.command}
    assert titles == {4: "channels: 1 of 1 BatchNorm seen"}


async def test_document_symbols_for_an_editor_that_asks_unasked(editor: Editor) -> None:
    uri = editor.open("net.py", NET)
    found = await editor.client.text_document_document_symbol_async(
        t.DocumentSymbolParams(t.TextDocumentIdentifier(uri))
    )
    assert list(found or ()) == []
