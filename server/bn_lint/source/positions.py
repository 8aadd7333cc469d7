"""Where each IR node stands in its fragment's text.

libcst's metadata providers cost more than the parse itself, so positions come from one pass of its code
generator that only counts characters, and only for fragments about which something is reported.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import libcst as cst
from libcst._nodes.internal import CodegenState

from bn_lint.source.lower import Lowering


class _Counter(CodegenState):
    """A code generator that keeps offsets and throws the text away."""

    def __init__(self, module: cst.Module, wanted: set[int]) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.offset = 0
        self.spans: dict[int, tuple[int, int]] = {}
        self._wanted = wanted
        self._open: list[int] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.offset += len(token)

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._open.append(self.offset)

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._open.pop()
        if id(node) in self._wanted:
            self.spans.setdefault(id(node), (start, self.offset))

    def pop_trailing_newline(self) -> None:
        pass

    @contextmanager
    def record_syntactic_position(
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> Generator[None]:
        start = self.offset
        yield
        if id(node) in self._wanted:
            if start_node is not None:
                start = self.spans.get(id(start_node), (start, start))[0]
            end = self.offset
            if end_node is not None:
                end = self.spans.get(id(end_node), (end, end))[1]
            self.spans[id(node)] = (start, end)


def spans(module: cst.Module, lowering: Lowering) -> list[tuple[int, int]]:
    """Start and end offset of every IR node of a fragment, indexed by node number.

    Offsets are in code points from the start of the fragment, without surrounding white space
    and without the parentheses around an expression.
    """
    counter = _Counter(module, {id(node) for node in lowering.nodes})
    module._codegen(counter)  # pyright: ignore[reportPrivateUsage]
    return [counter.spans.get(id(node), (0, 0)) for node in lowering.nodes]
