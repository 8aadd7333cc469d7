"""Which settings hold for a file: the project's own, else what the client says.

`[tool.bn-lint]` of the nearest pyproject.toml wins, so that the editor and the command line agree. The client's
`bn-lint` section (workspace/configuration, didChangeConfiguration, or initializationOptions) gives the rule selection
where the project has no table, and everything that only concerns an editor.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bn_lint.engine.errors import UserError
from bn_lint.engine.settings import Settings, find_settings

_log = logging.getLogger(__name__)


class InlayHints(msgspec.Struct, frozen=True, rename="camel"):
    """`bn-lint.inlayHints`."""

    shapes: bool = False
    modes: bool = False


class CodeLens(msgspec.Struct, frozen=True, rename="camel"):
    """`bn-lint.codeLens`."""

    enable: bool = True


class ClientSettings(msgspec.Struct, frozen=True, rename="camel"):
    """The `bn-lint` section. Keys that the server does not know are the client's own business."""

    enable: bool = True
    # Whether code of the workspace may be run: VS Code's workspace trust. Editors without one trust what they open.
    trusted: bool = True
    interpreter: str = ""
    workspace_diagnostics: bool = False
    select: list[str] = []
    extend_select: list[str] = []
    ignore: list[str] = []
    inlay_hints: InlayHints = InlayHints()
    code_lens: CodeLens = CodeLens()


_DEFAULT = ClientSettings()
_Fingerprint = tuple[tuple[str, int], ...]


class Configuration:
    """Settings by file. `warn` gets one line for each thing that the user should mend."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._warned: set[str] = set()
        self._base = _DEFAULT
        self._by_folder: dict[Path, ClientSettings] = {}
        self._projects: dict[Path, tuple[_Fingerprint, Settings]] = {}
        self._resolved: dict[tuple[Path, int], tuple[Settings, Settings]] = {}

    def set_client(self, section: Any, folder: Path | None = None) -> bool:
        """Take over the client's section for one workspace folder, or for everything. Whether that changed anything."""
        settings = self._read(section)
        if settings == (self._base if folder is None else self._by_folder.get(folder)):
            return False
        if folder is None:
            self._base = settings
            self._by_folder.clear()
        else:
            self._by_folder[folder] = settings
        self._warned.clear()
        self._resolved.clear()
        return True

    def remove_folder(self, folder: Path) -> None:
        """A folder has left the workspace."""
        self._by_folder.pop(folder, None)
        self._resolved.clear()

    def client(self, path: Path) -> ClientSettings:
        """The client's settings for a file: those of the innermost workspace folder around it."""
        around = [folder for folder in self._by_folder if path.is_relative_to(folder)]
        return self._by_folder[max(around, key=lambda f: len(f.parts))] if around else self._base

    def settings(self, path: Path) -> Settings:
        """The engine's settings for a file; the same object while nothing has changed. Never raises."""
        project = self._project(path.parent)
        if project.origin is not None:
            return project
        client = self.client(path)
        key = (project.root, id(client))
        cached = self._resolved.get(key)
        if cached is None or cached[0] is not project:
            try:
                settings = project.override(tuple(client.select), tuple(client.ignore), tuple(client.extend_select), ())
            except UserError as error:
                self._warn_once(str(error).replace("the command line", "the editor's bn-lint settings"))
                settings = project
            cached = self._resolved[key] = (project, settings)
        return cached[1]

    def _project(self, folder: Path) -> Settings:
        seen = _fingerprint(folder)
        cached = self._projects.get(folder)
        if cached is not None and cached[0] == seen:
            return cached[1]
        try:
            settings = find_settings(folder)
        except UserError as error:
            self._warn_once(str(error))
            # What held before the file was broken is a better guess than nothing.
            settings = Settings(root=folder) if cached is None else cached[1]
        if cached is not None and cached[1] == settings:
            settings = cached[1]
        self._projects[folder] = (seen, settings)
        return settings

    def _read(self, section: Any) -> ClientSettings:
        if not isinstance(section, dict):
            return _DEFAULT
        try:
            return msgspec.convert(section, ClientSettings)
        except msgspec.ValidationError as error:
            self._warn_once(f"the editor's bn-lint settings are not used: {error}")
            return _DEFAULT

    def _warn_once(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)


def _fingerprint(folder: Path) -> _Fingerprint:
    """The pyproject.toml files that could matter to a folder, with their times. A few stats: microseconds."""
    found: list[tuple[str, int]] = []
    for parent in (folder, *folder.parents):
        name = os.path.join(parent, "pyproject.toml")
        try:
            found.append((name, os.stat(name).st_mtime_ns))
        except OSError:
            continue
    return tuple(found)
