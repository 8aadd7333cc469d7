"""Polynomials over sizes against Python's integers: whatever is concluded holds for every value of the symbols."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bn_lint.model.symbolic import (
    Atoms,
    Poly,
    Symbol,
    add,
    divide_exactly,
    multiply,
    non_negative,
    of_symbol,
    sign,
    substitute,
)

_STEP = st.tuples(st.sampled_from("+ - * // % /".split()), st.integers(0, 30), st.integers(0, 30))
_SYMBOL = st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 8))  # low, strict, value above that


def _value(size: Any, known: dict[Symbol, int]) -> Any:
    """What a size is where the symbols have these values."""
    if not isinstance(size, Poly):
        return size
    total: Any = 0
    for monomial, factor in size.terms.items():
        for symbol in monomial:
            factor *= known[symbol] if symbol in known else _atom(symbol, known)
        total += factor
    return total


def _atom(symbol: Symbol, known: dict[Symbol, int]) -> Any:
    operator, a, b = symbol.key  # pyright: ignore[reportGeneralTypeIssues]
    left, right = _value(a, known), _value(b, known)
    return left // right if operator == "//" else left % right


@settings(max_examples=300, deadline=None)
@given(st.lists(_SYMBOL, min_size=3, max_size=3), st.lists(_STEP, min_size=1, max_size=6))
def test_conclusions_hold(symbols: list[tuple[int, bool, int]], steps: list[tuple[str, int, int]]) -> None:
    atoms = Atoms()
    made = [Symbol(name, low, strict=strict) for name, (low, strict, _) in zip("abc", symbols, strict=True)]
    known = {s: low + strict + more for s, (low, strict, more) in zip(made, symbols, strict=True)}
    sizes: list[Any] = [*map(of_symbol, made), 1, 2, 3, 8]
    for operator, i, j in steps:
        a, b = sizes[i % len(sizes)], sizes[j % len(sizes)]
        x, y = _value(a, known), _value(b, known)
        result: Any = None
        if operator in "+-":
            result, wanted = add(a, b, 1 if operator == "+" else -1), x + y if operator == "+" else x - y
        elif operator == "*":
            result, wanted = multiply(a, b), x * y
            assert result is None or not b or divide_exactly(result, b) == a
        elif operator == "/":
            result, wanted = divide_exactly(a, b), Fraction(x, y) if y else None
        elif sign(b) == 1 and non_negative(a):
            result = (atoms.floor_divide if operator == "//" else atoms.modulo)(a, b)
            wanted = x // y if operator == "//" else x % y
        if result is None or (operator == "/" and not y):
            continue
        assert _value(result, known) == wanted
        assert sign(result) in (None, (wanted > 0) - (wanted < 0))
        assert wanted >= 0 or not non_negative(result)
        assert _value(substitute(result, {made[0]: known[made[0]]}, atoms), known) == wanted
        sizes.append(result)
