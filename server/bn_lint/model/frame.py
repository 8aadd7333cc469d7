"""Activation records, and what ends an evaluation early."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bn_lint.model.values import Value
from bn_lint.source.tree import Node, Piece, SourceFile

if TYPE_CHECKING:
    from bn_lint.model.evaluator import Evaluator


class Raised(Exception):
    """The code under evaluation raised. `kind` is an exception class of Python's or of the code's own."""

    def __init__(self, kind: Value, value: Value = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.value = value


class Abandoned(Exception):
    """Evaluation of the present entry stops: out of fuel, or too deep."""


class Cancelled(BaseException):
    """Nobody waits for the evaluation any more. What it has shown so far is not the truth and must not be kept."""


def note_frame(error: Exception, frame: Frame) -> None:
    """Keep with an exception the innermost call that it left."""
    error.__dict__.setdefault("frame", frame)


def stopped_at(error: Exception) -> Node | None:
    """The node that was being evaluated when an exception was raised."""
    frame: Frame | None = error.__dict__.get("frame")
    return frame.place if frame is not None else None


class ModuleScope:
    """A Python module under evaluation. `package` is the name that relative imports start from.

    `eventful`: when it was imported, its top level built a model, did what would have been recorded, or depended on
    what is not known.
    """

    __slots__ = ("eventful", "file", "name", "package", "search", "vars")

    def __init__(self, name: str, package: str, file: SourceFile | None, search: Any) -> None:
        self.name = name
        self.package = package
        self.file = file
        self.search = search
        self.vars: dict[str, Value] = {}
        self.eventful = True

    def __repr__(self) -> str:
        return f"<module {self.name}>"


class Frame:
    """One call in progress.

    `up` is the frame of the enclosing function, `caller` the frame that called. `at` is the number of the IR node
    that is being called or applied, so that (`piece`, `at`) is the place in the source.
    """

    __slots__ = (
        "_outer", "at", "caller", "depth", "ev", "function", "module", "on_yield", "piece", "result", "up", "vars",
        "yields",
    )  # fmt: skip

    def __init__(
        self,
        ev: Evaluator,
        module: ModuleScope,
        piece: Piece,
        variables: dict[str, Value],
        up: Frame | None = None,
        caller: Frame | None = None,
        function: Any = None,
    ) -> None:
        self.ev = ev
        self.module = module
        self.piece = piece
        self.vars = variables
        self.up = up
        self.caller = caller
        self.function = function
        self._outer: tuple[Node, ...] | None = None
        self.at = 0
        self.depth = 0 if caller is None else caller.depth + 1
        self.result: Value = None
        self.yields: list[Value] | None = None
        self.on_yield: Callable[[Value], Value] | None = None

    @property
    def place(self) -> Node:
        """The node that is being evaluated."""
        return Node(self.piece, self.at)

    def chain(self) -> tuple[Node, ...]:
        """The places of this call and of those that led to it, innermost first."""
        if self._outer is None:  # which stays as it is while this call runs
            self._outer = () if self.caller is None else self.caller.chain()
        return (Node(self.piece, self.at), *self._outer)
