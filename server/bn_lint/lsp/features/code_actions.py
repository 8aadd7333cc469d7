"""Code actions: mend a finding, mend all of a rule, mend the file, say that a finding is meant to be, refactor."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lsprotocol import types as t

from bn_lint.engine.check import check_source
from bn_lint.engine.fixing import fix_all, overlap, usable_fixes
from bn_lint.engine.settings import Settings
from bn_lint.engine.suppressing import ignore_in_file, ignore_on_line
from bn_lint.lsp import convert
from bn_lint.lsp.analysis import Analysis, Analyst, Stale
from bn_lint.lsp.features import verify
from bn_lint.lsp.features.refactorings import refactorings
from bn_lint.lsp.json_values import table, text
from bn_lint.lsp.programs import Program
from bn_lint.lsp.server import BnLintServer
from bn_lint.rule import Edit

FIX_ALL = f"{t.CodeActionKind.SourceFixAll.value}.bn-lint"
NOTEBOOK_FIX_ALL = f"notebook.{FIX_ALL}"
_KINDS = [t.CodeActionKind.QuickFix, t.CodeActionKind.RefactorRewrite, FIX_ALL, NOTEBOOK_FIX_ALL]


def register(server: BnLintServer) -> None:
    actions = _CodeActions(server)

    @server.feature(t.TEXT_DOCUMENT_CODE_ACTION, t.CodeActionOptions(code_action_kinds=_KINDS, resolve_provider=True))
    async def code_action(params: t.CodeActionParams) -> list[t.CodeAction]:
        return await actions.offer(params)

    @server.feature(t.CODE_ACTION_RESOLVE)
    async def resolve(action: t.CodeAction) -> t.CodeAction:
        return await actions.resolve(action)


class _CodeActions:
    def __init__(self, server: BnLintServer) -> None:
        self._server = server
        self._versioned = server.client_can("workspace.workspace_edit.document_changes")
        support: Any = getattr(server.client_capabilities.text_document, "code_action", None)
        lazily = getattr(getattr(support, "resolve_support", None), "properties", None) or ()
        self._fixed: tuple[Analysis, str] | None = None
        self._resolves = "edit" in lazily and bool(getattr(support, "data_support", False))

    async def offer(self, params: t.CodeActionParams) -> list[t.CodeAction]:
        """The actions for a range of a document."""
        uri = params.text_document.uri
        program = self._server.program(uri)
        if program is None or program.too_large:
            return []
        only = params.context.only
        actions: list[t.CodeAction] = []
        if _wants(only, t.CodeActionKind.QuickFix):
            ours = [d for d in params.context.diagnostics if d.source in (convert.SOURCE, None)]
            if ours:
                actions += self._quick_fixes(program, uri, ours)
                actions += self._all_like(program, ours)
        if _wants(only, t.CodeActionKind.RefactorRewrite):
            actions += await self._refactorings(program, uri, params.range.start)
        if _wants(only, t.CodeActionKind.Empty) and not program.is_notebook:
            actions += await self._verifications(program, uri, params.range.start)
        # A notebook's cells are asked one by one, at the same time: only the notebook as a whole may be mended.
        kind = NOTEBOOK_FIX_ALL if program.is_notebook else FIX_ALL
        if _wants(only, kind):
            analysis = await self._server.newest(uri) if only else self._server.analyst.latest(program)
            if analysis is not None and any(d.fix is not None and d.fix.safe for d in analysis.report.diagnostics):
                action = t.CodeAction("Fix all bn-lint problems", kind=kind)
                if self._resolves:
                    action.data = {"fixAll": uri}
                else:
                    action.edit = await self._edit(uri)
                actions.append(action)
        return actions

    async def resolve(self, action: t.CodeAction) -> t.CodeAction:
        """Fill in the edit of an action that was offered without one."""
        data = table(action.data)
        uri = text(data.get("fixAll"))
        if uri is not None:
            action.edit = await self._edit(uri)
        return action

    async def _edit(self, uri: str) -> t.WorkspaceEdit | None:
        """The edit that mends all findings."""
        while True:
            analysis = await self._server.newest(uri)
            if analysis is None:
                return None
            program = analysis.program
            settings = self._server.configuration.settings(program.path)
            if self._fixed is None or self._fixed[0] is not analysis:
                try:
                    fixed = await self._server.analyst.run(_fixing(analysis, settings, self._server.analyst))
                except Stale:
                    continue
                self._fixed = analysis, fixed
            fixed = self._fixed[1]
            edits = convert.text_edits(_difference(program.source.text, fixed), program)
            return None if edits is None else self._workspace_edit(edits, program)

    async def _refactorings(self, program: Program, uri: str, position: t.Position) -> list[t.CodeAction]:
        offset = program.offset(uri, position)
        if offset is None:
            return []
        actions: list[t.CodeAction] = []
        found = await self._server.with_file(program, lambda file, work: refactorings(file, work, offset))
        for one in found or ():
            edits = convert.text_edits(one.edits, program)
            if edits is not None:
                edit = self._workspace_edit(edits, program)
                actions.append(t.CodeAction(one.title, kind=t.CodeActionKind.RefactorRewrite, edit=edit))
        return actions

    async def _verifications(self, program: Program, uri: str, position: t.Position) -> list[t.CodeAction]:
        offset = program.offset(uri, position)
        if offset is None:
            return []
        target = await self._server.with_file(program, lambda file, work: verify.target_at(file, work, offset))
        return [] if target is None else [verify.action(uri, target)]

    def _quick_fixes(self, program: Program, uri: str, diagnostics: list[t.Diagnostic]) -> Iterator[t.CodeAction]:
        """For each diagnostic of the request: its fix, the fix of all like it, and suppressing it."""
        for diagnostic in diagnostics:
            current = self._current(program, uri, diagnostic)
            if current is None:
                continue
            fix = convert.carried_fix(current.data)
            if fix is not None:
                yield t.CodeAction(
                    fix.title + ("" if fix.safe else " (changes behaviour)"),
                    kind=t.CodeActionKind.QuickFix,
                    diagnostics=[diagnostic],
                    is_preferred=True if fix.safe else None,
                    edit=self._workspace_edit(fix.text_edits(), program),
                )
            yield from self._suppressions(program, uri, current, diagnostic)

    def _all_like(self, program: Program, diagnostics: list[t.Diagnostic]) -> Iterator[t.CodeAction]:
        """Mend all findings of a rule at once, where there are several."""
        analysis = self._server.analyst.latest(program)
        if analysis is None or program.is_notebook:
            return
        for code in dict.fromkeys(str(diagnostic.code) for diagnostic in diagnostics):
            fixes = usable_fixes(analysis.report.only(code).diagnostics, unsafe=False)
            taken: list[Edit] = []
            count = 0
            for fix in fixes:
                if not any(overlap(edit, other) for edit in fix.edits for other in taken):
                    taken += fix.edits
                    count += 1
            edits = convert.text_edits(taken, program)
            if count > 1 and edits is not None:
                edit = self._workspace_edit(edits, program)
                title = f"Fix all {count} findings of {code} in this file"
                yield t.CodeAction(title, kind=t.CodeActionKind.QuickFix, edit=edit)

    def _current(self, program: Program, uri: str, diagnostic: t.Diagnostic) -> t.Diagnostic | None:
        """The diagnostic with edits that are right for the present version; None where it is out of date."""
        part = program.part(uri)
        if part is None:
            return None
        if part.version is not None and table(diagnostic.data).get("version") == part.version:
            return diagnostic
        analysis = self._server.analyst.latest(program)
        if analysis is None:
            return None
        for item in analysis.items[part.uri]:
            if item.range == diagnostic.range and (diagnostic.code is None or str(item.code) == str(diagnostic.code)):
                return item
        return None

    def _suppressions(
        self, program: Program, uri: str, current: t.Diagnostic, diagnostic: t.Diagnostic
    ) -> Iterator[t.CodeAction]:
        code = str(current.code)
        if code == "BN001":
            return
        offset = program.offset(uri, current.range.start)
        if offset is None:
            return
        start = program.source.position(offset)
        choices: list[tuple[str, Callable[[], Edit | None]]] = [
            (f"Ignore {code} on this line", lambda: ignore_on_line(program.source, start.line, code)),
        ]
        if not program.is_notebook:
            choices.append((f"Ignore {code} in this file", lambda: ignore_in_file(program.source, code)))
        for title, choice in choices:
            edit = choice()
            edits = None if edit is None else convert.text_edits([edit], program)
            if edits is not None:
                yield t.CodeAction(
                    title,
                    kind=t.CodeActionKind.QuickFix,
                    diagnostics=[diagnostic],
                    edit=self._workspace_edit(edits, program),
                )

    def _workspace_edit(self, edits: Iterable[tuple[str, t.TextEdit]], program: Program) -> t.WorkspaceEdit:
        return convert.workspace_edit(edits, program, versioned=self._versioned)


def _wants(only: Any, kind: str) -> bool:
    """Whether a request for some kinds (None: all) includes one: `source` includes `source.fixAll.bn-lint`."""
    if not only:
        return True
    return any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in map(_value, only))


def _value(kind: Any) -> str:
    return kind.value if isinstance(kind, t.CodeActionKind) else str(kind)


def _fixing(analysis: Analysis, settings: Settings, analyst: Analyst) -> Callable[[], str]:
    """What gives the text after all safe fixes; runs in the engine's thread."""

    def work() -> str:
        workspace = analyst.workspace.fork()
        path = analysis.program.path
        fixed = fix_all(analysis.report, lambda source: check_source(path, source, settings, workspace))
        return fixed.report.source.text

    return work


def _difference(before: str, after: str) -> list[Edit]:
    """The line-wise edits from one text to another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    return [
        _trimmed(Edit(starts[a], starts[b], "".join(new[c:d])), before)
        for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


def _trimmed(edit: Edit, text: str) -> Edit:
    """The same edit without what it replaces by itself at either end."""
    old, new = text[edit.start : edit.end], edit.text
    room = min(len(old), len(new))
    head = next((i for i in range(room) if old[i] != new[i]), room)
    room -= head
    tail = next((i for i in range(room) if old[-1 - i] != new[-1 - i]), room)
    return Edit(edit.start + head, edit.end - tail, new[head : len(new) - tail])
