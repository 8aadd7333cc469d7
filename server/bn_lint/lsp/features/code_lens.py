"""Code lens over nn.Module classes: how many of their BatchNorm layers are seen with known channels."""

from __future__ import annotations

from lsprotocol import types as t

from bn_lint.lsp.programs import Program
from bn_lint.lsp.server import BnLintServer
from bn_lint.model.evaluation import Coverage, coverage
from bn_lint.model.workspace import Workspace
from bn_lint.source.tree import SourceFile


def register(server: BnLintServer) -> None:
    @server.feature(t.TEXT_DOCUMENT_CODE_LENS, t.CodeLensOptions(resolve_provider=False))
    async def code_lens(params: t.CodeLensParams) -> list[t.CodeLens]:
        uri = params.text_document.uri
        program = server.program(uri)
        if program is None or not server.configuration.client(program.path).code_lens.enable:
            return []
        found = await server.with_file(program, _coverage) or []
        lenses: list[t.CodeLens] = []
        for offset, one in found:
            part, place = program.locate_offsets(offset, offset)
            if part is program.part(uri):
                lenses += _lenses(program, place, one)
        return lenses


def _coverage(file: SourceFile, workspace: Workspace) -> list[tuple[int, Coverage]]:
    """The classes with BatchNorm layers, by where they start; runs in the engine's thread."""
    evaluation = workspace.evaluate(file)
    return [
        (node.span[0], found)
        for node, definition in file.definitions("class")
        if not node.piece.stands_in and (found := coverage(evaluation, node, definition)).total
    ]


def _lenses(program: Program, place: t.Range, found: Coverage) -> list[t.CodeLens]:
    title = f"channels: {found.seen} of {found.total} BatchNorm seen"
    return [t.CodeLens(place, t.Command(title, command=""))]
