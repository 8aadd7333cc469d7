"""Where each IR node stands in its fragment's text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from bn_lint.source.text import SourceText


def spans(text: str, nodes: Sequence[ast.AST]) -> list[tuple[int, int]]:
    """Start and end offset of each node of the syntax tree of a text, in code points.

    Without the parentheses around an expression, but for those of a tuple and a generator, which are their own.
    """
    starts = SourceText(text).line_starts
    if text.isascii():
        columns = None
    else:
        # Python counts columns in bytes of UTF-8.
        ends = [*starts[1:], len(text)]
        lines = [text[start:end] for start, end in zip(starts, ends, strict=True)]
        columns = [None if line.isascii() else line.encode() for line in lines]

    def offset(line: int, column: int) -> int:
        raw = columns[line - 1] if columns else None
        return starts[line - 1] + (column if raw is None else len(raw[:column].decode(errors="replace")))

    def span(node: Any) -> tuple[int, int]:
        return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)

    return [span(node) for node in nodes]
