"""Hover: what reaches a layer, why a finding is one, what a code in a suppression comment stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lsprotocol import types as t

from bn_lint.engine.registry import all_rules
from bn_lint.lsp.programs import Program
from bn_lint.lsp.server import BnLintServer
from bn_lint.model.display import shape_text
from bn_lint.model.events import WRONG, Applied, Verdict
from bn_lint.model.story import trail
from bn_lint.model.symbolic import Poly, text_of
from bn_lint.model.workspace import Workspace
from bn_lint.rule import Rule
from bn_lint.source.suppressions import Suppressions
from bn_lint.source.tree import Node, SourceFile

_CODE = re.compile(r"\b[A-Z]+[0-9]+\b")
_ROWS = 8
_MARKS = {Verdict.FITS: "fits", Verdict.UNKNOWN: "not known", **dict.fromkeys(WRONG, "**does not fit**")}


def register(server: BnLintServer) -> None:
    @server.feature(t.TEXT_DOCUMENT_HOVER)
    async def hover(params: t.HoverParams) -> t.Hover | None:
        uri = params.text_document.uri
        program = server.program(uri)
        offset = None if program is None else program.offset(uri, params.position)
        if program is None or program.too_large or offset is None:
            return None
        named = _suppressed_rule(program, offset)
        if named is not None:
            return _shown([named.page()])
        parts = await server.with_file(program, lambda file, workspace: _layers(file, workspace, offset)) or []
        parts += _findings(server, program, offset)
        return _shown(parts) if parts else None


def _shown(parts: Iterable[str]) -> t.Hover:
    return t.Hover(t.MarkupContent(t.MarkupKind.Markdown, "\n\n---\n\n".join(parts)))


def _suppressed_rule(program: Program, offset: int) -> Rule | None:
    """The rule that a suppression comment names at an offset."""
    text = program.source.text
    for suppression in Suppressions(program.source).all:
        if suppression.start <= offset <= suppression.end:
            for match in _CODE.finditer(text, suppression.start, suppression.end):
                if match.start() <= offset <= match.end():
                    return all_rules().get(match[0])
    return None


def _findings(server: BnLintServer, program: Program, offset: int) -> Iterator[str]:
    """The pages of the rules that found something at an offset."""
    analysis = server.analyst.latest(program)
    if analysis is None:
        return
    source = program.source
    for code in dict.fromkeys(
        d.code for d in analysis.report.diagnostics if source.offset(d.start) <= offset <= source.offset(d.end)
    ):
        rule = all_rules().get(code)
        if rule is not None:
            yield rule.page()


def _layers(file: SourceFile, workspace: Workspace, offset: int) -> list[str]:
    """What is known about the layers that are constructed or applied on a line; runs in the engine's thread."""
    line = file.source.position(offset).line
    found: list[tuple[bool, Node, list[Applied]]] = []
    told = workspace.evaluate(file).events(Applied)
    for site, events in workspace.tour(file).events(Applied).items():
        told.setdefault(site, []).extend(events)
    for site, events in told.items():
        place, mine = _place_on(line, file, site, events)
        if place is not None:
            start, end = place.span
            found.append((start <= offset <= end, site, mine))
    # `nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8)` on one line: the one under the cursor, if it is over one.
    exact = [entry for entry in found if entry[0]]
    return [_layer(site, events) for _, site, events in exact or found]


def _place_on(line: int, file: SourceFile, site: Node, events: list[Applied]) -> tuple[Node | None, list[Applied]]:
    """Where a layer shows on a line: its constructing call, or a call that applies it; with what happened there."""
    if not site.piece.stands_in and _covers(site, line):
        return site, events
    used = [e for e in events if e.used.piece.file is file and not e.used.piece.stands_in and _covers(e.used, line)]
    return (used[0].used, used) if used else (None, [])


def _covers(node: Node, line: int) -> bool:
    source, (start, end) = node.piece.file.source, node.span
    return source.position(start).line <= line <= source.position(end).line


def _layer(site: Node, events: list[Applied]) -> str:
    first = next((e for e in events if e.verdict in WRONG), next((e for e in events if e.dims), events[0]))
    lines = [f"**{first.cls.name}** constructed on line {site.line}: `{_one_line(site.text)}`", ""]
    rows = list(dict.fromkeys(_row(event) for event in events if event.dims is not None))
    if rows:
        lines += ["| built by | receives | built for | |", "| --- | --- | --- | --- |", *rows[:_ROWS]]
        if len(rows) > _ROWS:
            lines.append(f"| and {len(rows) - _ROWS} more | | | |")
    else:
        lines.append(f"What reaches it is not known: {first.reason or 'nothing that calls it is'}.")
    story = [] if first.origin is None else trail(first.origin)
    if story:
        lines.append("")
        lines += [f"- {text} ({_where(node, site)})" for node, text in story]
    return "\n".join(lines)


def _row(event: Applied) -> str:
    declared = text_of(event.declared) if isinstance(event.declared, int | Poly) else "?"
    shape = shape_text(event.dims or ())
    return f"| `{event.entry.text}` | {shape} | {declared} | {_MARKS[event.verdict]} |"


def _where(node: Node, site: Node) -> str:
    return f"line {node.line}" if node.path == site.path else f"{node.path.name}, line {node.line}"


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."
