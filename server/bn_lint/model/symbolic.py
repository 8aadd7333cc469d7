"""Symbolic integers: polynomials over symbols that stand for sizes nobody has told us.

A channel count that depends on a constructor parameter is a polynomial; `c * 2 // 2` is `c` again, and
`c + 1` differs from `c` whatever `c` is. What is not polynomial (`c // 3`, `max(c, 8)`) becomes an atom: a
symbol that is the same symbol whenever the same expression occurs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

_numbers = itertools.count()

_MAX_TERMS = 24


class Symbol:
    """An unknown number that is at least `low`; `strict` means greater than `low`.

    `guessed`: nothing says that it is a number at all, but that a parameter has its name.

    `doubtful`: it stands for a size after a layer that does not fit, so nothing more may be concluded from it.

    Atoms have `bounds`: a pair of polynomials (with rational coefficients) between which they lie.
    """

    __slots__ = ("__weakref__", "bounds", "doubtful", "guessed", "key", "low", "name", "number", "strict")

    def __init__(
        self,
        name: str,
        low: int = 1,
        *,
        strict: bool = False,
        key: Hashable = None,
        bounds: tuple[Poly, Poly] | None = None,
        guessed: bool = False,
        doubtful: bool = False,
    ) -> None:
        self.guessed = guessed
        self.doubtful = doubtful
        self.name = name
        self.low = low
        self.strict = strict
        self.key = key
        self.bounds = bounds
        self.number = next(_numbers)

    def __repr__(self) -> str:
        return self.name


_Monomial: TypeAlias = tuple[Symbol, ...]
_Coefficient: TypeAlias = "int | Fraction"


class Poly:
    """A polynomial that is not a plain number. Build it with the functions of this module."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: dict[_Monomial, _Coefficient]) -> None:
        self.terms = terms
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Poly) and self.terms == other.terms)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __repr__(self) -> str:
        return text_of(self)

    def symbols(self) -> set[Symbol]:
        return {symbol for monomial in self.terms for symbol in monomial}


Size: TypeAlias = "int | Poly"


def of_symbol(symbol: Symbol) -> Poly:
    return Poly({(symbol,): 1})


def fresh(name: str) -> Poly:
    """A size about which nothing is known but that it is at least 1."""
    return of_symbol(Symbol(name))


def is_guessed(size: Any) -> bool:
    """Whether nothing says that a size is a number but the name of the parameter that it came in by."""
    return isinstance(size, Poly) and any(symbol.guessed for symbol in size.symbols())


def doubtful(name: str) -> Poly:
    """A size behind a mistake: no conclusion may be drawn from it."""
    return of_symbol(Symbol(name, doubtful=True))


def is_doubtful(size: Any) -> bool:
    """Whether a size depends on one that is doubtful."""
    return isinstance(size, Poly) and any(_is_doubtful(symbol) for symbol in size.symbols())


def _is_doubtful(symbol: Symbol) -> bool:
    key = symbol.key
    return symbol.doubtful or (isinstance(key, tuple) and any(is_doubtful(part) for part in key))  # pyright: ignore[reportUnknownVariableType]


def text_of(size: Any) -> str:
    """How a size is written in a message: `2*planes + 1`."""
    if not isinstance(size, Poly):
        return str(size)
    parts: list[str] = []
    for monomial, coefficient in sorted(size.terms.items(), key=lambda item: -len(item[0])):
        factors = [symbol.name for symbol in monomial]
        if coefficient != 1 or not factors:
            factors = ([str(coefficient)] if coefficient != -1 or not factors else ["-"]) + factors
        parts.append("*".join(factors).replace("-*", "-"))
    return " + ".join(parts).replace("+ -", "- ")


def _terms(size: Size) -> dict[_Monomial, _Coefficient]:
    return size.terms if isinstance(size, Poly) else {(): size} if size else {}


def _make(terms: dict[_Monomial, _Coefficient]) -> Size | Fraction:
    if not terms:
        return 0
    if len(terms) == 1 and () in terms:
        return terms[()]
    return Poly(terms)


