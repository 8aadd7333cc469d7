"""Python's own parser, without the warnings that it would print about the text."""

from __future__ import annotations

import ast
import warnings


def parse(text: str) -> ast.Module:
    """The syntax tree of a module.

    Raises what `ast.parse` raises: SyntaxError; ValueError on a null byte; RecursionError and MemoryError on nesting.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `"\\d"` is somebody else's business
        return ast.parse(text)


def rejection(text: str) -> Exception | None:
    """Why the running Python does not accept a text as a module; None where it does."""
    try:
        parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None
