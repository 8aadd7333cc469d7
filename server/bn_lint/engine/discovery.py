"""Which files a run looks at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pathspec import GitIgnoreSpec

from bn_lint.engine.errors import UserError
from bn_lint.engine.settings import Settings

SUFFIXES = frozenset({".py", ".pyi", ".pyw"})

SettingsFor = Callable[[Path], Settings]


def discover(paths: Sequence[Path], settings_for: SettingsFor, *, force_exclude: bool = False) -> list[Path]:
    """The files to check, in a stable order, each once.

    Folders are searched for Python files that neither the settings nor .gitignore exclude. A file that is
    named is taken whatever its suffix, and excluded only with `force_exclude` (for pre-commit, which names
    every file). Raises UserError for a path that is missing or may not be read.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            for file in _search(path, settings_for):
                found.setdefault(file)
        elif not path.is_file():
            problem = "not a regular file" if path.exists() else "no such file or folder"
            raise UserError(f"{path}: {problem}")
        elif not (force_exclude and excluded(path, settings_for(path))):
            found.setdefault(path)
    return list(found)


def excluded(path: Path, settings: Settings) -> bool:
    """Whether the settings exclude a file or a folder above it."""
    parents = [parent for parent in path.absolute().parents if parent.is_relative_to(settings.root)]
    return settings.excludes(path) or any(settings.excludes(p, folder=True) for p in parents[:-1])


def _search(top: Path, settings_for: SettingsFor) -> Iterator[Path]:
    ignored = _GitIgnore(top)
    for folder, names, files in os.walk(top, onerror=_refuse):
        here = Path(folder)
        settings = settings_for(here / "_")
        respect = settings.respect_gitignore
        if respect:
            ignored.enter(here)
        names[:] = sorted(
            name
            for name in names
            if not settings.excludes(here / name, folder=True)
            and not (respect and ignored.covers(here / name, folder=True))
        )
        for name in sorted(files):
            path = here / name
            wanted = path.suffix in SUFFIXES and not (respect and ignored.covers(path))
            if wanted and path.is_file() and not settings_for(path).excludes(path):
                yield path


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename}: {(error.strerror or 'cannot be read').lower()}") from None


class _GitIgnore:
    """The .gitignore files from the repository's root down to the folders entered so far."""

    def __init__(self, top: Path) -> None:
        self._specs: dict[Path, GitIgnoreSpec] = {}
        resolved = top.absolute()
        repository = next((p for p in (resolved, *resolved.parents) if (p / ".git").exists()), None)
        if repository is not None:
            self._read(repository, repository / ".git" / "info" / "exclude")
            for parent in reversed(resolved.parents):
                if parent.is_relative_to(repository):
                    self.enter(parent)

    def enter(self, folder: Path) -> None:
        self._read(folder.absolute(), folder / ".gitignore")

    def _read(self, folder: Path, file: Path) -> None:
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return
        self._specs[folder] = GitIgnoreSpec.from_lines(lines)

    def covers(self, path: Path, *, folder: bool = False) -> bool:
        path = path.absolute()
        for parent in path.parents:
            spec = self._specs.get(parent)
            if spec is not None:
                verdict = spec.check_file(path.relative_to(parent).as_posix() + "/" * folder).include
                if verdict is not None:  # the deepest .gitignore with an opinion wins
                    return verdict
        return False
