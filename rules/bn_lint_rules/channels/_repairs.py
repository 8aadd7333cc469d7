"""Fixes for a width that does not fit: proposed from the source, kept only if the evaluator then finds nothing wrong.

A proposal is an expression that has the right value wherever the layer was built: what the feeding layer was
given, a name in scope, names and small factors combined, and last a number.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations_with_replacement, islice
from typing import Any

from bn_lint.model import symbolic
from bn_lint.model.evaluation import Evaluation
from bn_lint.model.events import WRONG, Applied, Shared, Unused, Verdict
from bn_lint.model.values import Origin
from bn_lint.rule import Edit, FileContext, Fix
from bn_lint.source import ir
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import argument

# Where the constructor of a layer says how many channels it gives.
_OUTPUT = {"out_channels": 1, "out_features": 1, "embedding_dim": 1}
# Proposals that are evaluated before giving up, and names that are combined.
_MAX_TRIALS, _MAX_NAMES = 6, 24
_FACTORS = (2, 3, 4, 8)


def repair(context: FileContext, site: Node, event: Applied, events: list[Applied]) -> Fix | None:
    """The proposal after which the layer fits, nothing in the file is worse, and the fewest layers are left wrong."""
    before = context.evaluation
    quick = frozenset({event.entry.text})
    swaps = (Fix(fix.title, fix.edits) for fix in mixed_up(context, site, event.used))

    def gain(fix: Fix, entries: frozenset[str] | None) -> tuple[Gain, int]:
        after = context.trial(fix.edits, entries)
        if after is None:
            return Gain.NONE, 0
        left = sum(map(_is_wrong, after.events(Applied).values())) + len(after.wrong_elsewhere)
        return _gain(before, after, (site, event.at), fix.edits), left

    second: Fix | None = None
    waiting: list[tuple[int, Fix]] = []
    proposals = _proposals(site, event, events) if event.at == site else _proposals_for_call(site, event, events)
    for fix in islice(_distinct(chain(swaps, proposals)), _MAX_TRIALS):
        brings, left = gain(fix, quick)
        if brings is Gain.ALL and left:
            # The mistake may be in another place than this one mends.
            waiting.append((left, fix))
            continue
        brings = brings and min(brings, gain(fix, None)[0])
        if brings is Gain.ALL:
            return fix
        if brings is Gain.SOME and second is None:
            second = fix
    for _, fix in sorted(waiting, key=lambda item: item[0]):
        if gain(fix, None)[0] is Gain.ALL:
            return fix
    # The layer behind was right perhaps, and the one before it is what is wrong: not for --fix to decide.
    return None if second is None else replace(second, safe=False)


def mixed_up(context: FileContext, site: Node, used: Node) -> Iterator[Fix]:
    """`self.bn1(x)` at a second place, where `self.bn2` of the same class is never applied: use that instead."""
    call = used.ir
    if site not in context.evaluation.events(Shared) or call is None or call[0] != "call" or call[2][0] != "attr":
        return
    old = call[2][3]
    _, end = used.piece.node(call[2][1]).span
    for unused in context.evaluation.events(Unused):
        name = _attribute(unused) if unused.piece == site.piece == used.piece else None
        if name is not None:
            edit = Edit(end - len(old), end, name)
            yield Fix(f"Apply `self.{name}`, which is never used, instead of `self.{old}`", (edit,), safe=False)


def _attribute(site: Node) -> str | None:
    """The attribute of self that a constructed layer is assigned to."""
    for node in ir.walk(site.piece.fragment.body):
        if node[0] == "assign" and node[3][1] == site.number and node[2][0][0] == "attr":
            target = node[2][0]
            return target[3] if ir.dotted_name(target[2]) == "self" else None
    return None


class Gain(enum.IntEnum):
    """What a proposal brings: nothing; this layer fits, and one behind it, never seen before, does not; all is well."""

    NONE = 0
    SOME = 1
    ALL = 2


def _distinct(fixes: Iterable[Fix]) -> Iterator[Fix]:
    seen: set[tuple[Edit, ...]] = set()
    for fix in fixes:
        if fix.edits not in seen:
            seen.add(fix.edits)
            yield fix


def _proposals(site: Node, event: Applied, events: list[Applied]) -> Iterator[Fix]:
    declared = argument(site, "num_features")
    if declared is None:
        return
    literal = _number_received(events)
    made = _producer(event.origin)
    output = _output(made)
    beside = None if made is None else _beside(made, site)
    if output is not None and _scope(output) == _scope(site):
        given = [output]
    else:
        given = [node for node in beside or () if _value(node, event) == event.received]
    written = any(map(_is_number, given)) or (beside is not None and all(map(_is_number, beside)))
    sure = written or not _parameters(site)
    if literal is not None and _is_number(declared) and sure:
        yield _replace(declared, literal)
    for node in given:
        if node.text != declared.text:
            ways = [_replace(declared, node.text), _replace(node, declared.text)]
            # Of a number and a name, the number was typed by mistake.
            yield from reversed(ways) if _is_number(node) and not _is_number(declared) else ways
    for text in islice(_in_scope(site, declared, events), 3):
        yield _replace(declared, text)
    if literal is not None:
        yield replace(_replace(declared, literal), safe=sure)


def _proposals_for_call(call: Node, event: Applied, events: list[Applied]) -> Iterator[Fix]:
    """Another width among the arguments of the call of a helper: what the layer before is given, or the number."""
    literal = _number_received(events)
    output = _output(_producer(event.origin))
    arguments = _arguments(call) or []
    numbers = [node for node in arguments if _is_number(node) and node.text == str(event.declared)]
    for node in numbers or [node for node in arguments if not _is_number(node)]:
        if output is not None and _scope(output) == _scope(call):
            yield _replace(node, output.text)
        if literal is not None:
            yield replace(_replace(node, literal), safe=bool(numbers) and not _parameters(call))


def _number_received(events: list[Applied]) -> str | None:
    """The number of channels that does not fit, where it is one number."""
    received = {str(e.received) for e in events if e.verdict is Verdict.WRONG_CHANNELS}
    only = received.pop() if len(received) == 1 else ""
    return only if only.isdigit() else None


def _parameters(site: Node) -> set[str]:
    """The parameters, but self, of the function around a node: what could change a width."""
    _, number = _scope(site)
    around = next((node for node in site.piece.fragment.nodes("def", "lambda") if node[1] == number), None)
    found = () if around is None else around[3 if around[0] == "def" else 2]
    return {name for _, name, *_ in found} - {"self", "cls"}


def _producer(origin: Origin | None) -> Origin | None:
    """The layer that made the channels, where all that came after it left their number alone."""
    while origin is not None and origin.built is None:
        alone = len(origin.parents) == 1 and origin.parents[0].channels == origin.channels
        origin = origin.parents[0] if alone else None
    return origin


def _output(producer: Origin | None) -> Node | None:
    """Where the constructor of the layer that made the channels is given their number."""
    if producer is None or producer.built is None:
        return None
    for name, position in _OUTPUT.items():
        found = argument(producer.built, name, position)
        if found is not None:
            return found
    return None


def _beside(made: Origin, site: Node) -> list[Node] | None:
    """The arguments of a call beside the layer that made the one before it (`conv1x1(a, b)`)."""
    scope = _scope(site)
    call = next((node for node in made.chain if _scope(node) == scope), None)
    return None if call is None else _arguments(call)


def _arguments(call: Node) -> list[Node] | None:
    found = call.ir
    if found is None or found[0] != "call":
        return None
    return [call.piece.node(value[1]) for value in (*found[3], *(value for _, value in found[4]))]


def _value(node: Node, event: Applied) -> object:
    found = node.ir
    return found[2] if found is not None and found[0] == "const" else (event.scope or {}).get(node.text)


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


# ---- expressions in scope


def _in_scope(site: Node, declared: Node, events: list[Applied]) -> Iterator[str]:
    """Expressions over the names in scope that had the right value whenever the layer was built, the best first."""
    known = [event for event in events if event.received is not None and event.verdict is not Verdict.UNKNOWN]
    if not known or any(event.scope is None for event in known):
        return
    names = set[str].intersection(*(set(event.scope or ()) for event in known))
    mentioned = set(_names(declared.text))
    written = site.piece.fragment.text
    nearby = set(_names(written))
    order = {name: (name not in mentioned, name not in nearby, len(name), name) for name in names}
    ranked = sorted(names, key=order.__getitem__)[:_MAX_NAMES]

    def right(value: Callable[[Any], Any]) -> bool:
        return all(value(event.scope) == event.received for event in known)

    found: list[tuple[Any, str]] = []
    for a, b in combinations_with_replacement(ranked, 2):
        rank = (order[a][:2], order[b][:2])
        if right(lambda scope, a=a, b=b: symbolic.multiply(scope[a], scope[b])):
            found.append((rank, f"{a} * {b}"))
        if a != b and right(lambda scope, a=a, b=b: symbolic.add(scope[a], scope[b])):
            found.append((rank, f"{b} + {a}" if f"{b} + {a}" in written else f"{a} + {b}"))
    for name in ranked:
        for factor in _FACTORS:
            rank = (order[name][:2], (True, True))
            if right(lambda scope, name=name, factor=factor: symbolic.multiply(scope[name], factor)):
                found.append((rank, f"{name} * {factor}"))
            if right(lambda scope, name=name, factor=factor: symbolic.divide_exactly(scope[name], factor)):
                found.append((rank, f"{name} // {factor}"))
    combined = [text for _, text in sorted(found, key=lambda item: item[0])]
    # A sum or product that the code writes out itself is hardly right by chance; a single name may be.
    yield from (text for text in combined if text in written)
    yield from (name for name in ranked if right(lambda scope, name=name: scope[name]))
    yield from (text for text in combined if text not in written)


def _names(text: str) -> list[str]:
    """The names in an expression, dotted and subscripted ones whole."""
    return re.findall(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[[^\[\]]+\])*", text)


# ---- is it better


def _gain(before: Evaluation, after: Evaluation, layer: tuple[Node, Node], edits: tuple[Edit, ...]) -> Gain:
    """Whether the layer now fits, no layer that fitted became wrong, and every entry that ran through still does."""
    (edit,) = edits
    site, at = layer

    def by_key(evaluation: Evaluation, *, moved: bool) -> dict[Hashable, list[Applied]]:
        own = ((_key(at, site, edit, moved=moved), events) for at, events in evaluation.events(Applied).items())
        through = evaluation.through.items()
        helped = (((_key(call, site, edit, moved=moved), _identity(at)), events) for (call, at), events in through)
        return dict(chain[tuple[Hashable, list[Applied]]](own, helped))

    place = _key(site, site, edit, moved=False)
    place = place if at == site else (place, _identity(at))
    now = by_key(after, moved=True)
    verdicts = {event.verdict for event in now.get(place, ())}
    if Verdict.FITS not in verdicts or verdicts & set(WRONG):
        return Gain.NONE
    then = by_key(before, moved=False)
    if not after.failed <= before.failed or not after.wrong_elsewhere <= before.wrong_elsewhere:
        return Gain.NONE
    worse = [key for key, events in now.items() if _is_wrong(events) and not _is_wrong(then.get(key, ()))]
    if not worse:
        return Gain.ALL
    return Gain.SOME if all(_was_behind(then.get(key, ())) for key in worse) else Gain.NONE


def _is_wrong(events: Iterable[Applied]) -> bool:
    return any(event.verdict in WRONG for event in events)


def _was_behind(events: Iterable[Applied]) -> bool:
    """Whether nothing could be said of a layer because of the mistake before it, and nothing spoke for it either."""
    return bool(events) and not any(event.verdict is Verdict.FITS for event in events)


def _identity(elsewhere: Node) -> Hashable:
    return elsewhere.path, elsewhere.piece.index, elsewhere.number


def _key(node: Node, edited: Node, edit: Edit, *, moved: bool) -> Hashable:
    """What a node has in common before and after an edit in the piece of `edited`; `moved`: it stands after it."""
    if node.piece.index != edited.piece.index:
        return node.piece.index, node.number
    # Numbers change with the expression, places only behind it.
    offset = node.span[0]
    if moved and offset > edit.start:
        offset -= len(edit.text) - (edit.end - edit.start)
    return node.piece.index, "offset", offset
