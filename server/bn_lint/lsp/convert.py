"""The engine's diagnostics and edits in the terms of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from lsprotocol import types as t
from pygls.workspace import PositionCodec

from bn_lint.engine.diagnostics import Diagnostic, RelatedPlace
from bn_lint.lsp.documents import client_range
from bn_lint.lsp.json_values import table
from bn_lint.lsp.programs import Part, Program, uri_of
from bn_lint.model.workspace import Workspace
from bn_lint.rule import Edit, Severity

SOURCE = "bn-lint"

_SEVERITY = {
    Severity.ERROR: t.DiagnosticSeverity.Error,
    Severity.WARNING: t.DiagnosticSeverity.Warning,
    Severity.INFO: t.DiagnosticSeverity.Information,
}
# Layers without effect: editors grey them out.
_UNNECESSARY = frozenset({"BN106"})


def diagnostic(found: Diagnostic, program: Program, workspace: Workspace) -> tuple[Part, t.Diagnostic]:
    """A diagnostic and the document that it belongs to."""
    part, place = program.locate_range(found.start, found.end)
    converted = t.Diagnostic(
        range=place,
        message=found.message,
        severity=_SEVERITY[found.severity],
        source=SOURCE,
        code=found.code,
        code_description=t.CodeDescription(found.url),
        tags=[t.DiagnosticTag.Unnecessary] if found.code in _UNNECESSARY else None,
        related_information=[_related(place, program, workspace) for place in found.related] or None,
        data=_data(found, program, part),
    )
    return part, converted


def _related(place: RelatedPlace, program: Program, workspace: Workspace) -> t.DiagnosticRelatedInformation:
    if place.path == program.path:
        part, where = program.locate_range(place.start, place.end)
        location = t.Location(part.uri, where)
    else:
        location = t.Location(uri_of(place.path), _foreign_range(place, workspace, program.codec))
    return t.DiagnosticRelatedInformation(location, place.message)


def _foreign_range(place: RelatedPlace, workspace: Workspace, codec: PositionCodec) -> t.Range:
    file = workspace.file(place.path)
    if file is not None:
        return client_range(file.source, place.start, place.end, codec)
    start = t.Position(place.start.line - 1, place.start.column)
    return t.Range(start, t.Position(place.end.line - 1, place.end.column))


class CarriedEdit(msgspec.Struct):
    """A text edit; `range` is start line, start character, end line, end character."""

    uri: str
    range: tuple[int, int, int, int]
    text: str


class CarriedFix(msgspec.Struct):
    """A fix as `data` of a diagnostic carries it to the client and back."""

    title: str
    safe: bool
    edits: list[CarriedEdit]

    def text_edits(self) -> Iterator[tuple[str, t.TextEdit]]:
        for edit in self.edits:
            line, column, end_line, end_column = edit.range
            place = t.Range(t.Position(line, column), t.Position(end_line, end_column))
            yield edit.uri, t.TextEdit(place, edit.text)


def carried_fix(data: Any) -> CarriedFix | None:
    """The fix in `data`; None where there is none, or the client has made something else of it."""
    try:
        return msgspec.convert(table(data).get("fix"), CarriedFix)
    except msgspec.ValidationError:
        return None


def _data(found: Diagnostic, program: Program, part: Part) -> dict[str, Any]:
    """What comes back with a code action request: the edits, and the version that they are right for."""
    data: dict[str, Any] = {"version": part.version, "name": found.name}
    edits = None if found.fix is None else text_edits(found.fix.edits, program)
    if found.fix is not None and edits is not None:
        carried = [CarriedEdit(uri, _numbers(edit.range), edit.new_text) for uri, edit in edits]
        data["fix"] = msgspec.to_builtins(CarriedFix(found.fix.title, found.fix.safe, carried))
    return data


def _numbers(place: t.Range) -> tuple[int, int, int, int]:
    return place.start.line, place.start.character, place.end.line, place.end.character


def text_edits(edits: Iterable[Edit], program: Program) -> list[tuple[str, t.TextEdit]] | None:
    """Edits as (document, text edit); None where one reaches over the end of a notebook cell."""
    out: list[tuple[str, t.TextEdit]] = []
    for edit in edits:
        start, end = program.source.position(edit.start), program.source.position(edit.end)
        part, place = program.locate_range(start, end)
        if program.locate(end)[0] is not part:
            return None
        out.append((part.uri, t.TextEdit(place, edit.text)))
    return out


def workspace_edit(edits: Iterable[tuple[str, t.TextEdit]], program: Program, *, versioned: bool) -> t.WorkspaceEdit:
    """An edit of the client's documents; `versioned` where the client can refuse one that comes too late."""
    by_uri: dict[str, list[t.TextEdit]] = {}
    for uri, edit in edits:
        by_uri.setdefault(uri, []).append(edit)
    if not versioned:
        return t.WorkspaceEdit(changes=by_uri)
    changes: list[Any] = []
    for uri, some in by_uri.items():
        part = program.part(uri)
        identifier = t.OptionalVersionedTextDocumentIdentifier(uri, None if part is None else part.version)
        changes.append(t.TextDocumentEdit(identifier, list(some)))
    return t.WorkspaceEdit(document_changes=changes)
