"""Verify from an editor that can be asked for input shapes, and that knows of workspaces that are not trusted."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lsprotocol import types as t
from tests.lsp.editor import Editor, only_vscode

pytest.importorskip("torch")
pytestmark = [pytest.mark.asyncio(loop_scope="session"), only_vscode]

# Nothing in the model says how its two inputs fit together.
TWO_INPUTS = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.norm = nn.BatchNorm2d(16)

    def forward(self, x, mask):
        return self.norm(self.conv(x)) * mask
"""


@pytest_asyncio.fixture(loop_scope="session")
async def vscode(editor: Editor) -> AsyncIterator[Editor]:
    """VS Code, where torch is in the interpreter that runs the tests."""
    await _set(editor, {"interpreter": sys.executable})
    yield editor
    await _set(editor, {})


async def _set(vscode: Editor, settings: dict[str, object]) -> None:
    """Change the editor's settings, and wait until the server has them."""
    vscode.settings = {None: settings}
    before = vscode.asked_for_settings
    vscode.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(None))
    await vscode.until(lambda: vscode.asked_for_settings > before, "the server to ask for its settings")


async def _verify(vscode: Editor, uri: str) -> dict[str, object] | None:
    """Run the command as a code lens does."""
    arguments = t.ExecuteCommandParams("bn-lint.verify", [{"uri": uri, "target": "Net"}])
    return await vscode.client.workspace_execute_command_async(arguments)


async def test_asks_for_inputs_that_cannot_be_inferred_and_remembers_them(vscode: Editor) -> None:
    uri = vscode.open("net.py", TWO_INPUTS, write=True)
    vscode.answer = None
    unanswered = await _verify(vscode, uri)
    assert _as_table(unanswered)["outcome"] == "not verified"
    assert any("cannot be inferred" in message for message in vscode.messages)

    vscode.answer = "2x3x16x16 mask=2x16x16x16"
    assert _as_table(await _verify(vscode, uri))["outcome"] == "passed"
    (_, question) = vscode.questions
    assert re.fullmatch(_as_table(question)["pattern"], vscode.answer)
    assert _as_table(await _verify(vscode, uri))["outcome"] == "passed"
    assert len(vscode.questions) == 2
    await vscode.client.workspace_execute_command_async(t.ExecuteCommandParams("bn-lint.clearVerify"))


async def test_refused_in_an_untrusted_workspace(vscode: Editor) -> None:
    uri = vscode.open("net.py", TWO_INPUTS + "\nopen('ran', 'w')\n", write=True)
    await _set(vscode, {"interpreter": sys.executable, "trusted": False})
    assert await _verify(vscode, uri) is None
    assert any("not trusted" in message for message in vscode.messages)
    assert not (vscode.folder / "ran").exists()


def _as_table(value: object) -> dict[str, str]:
    """pygls hands a JSON object over as a named tuple."""
    return value if isinstance(value, dict) else value._asdict()  # type: ignore[attr-defined]
