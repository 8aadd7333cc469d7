"""Settings that take effect while the server runs: the client's section, and pyproject.toml where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from lsprotocol import types as t

from bn_lint.lsp.json_values import table
from bn_lint.lsp.programs import path_of
from bn_lint.lsp.server import BnLintServer

SECTION = "bn-lint"
_WATCHED = ("**/pyproject.toml", "**/*.py")


def register(server: BnLintServer) -> None:
    server.configuration.set_client(_initial(server.initialization_options))

    @server.feature(t.INITIALIZED)
    async def initialized(params: t.InitializedParams) -> None:
        await _subscribe(server)
        await _pull(server)

    @server.feature(t.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: t.DidChangeConfigurationParams) -> None:
        if server.client_can("workspace.configuration"):
            await _pull(server)
        else:
            server.configuration.set_client(_section(params.settings))
            server.settings_changed()

    @server.feature(t.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: t.DidChangeWatchedFilesParams) -> None:
        paths = [path_of(change.uri) for change in params.changes]
        if any(path.name == "pyproject.toml" for path in paths):
            server.settings_changed()
        server.files_changed([path for path in paths if path.suffix == ".py"])

    @server.feature(t.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def did_change_workspace_folders(params: t.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            server.configuration.remove_folder(path_of(folder.uri))
        if not await _pull(server):
            server.settings_changed()


async def _subscribe(server: BnLintServer) -> None:
    """Ask for what has to be asked for: changes of the client's settings and of files."""
    wanted: list[t.Registration] = []
    if server.client_can("workspace.did_change_configuration.dynamic_registration"):
        options = t.DidChangeConfigurationRegistrationOptions(section=SECTION)
        wanted.append(t.Registration(uuid4().hex, t.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
    if server.client_can("workspace.did_change_watched_files.dynamic_registration"):
        watchers = [t.FileSystemWatcher(glob_pattern=pattern) for pattern in _WATCHED]
        options = t.DidChangeWatchedFilesRegistrationOptions(watchers)
        wanted.append(t.Registration(uuid4().hex, t.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if wanted:
        await server.client_register_capability_async(t.RegistrationParams(wanted))


async def _pull(server: BnLintServer) -> bool:
    """Ask the client for its settings, those of each workspace folder too, where it answers such questions.

    Whether that changed anything.
    """
    if not server.client_can("workspace.configuration"):
        return False
    folders = [folder.uri for folder in server.workspace.folders.values()]
    items = [t.ConfigurationItem(scope_uri=uri, section=SECTION) for uri in (None, *folders)]
    answers = await server.workspace_configuration_async(t.ConfigurationParams(items))
    scopes: list[Path | None] = [None, *map(path_of, folders)]
    changed = False
    for scope, answer in zip(scopes, answers, strict=False):
        if answer is not None:
            changed |= server.configuration.set_client(answer, scope)
    if changed:
        server.settings_changed()
    return changed


def _initial(options: Any) -> Any:
    """Clients without workspace/configuration give everything at the start, under `bn-lint` or `settings` or bare."""
    return _section(table(options).get("settings", options))


def _section(settings: Any) -> Any:
    return table(settings).get(SECTION, settings)
