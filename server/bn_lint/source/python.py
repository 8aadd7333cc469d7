"""What Python itself says of a text, without the warnings that it would print about it."""

from __future__ import annotations

import ast
import warnings
from typing import Any


def rejection(text: str) -> Exception | None:
    """Why the running Python does not accept a text as a module; None where it does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `"\\d"` is somebody else's business
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return error
    return None


def literal(text: str) -> Any:
    """The value of a literal. Raises ValueError or SyntaxError where it is none."""
    if "\\" not in text:
        # Most strings are what they look like, and Python's parser is not for free.
        for quote in ('"""', "'''", '"', "'"):
            if text.startswith(quote) and text != 2 * quote and "\r" not in text and "\0" not in text:
                return text[len(quote) : -len(quote)]
        return ast.literal_eval(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)
