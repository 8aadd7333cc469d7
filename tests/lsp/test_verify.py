"""Verify from the editor: a real TensorRT-RTX build, with progress, findings under their own source, and cancel."""

from __future__ import annotations

import asyncio
import sys

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor

pytestmark = pytest.mark.asyncio(loop_scope="session")

_NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.bn = nn.BatchNorm2d(16)

    def forward(self, x):
        return self.bn(self.conv(x))
"""


def _command(uri: str, target: str) -> t.ExecuteCommandParams:
    return t.ExecuteCommandParams("bn-lint.verify", [{"uri": uri, "target": target}])


async def test_offered_over_a_class_and_on_its_line(editor: Editor) -> None:
    uri = editor.open("net.py", _NET, write=True)
    lenses = await editor.client.text_document_code_lens_async(t.CodeLensParams(t.TextDocumentIdentifier(uri)))
    commands = [lens.command for lens in lenses or () if lens.command is not None and lens.command.command]
    assert [(c.title, c.command, list(c.arguments or ())) for c in commands] == [
        ("verify with TensorRT", "bn-lint.verify", [{"uri": uri, "target": "Net"}])
    ]
    place = t.Range(t.Position(4, 0), t.Position(4, 0))
    params = t.CodeActionParams(t.TextDocumentIdentifier(uri), place, t.CodeActionContext([]))
    offered = await editor.client.text_document_code_action_async(params)
    assert "Verify Net with TensorRT" in [action.title for action in offered or ()]


async def test_an_unsaved_file_is_not_verified(editor: Editor) -> None:
    uri = editor.open("net.py", _NET, write=True)
    editor.replace(uri, "BatchNorm2d(16)", "BatchNorm2d(8)")
    assert await editor.client.workspace_execute_command_async(_command(uri, "Net")) is None
    assert any("save net.py first" in message for message in editor.messages)


async def test_an_interpreter_without_torch_is_told(editor: Editor) -> None:
    uri = editor.open("net.py", _NET, write=True)
    (editor.folder / "pyproject.toml").write_text(
        '[[tool.bn-lint.verify]]\ntarget = "net.py::Net"\npython = "/no/such/python"\n'
    )
    assert await editor.client.workspace_execute_command_async(_command(uri, "Net")) is None
    assert any("/no/such/python" in message for message in editor.messages)


async def test_a_real_build(editor: Editor) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("tensorrt_rtx")
    uri = editor.open("net.py", _NET.replace("BatchNorm2d(16)", "BatchNorm2d(8)"), write=True)
    (editor.folder / "pyproject.toml").write_text(
        f'[[tool.bn-lint.verify]]\ntarget = "net.py::Net"\npython = "{sys.executable}"\ninput = "1x3x8x8"\n'
    )
    answer = await editor.client.workspace_execute_command_async(_command(uri, "Net"))
    assert answer["outcome"] == "failed"

    def verified() -> list[str]:
        shown = editor.published[uri].diagnostics if uri in editor.published else ()
        return [str(d.code)[:3] for d in shown if d.source == "bn-lint verify"]

    await editor.until(verified, "findings")
    assert verified() == ["BN9"]

    def lines() -> list[int]:
        return [d.range.start.line for d in editor.published[uri].diagnostics if d.source == "bn-lint verify"]

    (line,) = lines()
    for old, new, moved in (
        ("import torch\n", "import torch\n# caf\u00e9 \U0001f600\n\n", line + 2),  # above it
        ("return self.bn", "return  self.bn", line + 2),  # below it
        ("# caf\u00e9 \U0001f600\n\n", "", line),
    ):
        editor.replace(uri, old, new)
        await editor.until(lambda moved=moved: uri in editor.published and lines() == [moved], f"line {moved}")
    text = editor.texts[uri][1].splitlines(keepends=True)
    editor.replace(uri, text[line], "")
    await editor.until(lambda: uri in editor.published and not lines(), "nothing where its line is gone")
    editor.change(uri, "".join(text).replace("return  self", "return self"))
    await editor.client.workspace_execute_command_async(_command(uri, "Net"))
    await editor.until(verified, "findings")
    kinds = [value["kind"] for token in editor.progress.values() for value in token]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    await editor.client.workspace_execute_command_async(t.ExecuteCommandParams("bn-lint.clearVerify"))
    await editor.until(lambda: not verified(), "nothing more")


async def test_a_run_can_be_stopped(editor: Editor) -> None:
    pytest.importorskip("torch")
    uri = editor.open("slow.py", "import time\ntime.sleep(120)\n" + _NET, write=True)
    (editor.folder / "pyproject.toml").write_text(
        f'[[tool.bn-lint.verify]]\ntarget = "slow.py::Net"\npython = "{sys.executable}"\n'
    )
    running = asyncio.ensure_future(editor.client.workspace_execute_command_async(_command(uri, "Net")))
    await editor.until(lambda: any(editor.progress.values()), "progress")
    (token,) = [key for key, values in editor.progress.items() if values]
    editor.client.window_work_done_progress_cancel(t.WorkDoneProgressCancelParams(token))
    assert await asyncio.wait_for(running, 60) is None
