"""Shapes as people write them: `N, 64, H/4, W/4`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bn_lint.model.symbolic import Atoms, Poly, Size, Symbol, substitute, text_of

# Sizes that are tried in place of a symbol: multiples of every stride that models use.
_TRIED = (55_440, 110_880, 277_200)
# Padding that is not exactly "same" makes a size a little more or less than its fraction.
_NEARLY = 64
_LONGEST = 24


def shape_text(dims: Iterable[Size]) -> str:
    """A shape, its sizes as fractions and multiples of the input's where they are: for inputs that divide evenly."""
    return ", ".join(map(size_text, dims))


def size_text(size: Size) -> str:
    """A size: `64`, `planes`, `H/4`, `2*H`; `~H/4` where it is only nearly that."""
    symbols = _symbols(size)
    if len(symbols) == 1:
        (symbol,) = symbols
        known = _proportional(size, symbol)
        if known is not None:
            return known
    text = text_of(size)
    return text if len(text) <= _LONGEST else "?"


def _proportional(size: Size, symbol: Symbol) -> str | None:
    values = [(tried, substitute(size, {symbol: tried}, Atoms())) for tried in _TRIED]
    if not all(isinstance(value, int) and value > 0 for _, value in values):
        return None
    tried, value = values[0]
    if all(v == t + (value - tried) for t, v in values):
        return None  # H, H - 2: plain words do
    for down, up in ((round(tried / value), 1), (1, round(value / tried))):
        if down < 1 or up < 1 or (down == up == 1):
            continue
        name = f"{symbol.name}/{down}" if down > 1 else f"{up}*{symbol.name}"
        offsets = {v - t * up // down for t, v in values}
        if offsets == {0}:
            return name
        if len(offsets) == 1 and abs(offsets.pop()) < _NEARLY:
            return f"~{name}"
    return None


def _symbols(size: Any) -> set[Symbol]:
    """The symbols that a size is made of, those inside of its divisions too."""
    found: set[Symbol] = set()
    if isinstance(size, Poly):
        for symbol in size.symbols():
            key: Any = symbol.key
            if isinstance(key, tuple):
                for part in key:  # pyright: ignore[reportUnknownVariableType]
                    found |= _symbols(part)
            else:
                found.add(symbol)
    return found
