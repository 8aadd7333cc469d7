"""A source file as a row of separately parsed top-level statements.

A `Fragment` is a piece of text with its IR: immutable, independent of where it stands, shared by every file
and every version of a file that contains the same text. A `Piece` is a fragment at its place in a file.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from bn_lint.source import ir
from bn_lint.source.complexity import MAX_CHAIN, MAX_LENGTH, MAX_NESTING, nesting_and_chain
from bn_lint.source.ir import Body
from bn_lint.source.lower import Lowering
from bn_lint.source.newer import in_older_syntax
from bn_lint.source.positions import spans
from bn_lint.source.python import parse, rejection
from bn_lint.source.split import restarts, split
from bn_lint.source.text import Position, SourceText

T = TypeVar("T")

_MAX_FORGOTTEN = 16


@dataclass(frozen=True)
class SyntaxProblem:
    """What Python's grammar rejects: an offset into the text, and its words for it."""

    offset: int
    message: str


class Fragment:
    """The text of one top-level statement, parsed and lowered.

    `body` is empty when `problem` is not None, and for a statement too long to be parsed in time.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.problem: SyntaxProblem | None = None
        self.body: Body = ()
        self._answers: dict[tuple[str, int], Any] = {}
        nesting, chain = nesting_and_chain(text)
        if nesting > MAX_NESTING:
            self.problem = SyntaxProblem(0, "too many nested parentheses")
            return
        if chain > MAX_CHAIN or len(text) > MAX_LENGTH:
            _, self.problem = _parse(text)
            return
        module, self.problem = _parse(text)
        if module is not None:
            self.body = Lowering(module).body

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        # Parsed a second time: keeping the tree of every fragment alive costs far more than
        # parsing the few fragments about which something is reported.
        module, _ = _parse(self.text)
        return [] if module is None else spans(self.text, Lowering(module).nodes)

    @cached_property
    def _by_number(self) -> dict[int, ir.Node]:
        return {node[1]: node for node in reversed(list(ir.walk(self.body)))}

    @cached_property
    def _by_op(self) -> dict[str, list[ir.Node]]:
        found: dict[str, list[ir.Node]] = {}
        for node in ir.walk(self.body):
            found.setdefault(node[0], []).append(node)
        return found

    def nodes(self, *ops: str) -> list[ir.Node]:
        """Every IR node with one of these operations, in source order."""
        found = [nodes for op in ops if (nodes := self._by_op.get(op))]
        if len(found) < 2:
            return found[0] if found else []
        return sorted(chain.from_iterable(found), key=itemgetter(1))

    def once(self, question: str, number: int, answer: Callable[[], T]) -> T:
        """What is answered about an IR node by its text alone, and so but once."""
        key = question, number
        if key not in self._answers:
            self._answers[key] = answer()
        return self._answers[key]

    def ir(self, number: int) -> ir.Node | None:
        """The IR node with a number, None for a number that stands for no node of its own."""
        return self._by_number.get(number)

    def span(self, number: int) -> tuple[int, int]:
        """Start and end offset of an IR node in `text`."""
        return self._spans[number]


class Node(NamedTuple):
    """An IR node in a file: what a diagnostic points at."""

    piece: Piece
    number: int

    @property
    def path(self) -> Path:
        return self.piece.file.path

    @property
    def span(self) -> tuple[int, int]:
        """Start and end offset in the text of the file."""
        if self.piece.stands_in:
            return self.piece.start, self.piece.start
        start, end = self.piece.fragment.span(self.number)
        return start + self.piece.start, end + self.piece.start

    @property
    def ir(self) -> ir.Node | None:
        """The node itself."""
        return self.piece.fragment.ir(self.number)

    @property
    def line(self) -> int:
        """The line (from 1) on which the node starts."""
        return self.piece.file.source.position(self.span[0]).line

    @property
    def text(self) -> str:
        start, end = self.piece.fragment.span(self.number)
        return self.piece.fragment.text[start:end]


@dataclass(eq=False)
class Piece:
    """A fragment at its place: `start` is its offset in the text of `file`.

    A piece that `stands_in` is not in the text: it was there before the broken statement at `start` was broken.
    """

    file: SourceFile
    index: int
    start: int
    fragment: Fragment
    stands_in: bool = False

    def node(self, number: int) -> Node:
        return Node(self, number)


class SourceFile:
    """One file's text and its pieces. Parsing never fails: broken pieces carry a `SyntaxProblem`."""

    def __init__(self, path: Path, source: SourceText) -> None:
        self.path = path
        self.source = source
        # Fragments and pieces that edits have left behind: the last few may come back, by undo.
        self.forgotten: deque[Fragment] = deque(maxlen=_MAX_FORGOTTEN)
        self.retired: deque[Piece] = deque(maxlen=_MAX_FORGOTTEN)

    @cached_property
    def pieces(self) -> list[Piece]:
        text = self.source.text
        parts = list(fragments(text))
        if any(fragment.problem for _, fragment in parts):
            whole = fragment_of(text)
            # Either the splitter was wrong, or the text is.
            parts = [(0, whole)] if whole.problem is None else salvage(parts)
        return [Piece(self, index, start, f) for index, (start, f) in enumerate(parts)]

    def replace(self, source: SourceText, pieces: list[Piece]) -> None:
        """Take another text, with its pieces."""
        self.source = source
        self.pieces = pieces

    def definitions(self, op: str) -> Iterator[tuple[Node, ir.Node]]:
        """The functions (`def`) or classes (`class`) at the top of the file."""
        for piece in self.pieces:
            for statement in piece.fragment.body:
                if statement[0] == op:
                    yield Node(piece, statement[1]), statement

    @property
    def well_formed(self) -> bool:
        """Whether Python accepts the text."""
        if "pieces" not in self.__dict__ and rejection(self.source.text) is None:
            return True
        return not self.problems

    @property
    def problems(self) -> list[SyntaxProblem]:
        """Syntax errors, with offsets into the text of the file."""
        return [
            SyntaxProblem(piece.start + piece.fragment.problem.offset, piece.fragment.problem.message)
            for piece in self.pieces
            if piece.fragment.problem is not None
        ]


