"""`[tool.bn-lint]` of the nearest pyproject.toml, and what the command line adds to it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import msgspec
from pathspec import GitIgnoreSpec

from bn_lint.engine.errors import UserError
from bn_lint.engine.registry import all_rules
from bn_lint.rule import Rule, Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports]

DEFAULT_EXCLUDE = (
    ".*/", "__pycache__/", "__pypackages__/", "build/", "dist/", "node_modules/", "site-packages/", "venv/",
)  # fmt: skip


class _Table(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    """The keys of `[tool.bn-lint]`, as written."""

    select: list[str] | None = None
    ignore: list[str] = []
    exclude: list[str] | None = None
    extend_exclude: list[str] = []
    per_file_ignores: dict[str, list[str]] = {}
    severity: dict[str, Severity] = {}
    respect_gitignore: bool = True
    verify: list[dict[str, Any]] = []


@dataclass(frozen=True)
class Settings:
    """Settings that hold for the files below `root`.

    `exclude` and the patterns of `per_file_ignores` are gitignore patterns relative to `root`; codes may be
    prefixes (`BN1`). `origin` is the file they were read from, None for the defaults.
    """

    root: Path
    origin: Path | None = None
    select: tuple[str, ...] = ("BN",)
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    severity: dict[str, Severity] = field(default_factory=dict[str, Severity])
    respect_gitignore: bool = True
    # The models that `bn-lint verify` verifies, as written; verify reads them.
    verify: tuple[dict[str, Any], ...] = ()

    @cached_property
    def _exclude_spec(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.exclude)

    @cached_property
    def _file_specs(self) -> list[tuple[GitIgnoreSpec, tuple[str, ...]]]:
        return [(GitIgnoreSpec.from_lines([glob]), codes) for glob, codes in self.per_file_ignores]

    def excludes(self, path: Path, *, folder: bool = False) -> bool:
        """Whether `exclude` covers a file or folder."""
        relative = _relative(path, self.root)
        return relative is not None and self._exclude_spec.match_file(relative + "/" * folder)

    def rules_for(self, path: Path) -> list[Rule]:
        """The rules that are on for a file: the longest prefix that covers a code decides."""
        relative = _relative(path, self.root) or path.name
        ignored = [c for spec, codes in self._file_specs if spec.match_file(relative) for c in codes]
        return [
            rule
            for rule in all_rules().values()
            if _longest(rule.code, self.select) > _longest(rule.code, self.ignore) and not _longest(rule.code, ignored)
        ]

    def severity_of(self, rule: Rule) -> Severity:
        """The rule's own severity, unless the settings name another."""
        prefix = max((p for p in self.severity if rule.code.startswith(p)), key=len, default=None)
        return rule.severity if prefix is None else self.severity[prefix]

    def override(
        self,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        extend_select: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
    ) -> Settings:
        """These settings with what was asked for on the command line.

        `select` replaces, the others add. Raises UserError for a code that no rule has.
        """
        check_codes((*select, *ignore, *extend_select), "the command line")
        return replace(
            self,
            select=(select or self.select) + extend_select,
            ignore=self.ignore + ignore,
            exclude=self.exclude + exclude,
        )


def find_settings(path: Path) -> Settings:
    """The settings of the nearest folder, upwards from a file or folder, that has a `[tool.bn-lint]`.

    A folder without one inherits; where none has one, the defaults hold relative to the nearest
    pyproject.toml or repository, else to the folder itself. Raises UserError for a broken file.
    """
    start = path if path.is_dir() else path.parent
    project: Path | None = None
    for folder in (start, *start.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file():
            settings = read_settings(candidate, required=False)
            if settings is not None:
                return settings
            project = project or folder
        elif (folder / ".git").exists():
            project = project or folder
    return Settings(root=project or start)


def read_settings(path: Path, *, required: bool = True) -> Settings | None:
    """Read `[tool.bn-lint]` of one TOML file.

    None when the table is missing and not `required`. Raises UserError that names the file and the
    line or key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}:{line}: not valid UTF-8; TOML must be") from None
    if not required and "bn-lint" not in text:
        return None
    try:
        data: dict[str, Any] = tomllib.loads(text)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except tomllib.TOMLDecodeError as error:  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        said = str(error)  # pyright: ignore[reportUnknownArgumentType]
        raise UserError(f"{path}: not valid TOML: {said[:1].lower()}{said[1:]}") from None
    tool = cast(Any, data).get("tool")
    raw: Any = cast("dict[str, Any]", tool).get("bn-lint") if isinstance(tool, dict) else None
    if raw is None:
        if required:
            raise UserError(f"{path}: has no [tool.bn-lint] table")
        return None
    try:
        table = msgspec.convert(raw, _Table)
    except msgspec.ValidationError as error:
        raise UserError(_explain(path, text, str(error))) from None
    return _settings(path, text, table)


def _settings(path: Path, text: str, table: _Table) -> Settings:
    exclude = DEFAULT_EXCLUDE if table.exclude is None else tuple(table.exclude)
    settings = Settings(
        root=path.parent,
        origin=path,
        select=("BN",) if table.select is None else tuple(table.select),
        ignore=tuple(table.ignore),
        exclude=exclude + tuple(table.extend_exclude),
        per_file_ignores=tuple((glob, tuple(codes)) for glob, codes in table.per_file_ignores.items()),
        severity=table.severity,
        respect_gitignore=table.respect_gitignore,
        verify=tuple(table.verify),
    )
    codes = [*settings.select, *settings.ignore, *settings.severity]
    codes += [code for _, listed in settings.per_file_ignores for code in listed]
    for code in codes:
        check_codes((code,), f"{path}:{_line_of(text, code)}")
    return settings


def check_codes(codes: tuple[str, ...], where: str) -> None:
    """Raises UserError for a code or prefix that no installed rule has."""
    for code in codes:
        if not any(rule.startswith(code) for rule in all_rules()) or not code:
            raise UserError(f"{where}: unknown rule code {code!r}; `bn-lint rule --all` lists the codes")


def _explain(path: Path, text: str, problem: str) -> str:
    """msgspec says `Object contains unknown field `selct` - at `$.x``: name the key and its line."""
    unknown = re.search(r"unknown field `([^`]+)`", problem)
    if unknown:
        known = ", ".join(msgspec.json.schema(_Table)["$defs"]["_Table"]["properties"])
        key = unknown[1]
        return f"{path}:{_line_of(text, key)}: unknown key {key!r} in [tool.bn-lint]; known keys: {known}"
    key = re.search(r"\$\.([\w-]+)", problem)
    name = key[1] if key else "bn-lint"
    words = problem.partition(" - at")[0].replace("`", "")
    for theirs, ours in (("array", "a list"), ("object", "a table"), ("str", "a string"), ("bool", "true or false")):
        words = re.sub(rf"\b{theirs}\b", ours, words.replace(" | null", ""))
    return f"{path}:{_line_of(text, name)}: [tool.bn-lint] {name}: {words[:1].lower()}{words[1:]}"


def _line_of(text: str, word: str) -> int:
    """The first line after the table's heading that holds a word; 1 when none does."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if "tool.bn-lint" in line), 0)
    return next((i + 1 for i in range(start, len(lines)) if word in lines[i]), 1)


def _relative(path: Path, root: Path) -> str | None:
    try:
        return path.absolute().relative_to(root).as_posix()
    except ValueError:
        return None


def _longest(code: str, prefixes: tuple[str, ...] | list[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)
