"""Statements that are not lowered: what follows recurses on nesting and chains, and data has no end.

Written code comes nowhere near these limits; generated data does.
"""

from __future__ import annotations

import re

# CPython's own limit (MAXLEVEL of its tokenizer), so what is refused here Python refuses too.
MAX_NESTING = 200
# Operators, attributes and calls in a row: each is a level of the tree.
MAX_CHAIN = 800
# Characters of one statement: half a second, in which an edit waits.
MAX_LENGTH = 250_000

_EVERYTHING = bytes(range(256))
_BRACKETS = b"()[]{}"
_MARKS = b"+-*/%|&^~.@,:;=" + _BRACKETS
_DULL = bytes(set(_EVERYTHING) - set(_MARKS))
_NO_BRACKET = bytes(set(_EVERYTHING) - set(_BRACKETS))
_RUN = re.compile(rb"[^,:;=]{%d}" % MAX_CHAIN)
_TOKEN = re.compile(
    r"""
      (?P<string>\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | (?P<comment>\#[^\r\n]*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<boundary>[,:;=\n])
    | (?P<operator>[-+*/%|&^~.@])
    """,
    re.VERBOSE | re.DOTALL,
)


def nesting_and_chain(text: str) -> tuple[int, int]:
    """How deeply the brackets of a text nest, and the longest row of operators, attributes and calls in it.

    (0, 0) where a glance shows that neither can be beyond its limit.
    """
    if not _suspicious(text.encode("ascii", "replace")):
        return 0, 0
    deepest = longest = 0
    chains = [0]
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            chains[-1] += 1
            chains.append(0)
            deepest = max(deepest, len(chains) - 1)
        elif kind == "close":
            if len(chains) > 1:
                longest = max(longest, chains.pop())
        elif kind == "operator":
            chains[-1] += 1
        elif kind == "boundary" and (match.group() != "\n" or len(chains) == 1):
            longest = max(longest, chains[-1])
            chains[-1] = 0
    return deepest, max(longest, *chains)


def _suspicious(raw: bytes) -> bool:
    """A quick look that counts marks in strings and comments too, and so may be wrong, but never misses."""
    marks = raw.translate(None, _DULL)
    if _RUN.search(marks):
        return True
    brackets = marks.translate(None, _NO_BRACKET)
    for _ in range(MAX_NESTING):
        inner = brackets.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if inner == brackets:
            break  # each round takes the innermost pairs away
        brackets = inner
    else:
        return True
    return len(brackets) > MAX_NESTING  # these have no partner: never closed, perhaps
