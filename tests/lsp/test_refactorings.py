"""Refactorings on any BatchNorm line, with or without a finding, and at exports."""

from __future__ import annotations

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
        self.conv = nn.Conv2d(3, 48, 3)
        self.bn = nn.BatchNorm2d(48, eps=1e-3)
        self.norms = [nn.BatchNorm2d(48)]

    def forward(self, x):
        return self.norms[0](self.bn(self.conv(x)))


def main():
    model = Net()
    model.eval()
    torch.onnx.export(model, torch.randn(1, 3, 8, 8), "net.onnx")
"""


_FUSE = "Fuse 1 Conv+BatchNorm of Net before the export (fuse_modules)"


async def _refactor(editor: Editor, word: str, title: str, text: str = _NET) -> str:
    """The text after the refactoring whose title starts so, offered at the start of a word."""
    uri = editor.open("net.py", text)
    place = editor.position(text, text.index(word))
    actions = await editor.actions(uri, t.Range(place, place), [], [t.CodeActionKind.Refactor])
    assert all(action.kind == "refactor.rewrite" for action in actions)
    found = [action for action in actions if action.title.startswith(title)]
    assert len(found) == 1, [action.title for action in actions]
    action = await editor.resolved(found[0])
    assert action.edit is not None
    return editor.after(uri, action.edit)


async def test_group_norm(editor: Editor) -> None:
    after = await _refactor(editor, "nn.BatchNorm2d(48, eps", "Replace with GroupNorm(24 groups)")
    assert after == _NET.replace("nn.BatchNorm2d(48, eps=1e-3)", "nn.GroupNorm(24, 48, eps=1e-3)")


async def test_group_norm_warns_of_those_who_read_statistics(editor: Editor) -> None:
    title = "Replace with GroupNorm(24 groups): needs training anew; this file reads running statistics"
    await _refactor(editor, "nn.BatchNorm2d(48, eps", title, _NET + "    print(model.bn.running_mean)\n")


async def test_module_list(editor: Editor) -> None:
    after = await _refactor(editor, "nn.BatchNorm2d(48)]", "Wrap `self.norms` in ModuleList")
    assert after == _NET.replace("[nn.BatchNorm2d(48)]", "nn.ModuleList([nn.BatchNorm2d(48)])")


async def test_freeze(editor: Editor) -> None:
    after = await _refactor(editor, "nn.BatchNorm2d(48, eps", "Freeze the BatchNorm statistics of Net")
    compile(after, "net.py", "exec")
    assert after.index("def forward") < after.index("    def train(self, mode=True):") < after.index("def main")
    assert "if isinstance(module, nn.modules.batchnorm._BatchNorm):" in after


async def test_fuse_before_export(editor: Editor) -> None:
    after = await _refactor(editor, "torch.onnx.export", _FUSE)
    line = '    torch.ao.quantization.fuse_modules(model, [["conv", "bn"]], inplace=True)\n    torch.onnx.export'
    assert after == _NET.replace("    torch.onnx.export", line)


async def test_fuse_without_quantization(editor: Editor) -> None:
    text = _NET.replace(
        "export(model, torch.randn(1, 3, 8, 8), ", "export(args=torch.randn(1, 3, 8, 8), model=model, f="
    )
    after = await _refactor(editor, "torch.onnx.export", _FUSE.replace("fuse_modules", "fuse_conv_bn_eval"), text)
    fused = "torch.nn.utils.fusion.fuse_conv_bn_eval(model.conv, model.bn), torch.nn.Identity()"
    assert f"    model.conv, model.bn = {fused}\n    torch.onnx.export(args" in after


async def test_fuse_puts_the_model_in_eval_mode_first(editor: Editor) -> None:
    text = _NET.replace("    model.eval()\n", "")
    after = await _refactor(editor, "torch.onnx.export", _FUSE, text)
    assert "    model = Net()\n    model.eval()\n    torch.ao.quantization.fuse_modules(" in after


async def test_fix_all_of_one_rule(editor: Editor) -> None:
    text = _NET + "    model.eval\n    model.train\n"
    uri = editor.open("net.py", text)
    found = [d for d in await editor.diagnostics(uri) if d.code == "BN202"]
    actions = await editor.actions(uri, found[0].range, [found[0]], [t.CodeActionKind.QuickFix])
    (action,) = [a for a in actions if a.title == "Fix all 2 findings of BN202 in this file"]
    assert action.edit is not None
    assert editor.after(uri, action.edit) == _NET + "    model.eval()\n    model.train()\n"