def add(a: Size, b: Size, sign: int = 1) -> Any:
    """a + b, or a - b with `sign` -1."""
    if a.__class__ is int and b.__class__ is int:
        return a + sign * b  # pyright: ignore[reportOperatorIssue, reportUnknownVariableType]
    terms = dict(_terms(a))
    for monomial, coefficient in _terms(b).items():
        value = terms.get(monomial, 0) + sign * coefficient
        if value:
            terms[monomial] = value
        else:
            terms.pop(monomial, None)
    return _make(terms)


def multiply(a: Size, b: Size) -> Any:
    """a * b, or None when the product has too many terms to be worth keeping."""
    if a.__class__ is int and b.__class__ is int:
        return a * b  # pyright: ignore[reportOperatorIssue, reportUnknownVariableType]
    terms: dict[_Monomial, _Coefficient] = {}
    for left, x in _terms(a).items():
        for right, y in _terms(b).items():
            monomial = tuple(sorted(left + right, key=_order)) if left and right else left or right
            value = terms.get(monomial, 0) + x * y
            if value:
                terms[monomial] = value
            else:
                terms.pop(monomial, None)
    return None if len(terms) > _MAX_TERMS else _make(terms)


def _order(symbol: Symbol) -> int:
    return symbol.number


def divide_exactly(a: Size, b: Size) -> Any:
    """a / b when it divides without remainder for every value of the symbols, else None."""
    if b == 1:
        return a
    divisor = _terms(b)
    if not divisor:
        return None
    factors = max(divisor, key=_degree)
    terms: dict[_Monomial, _Coefficient] = {}
    left = dict(_terms(a))
    while left:
        # Long division: the leading term of what is left by that of the divisor.
        monomial = max(left, key=_degree)
        rest: list[Symbol] = list(monomial)
        for factor in factors:
            if factor not in rest:
                return None
            rest.remove(factor)
        quotient = Fraction(left[monomial]) / divisor[factors]
        if quotient.denominator != 1 or len(terms) > _MAX_TERMS:
            return None
        terms[tuple(rest)] = quotient.numerator
        product = multiply(Poly({tuple(rest): quotient.numerator}), b)
        left = dict(_terms(add(_make(left), product, -1)))  # pyright: ignore[reportArgumentType]
    return _make(terms)


def _degree(monomial: _Monomial) -> tuple[int, ...]:
    return (len(monomial), *(symbol.number for symbol in monomial))


class Atoms:
    """Interns atoms, so that the same expression is the same symbol for as long as anything holds it."""

    def __init__(self) -> None:
        self._by_key: WeakValueDictionary[Hashable, Symbol] = WeakValueDictionary()

    def atom(self, key: Hashable, name: str, low: int = 0, bounds: tuple[Poly, Poly] | None = None) -> Poly:
        symbol = self._by_key.get(key)
        if symbol is None:
            symbol = self._by_key[key] = Symbol(name, low, key=key, bounds=bounds)
        return of_symbol(symbol)

    def floor_divide(self, a: Size, b: Size) -> Any:
        """a // b for non-negative a and positive b."""
        exact = divide_exactly(a, b)
        if exact is not None:
            return exact
        if isinstance(a, int) and isinstance(b, int):
            return a // b
        bounds = None
        if isinstance(b, int) and b > 0 and isinstance(a, Poly):
            bounds = (_scaled(add(a, b - 1, -1), b), _scaled(a, b))
        return self.atom(("//", a, b), f"({text_of(a)}) // {text_of(b)}", bounds=bounds)

    def modulo(self, a: Size, b: Size) -> Any:
        """a % b for non-negative a and positive b."""
        if divide_exactly(a, b) is not None:
            return 0
        if isinstance(a, int) and isinstance(b, int):
            return a % b
        return self.atom(("%", a, b), f"({text_of(a)}) % {text_of(b)}")


def _scaled(a: Any, by: int) -> Poly:
    return Poly({monomial: Fraction(c) / by for monomial, c in _terms(a).items()})


def sign(size: Size | Fraction) -> int | None:
    """-1, 0 or 1 when that is the sign for every value of the symbols, else None."""
    return _sign(size) if isinstance(size, Poly) else (size > 0) - (size < 0)


@lru_cache(1024)
def _sign(size: Poly) -> int | None:
    if _positive(size):
        return 1
    if _positive(Poly({monomial: -c for monomial, c in size.terms.items()})):
        return -1
    return None


