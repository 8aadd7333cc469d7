"""Run the rules over files: the one engine behind the command line and the language server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bn_lint.engine.diagnostics import Diagnostic, locate
from bn_lint.engine.errors import UserError
from bn_lint.engine.interpreter import roomy
from bn_lint.engine.settings import Settings, find_settings
from bn_lint.model.workspace import Workspace
from bn_lint.rule import FileContext, Finding, Rule
from bn_lint.source.relevance import may_matter
from bn_lint.source.suppressions import Suppressions
from bn_lint.source.text import SourceText, UndecodableSource
from bn_lint.source.tree import SourceFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileReport:
    """What was found in one file. `diagnostics` are sorted by place; suppressed ones are only counted."""

    path: Path
    source: SourceText
    diagnostics: tuple[Diagnostic, ...]
    suppressed: int = 0

    def only(self, code: str) -> FileReport:
        """What one rule found."""
        return replace(self, diagnostics=tuple(d for d in self.diagnostics if d.code == code))


def cached_settings(
    override: Callable[[Settings], Settings] = lambda settings: settings,
) -> Callable[[Path], Settings]:
    """A look-up of the settings of a file that reads each folder's configuration once."""

    @cache
    def of_folder(folder: Path) -> Settings:
        return override(find_settings(folder))

    def of_file(path: Path) -> Settings:
        return of_folder(path.absolute().parent)

    return of_file


def read_source(path: Path) -> SourceText:
    """Read and decode one file. Raises UserError that says why it cannot be read."""
    try:
        return SourceText.decode(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UndecodableSource as error:
        raise UserError(f"{path}: {error}") from None


@roomy
def check_source(path: Path, source: SourceText, settings: Settings, workspace: Workspace) -> FileReport:
    """Check one text as the content of `path`.

    A rule that fails is logged and skipped; the others still answer.
    """
    matters = may_matter(source.text)
    rules = [rule for rule in settings.rules_for(path) if matters or rule.every_file]
    file = workspace.open(path, source)
    context = FileContext(file, workspace)
    found: dict[tuple[object, ...], Diagnostic] = {}
    for rule in rules:
        for diagnostic in _run(rule, context, file, settings):
            found.setdefault((diagnostic.code, diagnostic.start.line, diagnostic.start.column), diagnostic)
    suppressions = Suppressions(source)
    kept = [d for d in found.values() if not suppressions.suppresses(d.code, d.start.line, d.end.line)]
    kept.sort(key=lambda d: (d.start.line, d.start.column, d.code))
    return FileReport(path, source, tuple(kept), len(found) - len(kept))


def _run(rule: Rule, context: FileContext, file: SourceFile, settings: Settings) -> list[Diagnostic]:
    severity = settings.severity_of(rule)
    try:
        return [
            replace(locate(rule, severity, finding, file.source), path=file.path)
            for finding in map(_without_gaps, rule.check(context))
            if finding is not None
        ]
    except Exception as error:
        _log.error("%s: rule %s failed and was skipped (%r); please report this", file.path, rule.code, error)
        _log.debug("", exc_info=True)
        return []


def _without_gaps(finding: Finding) -> Finding | None:
    """A finding without what is not in the text while a statement is half typed; None for one that is not itself."""
    if finding.node.piece.stands_in:
        return None
    gaps = {piece.start for piece in finding.node.piece.file.pieces if piece.stands_in}
    if not gaps:
        return finding
    fix = finding.fix
    if fix is not None and any(edit.start <= gap <= edit.end for edit in fix.edits for gap in gaps):
        fix = None
    related = tuple(place for place in finding.related if not place.node.piece.stands_in)
    return replace(finding, related=related, fix=fix)
