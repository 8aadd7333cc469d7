"""Code lens over nn.Module classes and export calls: what is known of their BatchNorm layers, and a real build."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types as t

from bn_lint.lsp.features import verify
from bn_lint.lsp.server import BnLintServer
from bn_lint.model import coverage
from bn_lint.model.coverage import Site
from bn_lint.model.events import Exported
from bn_lint.model.workspace import Workspace
from bn_lint.source.tree import SourceFile


@dataclass(frozen=True)
class _Place:
    """An offset, what was seen of the layers constructed there, and what verify would be asked for, if anything."""

    offset: int
    sites: list[Site]
    target: str | None


def register(server: BnLintServer) -> None:
    @server.feature(t.TEXT_DOCUMENT_CODE_LENS, t.CodeLensOptions(resolve_provider=False))
    async def code_lens(params: t.CodeLensParams) -> list[t.CodeLens]:
        uri = params.text_document.uri
        program = server.program(uri)
        if program is None or not server.configuration.client(program.path).code_lens.enable:
            return []
        lenses: list[t.CodeLens] = []
        for found in await server.with_file(program, _places) or ():
            part, place = program.locate_offsets(found.offset, found.offset)
            if part is not program.part(uri):
                continue
            if found.target is not None and not program.is_notebook:
                lenses.append(verify.lens(uri, place, found.target))
            if found.sites:
                title = f"channels: {sum(site.seen for site in found.sites)} of {len(found.sites)} BatchNorm seen"
                lenses.append(t.CodeLens(place, t.Command(title, command="")))
        return lenses


def _places(file: SourceFile, workspace: Workspace) -> list[_Place]:
    """The classes with BatchNorm layers, and the exports; runs in the engine's thread."""
    evaluation = workspace.evaluate(file)
    buildable = {way.node for way in workspace.modules(file) if not way.entry.symbolic}
    found: list[_Place] = []
    for node, definition, known in coverage.of_classes(evaluation):
        if not node.piece.stands_in and known:
            found.append(_Place(node.span[0], known, definition[2] if node in buildable else None))
    for site in evaluation.events(Exported):
        if not site.piece.stands_in:
            found.append(_Place(site.span[0], [], str(site.line)))
    return found