def non_negative(size: Size | Fraction) -> bool:
    """Whether the value is at least 0 for every value of the symbols."""
    return size >= 0 if not isinstance(size, Poly) else _positive(size, strict=False)


def _positive(poly: Poly, *, strict: bool = True) -> bool:
    if _shifted_positive(poly, strict):
        return True
    bounded = _bounded_below(poly)
    return bounded is not None and _shifted_positive(bounded, strict)


def _bounded_below(poly: Poly) -> Any:
    """A size that is nowhere greater, with atoms replaced by their bounds; None without atoms."""
    total: Any = 0
    found = False
    for monomial, coefficient in poly.terms.items():
        atom = next((symbol for symbol in monomial if symbol.bounds is not None), None)
        if atom is None or atom.bounds is None:
            total = add(total, Poly({monomial: coefficient}))
            continue
        found = True
        rest = list(monomial)
        rest.remove(atom)
        bound = atom.bounds[0] if coefficient > 0 else atom.bounds[1]
        product = multiply(bound, Poly({tuple(rest): coefficient}))
        if product is None:
            return None
        total = add(total, product)
    return total if found else None


def _shifted_positive(poly: Any, strict: bool) -> bool:
    """Substitute symbol = low + rest, rest >= 0: no negative coefficient is left, and something is positive."""
    coefficients = _terms(poly).values()
    if all(coefficient > 0 for coefficient in coefficients):
        if not strict or any(all(s.strict or s.low > 0 for s in monomial) for monomial in _terms(poly)):
            return True
    elif all(coefficient < 0 for coefficient in coefficients):
        return False  # no symbol is below 0
    terms: dict[_Monomial, _Coefficient] = {}
    for monomial, coefficient in _terms(poly).items():
        product: dict[_Monomial, _Coefficient] = {(): coefficient}
        for symbol in monomial:
            grown: dict[_Monomial, _Coefficient] = {(*factors, symbol): by for factors, by in product.items()}
            if symbol.low:
                for factors, by in product.items():
                    grown[factors] = grown.get(factors, 0) + by * symbol.low
            if len(grown) > _MAX_TERMS:
                return False
            product = grown
        for factors, by in product.items():
            terms[factors] = terms.get(factors, 0) + by
    if any(coefficient < 0 for coefficient in terms.values()):
        return False
    return (
        not strict
        or terms.get((), 0) > 0
        or any(factors and by and all(symbol.strict for symbol in factors) for factors, by in terms.items())
    )


def substitute(size: Any, values: Mapping[Symbol, Size], atoms: Atoms) -> Any:
    """The size with some symbols replaced; atoms over them are computed again."""
    if not isinstance(size, Poly) or not values:
        return size
    if not any(_mentions(symbol, values) for symbol in size.symbols()):
        return size
    total: Any = 0
    for monomial, coefficient in size.terms.items():
        product: Any = coefficient
        for symbol in monomial:
            product = multiply(product, _value_of(symbol, values, atoms))
            if product is None:
                return size
        total = add(total, product)
    return total


def _mentions(symbol: Symbol, values: Mapping[Symbol, Size]) -> bool:
    if symbol in values:
        return True
    key = symbol.key
    return isinstance(key, tuple) and any(
        isinstance(part, Poly) and any(_mentions(inner, values) for inner in part.symbols())
        for part in key  # pyright: ignore[reportUnknownVariableType]
    )


def _value_of(symbol: Symbol, values: Mapping[Symbol, Size], atoms: Atoms) -> Any:
    if symbol in values:
        return values[symbol]
    key: Any = symbol.key
    if isinstance(key, tuple) and len(key) == 3 and key[0] in _RECOMPUTE and _mentions(symbol, values):  # pyright: ignore[reportUnknownArgumentType]
        a, b = (substitute(part, values, atoms) for part in key[1:])  # pyright: ignore[reportUnknownVariableType]
        return _RECOMPUTE[key[0]](atoms, a, b)
    return of_symbol(symbol)


_RECOMPUTE: dict[str, Callable[[Atoms, Any, Any], Any]] = {
    "//": Atoms.floor_divide,
    "%": Atoms.modulo,
}
