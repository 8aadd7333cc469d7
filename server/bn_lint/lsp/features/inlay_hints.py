"""Inlay hints: the shape after each statement of `forward`, and the mode of a model at its export.

Off until the settings `bn-lint.inlayHints.shapes` and `bn-lint.inlayHints.modes` ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as t

from bn_lint.lsp.programs import Program
from bn_lint.lsp.server import BnLintServer
from bn_lint.model.display import shape_text
from bn_lint.model.events import Exported, Mode, Shaped
from bn_lint.model.torch_.exports import model_argument
from bn_lint.model.workspace import Workspace
from bn_lint.source.tree import SourceFile

_ALTERNATIVES = 3


def register(server: BnLintServer) -> None:
    @server.feature(t.TEXT_DOCUMENT_INLAY_HINT, t.InlayHintOptions(resolve_provider=False))
    async def inlay_hint(params: t.InlayHintParams) -> list[t.InlayHint]:
        uri = params.text_document.uri
        program = server.program(uri)
        if program is None:
            return []
        wanted = server.configuration.client(program.path).inlay_hints
        start, end = (program.offset(uri, position) for position in (params.range.start, params.range.end))
        if start is None or end is None:
            return []
        hints: list[t.InlayHint] = []
        if wanted.shapes:
            shapes = await server.with_file(program, lambda file, workspace: _shapes(file, workspace, start, end))
            hints += [_shape_hint(program, offset, events) for offset, events in shapes or ()]
        if wanted.modes:
            modes = await server.with_file(program, lambda file, workspace: _modes(file, workspace, start, end))
            hints += [_mode_hint(program, offset, event) for offset, event in modes or ()]
        return hints


def _shapes(file: SourceFile, workspace: Workspace, start: int, end: int) -> list[tuple[int, list[Shaped]]]:
    """The ends of the statements in a span, with what they gave; runs in the engine's thread."""
    found: list[tuple[int, list[Shaped]]] = []
    for node, events in workspace.tour(file).events(Shaped).items():
        if not node.piece.stands_in and node.piece.start < end:
            offset = node.span[1]
            if start <= offset <= end:
                found.append((offset, events))
    return found


def _modes(file: SourceFile, workspace: Workspace, start: int, end: int) -> list[tuple[int, Exported]]:
    """The ends of the models that go into export calls in a span; runs in the engine's thread."""
    found: list[tuple[int, Exported]] = []
    for site, events in workspace.evaluate(file).events(Exported).items():
        model = model_argument(site.ir, events[0].name)
        if model is None or site.piece.stands_in or len({event.mode for event in events}) != 1:
            continue
        offset = site.piece.node(model[1]).span[1]
        if start <= offset <= end and events[0].mode is not Mode.UNKNOWN:
            found.append((offset, events[0]))
    return found


def _mode_hint(program: Program, offset: int, event: Exported) -> t.InlayHint:
    right, wrong = ("eval", "train") if event.wants == "eval" else ("train", "eval")
    mode = right if event.mode is Mode.RIGHT else wrong
    told = f"{event.cls.name} is in {mode} mode here"
    if event.mode is Mode.WRONG:
        told += f": {event.clause}"
    return t.InlayHint(program.locate_offsets(offset, offset)[1].start, f": {mode}", tooltip=told)


def _shape_hint(program: Program, offset: int, events: list[Shaped]) -> t.InlayHint:
    _, place = program.locate_offsets(offset, offset)
    return t.InlayHint(
        position=place.start,
        label=_label(events),
        padding_left=True,
        tooltip=t.MarkupContent(t.MarkupKind.Markdown, _table(events)),
    )


def _label(events: list[Shaped]) -> str:
    """The most general shape that is known: with the parameters' names rather than with the numbers of one model."""
    general = [event for event in events if event.entry.symbolic]
    shapes = _distinct(general or events)
    more = " | ..." if len(shapes) > _ALTERNATIVES else ""
    return " | ".join(shapes[:_ALTERNATIVES]) + more


def _table(events: list[Shaped]) -> str:
    rows = dict.fromkeys(f"| `{event.entry.text}` | {shape_text(event.dims)} |" for event in events)
    return "\n".join(["| built by | shape |", "| --- | --- |", *rows])


def _distinct(events: Iterable[Shaped]) -> list[str]:
    return list(dict.fromkeys(shape_text(event.dims) for event in events))
