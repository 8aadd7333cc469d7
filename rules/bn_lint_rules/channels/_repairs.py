"""Fixes for a width that does not fit: proposed from the source, kept if the evaluator then finds nothing wrong."""

from __future__ import annotations

from collections.abc import Iterator

from bn_lint.model.evaluation import Evaluation
from bn_lint.model.events import WRONG, Applied, Verdict
from bn_lint.rule import Edit, FileContext, Fix
from bn_lint.source import ir
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import argument

# Where the constructor of a layer says how many channels it gives.
_OUTPUT = {"out_channels": 1, "out_features": 1, "embedding_dim": 1}


def repair(context: FileContext, site: Node, event: Applied, events: list[Applied]) -> Fix | None:
    """The first proposal after which the layer fits and nothing else in the file is worse."""
    before = context.evaluation
    for fix in _proposals(site, event, events):
        after = context.trial(fix.edits)
        if after is not None and _better(before, after, site):
            return fix
    return None


def _proposals(site: Node, event: Applied, events: list[Applied]) -> Iterator[Fix]:
    declared = argument(site, "num_features")
    if declared is None:
        return
    received = {str(e.received) for e in events if e.verdict is Verdict.WRONG_CHANNELS}
    literal = next(iter(received)) if len(received) == 1 and next(iter(received)).isdigit() else None
    producer = event.origin.built if event.origin is not None else None
    output = None if producer is None else _output(producer)
    near = output is not None and _scope(output) == _scope(site)
    if literal is not None and _is_number(declared) and (output is None or not near or _is_number(output)):
        yield _replace(declared, literal)
    if near and output is not None and output.text != declared.text:
        yield _replace(declared, output.text)
        yield _replace(output, declared.text)
    if literal is not None:
        yield _replace(declared, literal)


def _output(producer: Node) -> Node | None:
    for name, position in _OUTPUT.items():
        found = argument(producer, name, position)
        if found is not None:
            return found
    return None


def _replace(node: Node, text: str) -> Fix:
    start, end = node.span
    return Fix(f"Replace `{node.text}` with `{text}`", (Edit(start, end, text),))


def _is_number(node: Node) -> bool:
    found = node.ir
    return found is not None and found[0] == "const"


def _scope(node: Node) -> tuple[Node, int]:
    """The innermost function around a node; the statement itself at the top of a module."""
    innermost = -1
    for candidate in ir.walk(node.piece.fragment.body):
        if candidate[1] > node.number:
            break
        if candidate[0] in ("def", "lambda") and any(inner[1] == node.number for inner in ir.walk(candidate)):
            innermost = candidate[1]
    return Node(node.piece, 0), innermost


def _better(before: Evaluation, after: Evaluation, site: Node) -> bool:
    """Whether the layer now fits, no other became wrong, and every entry that ran through still does."""
    place = (site.piece.index, site.number)
    fits = any(
        event.verdict is Verdict.FITS
        for at, events in after.events(Applied).items()
        if (at.piece.index, at.number) == place
        for event in events
    )
    return fits and _wrong(after) <= _wrong(before) - {place} and after.failed <= before.failed


def _wrong(evaluation: Evaluation) -> set[tuple[int, int]]:
    return {
        (at.piece.index, at.number)
        for at, events in evaluation.events(Applied).items()
        if any(event.verdict in WRONG for event in events)
    }