_fragments_by_text: WeakValueDictionary[str, Fragment] = WeakValueDictionary()


def fragment_of(text: str) -> Fragment:
    """The fragment of a text; the same object for the same text while somebody has it."""
    fragment = _fragments_by_text.get(text)
    if fragment is None:
        fragment = _fragments_by_text[text] = Fragment(text)
    return fragment


def fragments(text: str, offset: int = 0) -> Iterator[tuple[int, Fragment]]:
    """The top-level statements of a text one by one, each with where it starts, counted from `offset`."""
    return _between(text, split(text), offset)


def salvage(parts: list[tuple[int, Fragment]]) -> list[tuple[int, Fragment]]:
    """Split broken fragments again where a new statement seems to start."""
    out: list[tuple[int, Fragment]] = []
    for start, fragment in parts:
        if fragment.problem is None:
            out.append((start, fragment))
        else:
            out += _between(fragment.text, list(restarts(fragment.text)), start)
    return out


def _between(text: str, starts: list[int], offset: int) -> Iterator[tuple[int, Fragment]]:
    ends = [*starts[1:], len(text)]
    return ((offset + start, fragment_of(text[start:end])) for start, end in zip(starts, ends, strict=True))


def _parse(text: str) -> tuple[ast.Module | None, SyntaxProblem | None]:
    try:
        return parse(text), None
    except SyntaxError as error:
        older = in_older_syntax(text)
        return (None, _explain(text, error)) if older is None else _parse(older)
    except ValueError:
        return None, SyntaxProblem(text.find("\0"), "source code string cannot contain null bytes")
    except (RecursionError, MemoryError):
        return None, SyntaxProblem(0, "expression nested too deeply")


def _explain(text: str, error: SyntaxError) -> SyntaxProblem:
    if "\0" in text:  # each Python has other words for it
        return SyntaxProblem(text.find("\0"), "source code string cannot contain null bytes")
    place = Position(error.lineno or 1, max((error.offset or 1) - 1, 0))
    return SyntaxProblem(SourceText(text).offset(place), error.msg)
