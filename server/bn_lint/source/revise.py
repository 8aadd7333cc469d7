"""Give an open file its next text, keeping the pieces that are still what they were.

A piece that is kept is the same object at its new place, so everything that was learnt about it still points at it.
While a statement is half typed, what stood in its place when it last made sense stands in for it: the rest of the file
is then seen as before, and nothing is concluded from the gap.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bn_lint.source import ir
from bn_lint.source.text import SourceText
from bn_lint.source.tree import Fragment, Piece, SourceFile, fragment_of, fragments, salvage

# An edit touches a statement or two; where a file is replaced as a whole, nothing is won by comparing all with all.
_MAX_COMPARED = 20


# The pieces of a file with what stands there.
Wording = tuple[tuple[Piece, Fragment], ...]


@dataclass(frozen=True)
class Change:
    """The pieces that are no more, those that are new, and those in which only the insides of functions are new.

    None of them: the text says what it said before. `before` and `after` are all that the file says.
    """

    removed: tuple[Piece, ...]
    added: tuple[Piece, ...]
    mended: tuple[Piece, ...] = ()
    before: Wording = field(default=(), compare=False)
    after: Wording = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.mended)


def revise(file: SourceFile, source: SourceText) -> Change:
    """Make `source` the text of a file."""
    before, text = file.source.text, source.text
    old = list(file.pieces)
    wording_before = _wording(old)
    fragments_before = {piece.fragment for piece in old}
    real = [piece for piece in old if not piece.stands_in]
    left, right = _untouched(real, before, text)
    start = real[left].start if left < len(real) else len(before)
    end = len(text) - (len(before) - real[-right].start) if right else len(text)
    parts = list(fragments(text[start:end], offset=start)) if start < end else []
    if _broken(parts) or _broken((p.start, p.fragment) for p in real):
        everything = list(fragments(text))
        if not _broken(everything):
            parts, left, right = everything, 0, 0
        elif len(real) == 1 and (whole := fragment_of(text)).problem is None:
            parts, left, right = [(0, whole)], 0, 0  # text that the splitter cannot split
        elif _broken(parts):
            parts = salvage(parts)
    first = old.index(real[left]) if left < len(real) else len(old)
    last = old.index(real[-right]) if right else len(old)
    mended: list[Piece] = []
    middle = _reuse(file, old[first:last], parts, mended)
    moved = len(text) - len(before)
    for piece in old[last:]:
        piece.start += moved
    pieces = [*old[:first], *middle, *old[last:]]
    for index, piece in enumerate(pieces):
        piece.index = index
    file.replace(source, pieces)
    file.forgotten.extend(fragments_before - {piece.fragment for piece in pieces})
    gone, new = _without(old, pieces), _without(pieces, old)
    change = Change(gone, new, tuple(mended), wording_before, _wording(pieces))
    file.retired.extend(change.removed)
    return change


def _wording(pieces: Iterable[Piece]) -> Wording:
    return tuple((piece, piece.fragment) for piece in pieces if piece.fragment.body)


def _without(some: list[Piece], others: list[Piece]) -> tuple[Piece, ...]:
    """The pieces that say something and are in one list but not in another."""
    known = set(others)
    return tuple(piece for piece in some if piece not in known and piece.fragment.body)


def _untouched(real: Sequence[Piece], before: str, text: str) -> tuple[int, int]:
    """How many pieces at either end an edit leaves alone, without the next to it: that may belong to it now."""
    prefix = common_prefix(before, text)
    room = min(len(before), len(text)) - prefix
    suffix = min(common_prefix(before[::-1], text[::-1]), room)
    left = sum(piece.start + len(piece.fragment.text) <= prefix for piece in real)
    right = sum(piece.start >= len(before) - suffix for piece in real[left:])
    return max(left - 1, 0), max(right - 1, 0)


def common_prefix(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _broken(parts: Iterable[tuple[int, Fragment]]) -> bool:
    return any(fragment.problem is not None for _, fragment in parts)


def _reuse(file: SourceFile, old: list[Piece], parts: list[tuple[int, Fragment]], mended: list[Piece]) -> list[Piece]:
    """The pieces for these parts of the text, taken from the old ones where they are the same, or `mended`."""
    by_fragment: dict[Fragment, deque[Piece]] = defaultdict(deque)
    for piece in old:
        by_fragment[piece.fragment].append(piece)
    found: list[Piece | None] = []
    for _, fragment in parts:
        same = by_fragment[fragment]
        found.append(same.popleft() if same else None)
    taken = set(found)
    left = [piece for piece in old if piece not in taken and piece.fragment.problem is None]
    fresh = [i for i, (_, fragment) in enumerate(parts) if found[i] is None and fragment.problem is None]
    for i in fresh[:_MAX_COMPARED]:
        for piece in left[:_MAX_COMPARED]:
            same = _same_meaning(piece.fragment.body, parts[i][1].body)
            if same or _same_outline(piece.fragment, parts[i][1]):
                found[i] = piece
                left.remove(piece)
                mended += () if same else (piece,)
                break
    pieces: list[Piece] = []
    names = {name for _, fragment in parts for name in _defined(fragment)}
    waiting = [piece for piece in left if names.isdisjoint(_defined(piece.fragment))]
    for (start, fragment), piece in zip(parts, found, strict=True):
        if piece is None:
            piece = next((each for each in file.retired if each.fragment is fragment), None)
            if piece is None:
                piece = Piece(file, 0, start, fragment)
            else:
                file.retired.remove(piece)
        piece.start, piece.fragment, piece.stands_in = start, fragment, False
        pieces.append(piece)
        if fragment.problem is not None:
            for other in waiting:
                other.start, other.stands_in = start, True
            pieces += waiting
            waiting = []
    return pieces


def _defined(fragment: Fragment) -> set[str]:
    return {node[2] for node in fragment.body if node[0] in ("def", "class")}


def _same_meaning(a: Any, b: Any) -> bool:
    """Whether two pieces of IR differ in nothing but documentation."""
    if a == b:
        return True
    if a.__class__ is not tuple or b.__class__ is not tuple or len(a) != len(b):
        return False
    if a[:1] == ("expr",) == b[:1] and _is_text(a[2]) and _is_text(b[2]):
        return True
    return all(map(_same_meaning, a, b))


def _same_outline(a: Fragment, b: Fragment) -> bool:
    """Whether two fragments are one function, or one class of functions, and differ in nothing but their insides.

    What then was made of the one when it was imported holds for the other: it runs nothing by itself, and the nodes
    outside of the functions have the same numbers, or are never asked for one.
    """
    if len(a.body) != 1 or len(b.body) != 1 or a.body[0][:2] != b.body[0][:2]:
        return False
    (statement,) = a.body
    return (statement[0] == "def" or _is_plain_class(statement)) and _outline(a) == _outline(b)


def _is_plain_class(statement: ir.Node) -> bool:
    made = {"call", "lambda", "class", "comp"}
    return statement[0] == "class" and not any(
        node[0] in made
        for inner in statement[5]
        for node in ir.walk(inner[3] if inner[0] == "def" else inner)  # the defaults of a method's parameters
    )


def _outline(fragment: Fragment) -> Any:
    """All of a fragment but the insides of its functions and the numbers of its nodes, kept with it."""
    return fragment.once("outline", 0, lambda: tuple(map(_outlined, fragment.body)))


def _outlined(item: Any) -> Any:
    if item.__class__ is not tuple:
        return (item.__class__, item)  # 1, 1.0 and True are equal, but not the same
    if ir.is_node(item):
        if item[0] == "def":
            return ("def", item[2], *map(_outlined, (item[3], item[5], item[7])))
        return (item[0], *map(_outlined, item[2:]))
    return tuple(map(_outlined, item))


def _is_text(node: ir.Node) -> bool:
    return node[0] == "const" and node[2].__class__ is str
