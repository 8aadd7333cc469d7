"""Settings take effect while the server runs: the client's, the project's, each folder's."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor, start, stop
from tests.lsp.models import NET

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _project(folder: Path, table: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.bn-lint]\n{table}\n", encoding="utf-8")


def _saved_elsewhere(editor: Editor, path: Path) -> None:
    """What an editor that watches files says."""
    change = t.FileEvent(path.as_uri(), t.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams([change]))


async def _codes(editor: Editor, uri: str) -> list[str]:
    return [str(d.code) for d in await editor.diagnostics(uri)]


async def test_pyproject_takes_effect_at_once(editor: Editor) -> None:
    uri = editor.open("net.py", NET, write=True)
    assert await _codes(editor, uri) == ["BN101", "BN202"]
    _project(editor.folder, 'ignore = ["BN202"]')
    editor.published.clear()
    _saved_elsewhere(editor, editor.folder / "pyproject.toml")
    if editor.pulls:
        await editor.until(lambda: t.WORKSPACE_DIAGNOSTIC_REFRESH in editor.refreshes, "a refresh")
    assert await _codes(editor, uri) == ["BN101"]


async def test_pyproject_without_a_watching_editor(editor: Editor) -> None:
    """The next edit is enough: Neovim on Linux does not watch files."""
    uri = editor.open("net.py", NET, write=True)
    assert await _codes(editor, uri) == ["BN101", "BN202"]
    _project(editor.folder, 'select = ["BN202"]')
    editor.replace(uri, "import torch\n", "import torch\n\n")
    assert await _codes(editor, uri) == ["BN202"]


async def test_a_broken_pyproject_is_told_once_and_what_held_holds(editor: Editor) -> None:
    _project(editor.folder, 'select = ["BN202"]')
    uri = editor.open("net.py", NET)
    assert await _codes(editor, uri) == ["BN202"]
    _project(editor.folder, 'selct = ["BN1"]')
    for _ in range(2):
        editor.replace(uri, "import torch\n", "import torch\n\n")
        assert await _codes(editor, uri) == ["BN202"]
    told = [message for message in editor.messages if "selct" in message]
    assert len(told) == 1
    assert "pyproject.toml:2: unknown key 'selct'" in told[0]


async def test_severity_of_the_project(editor: Editor) -> None:
    _project(editor.folder, '[tool.bn-lint.severity]\nBN202 = "info"')
    uri = editor.open("net.py", NET)
    assert (await editor.diagnostics(uri))[1].severity is t.DiagnosticSeverity.Information


@pytest.mark.parametrize("profile", ["vscode", "emacs"])
async def test_settings_of_the_editor(tmp_path: Path, profile: str) -> None:
    editor = await start(tmp_path, profile, settings={"ignore": ["BN202"]})
    uri = editor.open("net.py", NET)
    await editor.until(lambda: True, "settings")
    assert "BN101" in await _codes(editor, uri)
    for settings, codes in (({"select": ["BN202"]}, ["BN202"]), ({"enable": False}, []), ({}, ["BN101", "BN202"])):
        editor.settings[None] = settings
        editor.published.clear()
        editor.refreshes.clear()
        editor.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(settings=None))
        if editor.pulls:
            await editor.until(lambda: len(set(editor.refreshes)) == 3, "diagnostics, inlay hints, lenses")
        assert await _codes(editor, uri) == codes
    # The project's table wins: the command line must say the same.
    _project(tmp_path, 'select = ["BN101"]')
    editor.replace(uri, "import torch\n", "import torch\n\n")
    assert await _codes(editor, uri) == ["BN101"]
    await stop(editor)


async def test_settings_given_at_the_start(tmp_path: Path) -> None:
    def no_questions(capabilities: t.ClientCapabilities) -> None:
        assert capabilities.workspace is not None
        capabilities.workspace.configuration = False

    editor = await start(tmp_path, "emacs", options={"settings": {"ignore": ["BN1"]}}, change=no_questions)
    uri = editor.open("net.py", NET)
    assert await _codes(editor, uri) == ["BN202"]
    editor.published.clear()
    settings = {"bn-lint": {"ignore": ["BN2"]}}
    editor.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(settings=settings))
    assert await _codes(editor, uri) == ["BN101"]
    await stop(editor)


async def test_each_folder_has_its_own(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    _project(one, 'ignore = ["BN101"]')
    editor = await start(tmp_path, folders=[one, two])
    editor.settings[two.as_uri()] = {"ignore": ["BN202"]}
    editor.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(settings=None))
    await editor.until(lambda: editor.refreshes, "a refresh")
    first, second = editor.open("one/net.py", NET), editor.open("two/net.py", NET)
    assert await _codes(editor, first) == ["BN202"]
    assert await _codes(editor, second) == ["BN101"]
    await stop(editor)


async def test_an_excluded_file_is_left_alone(editor: Editor) -> None:
    _project(editor.folder, 'extend-exclude = ["generated/"]')
    (editor.folder / "generated").mkdir()
    uri = editor.open("generated/net.py", NET)
    assert await _codes(editor, uri) == []


async def test_subscriptions(editor: Editor) -> None:
    """Asked for where the editor lets a server ask."""
    await editor.diagnostics(editor.open("net.py", NET))
    if editor.profile == "vscode":
        assert t.WORKSPACE_DID_CHANGE_CONFIGURATION in editor.registered
    if editor.profile in ("vscode", "emacs"):
        assert t.WORKSPACE_DID_CHANGE_WATCHED_FILES in editor.registered
