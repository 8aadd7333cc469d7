"""Tensors as plain numbers. Standard library only."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Tensor:
    """A tensor's type and shape, and its numbers in C order once they are read."""

    dtype: str
    shape: tuple[int, ...]
    read: Callable[[], Iterable[float]]

    @property
    def count(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Extent:
    """What the numbers of a tensor span. `min` and `max` are of the finite ones, None where there are none."""

    count: int
    min: float | None
    max: float | None
    nan: int = 0
    inf: int = 0
    zero: int = 0
    negative: int = 0

    @classmethod
    def of(cls, values: Iterable[float]) -> Extent:
        numbers = list(values)
        finite = [value for value in numbers if math.isfinite(value)]
        return cls(
            count=len(numbers),
            min=min(finite, default=None),
            max=max(finite, default=None),
            nan=sum(map(math.isnan, numbers)),
            inf=sum(map(math.isinf, numbers)),
            zero=finite.count(0.0),
            negative=sum(value < 0 for value in finite),
        )

    def all_are(self, value: float) -> bool:
        """Whether every number is this one."""
        return self.count > 0 and not self.nan + self.inf and self.min == value == self.max


def decode(dtype: str, raw: bytes) -> Iterable[float]:
    """The numbers of little-endian bytes. `dtype` is safetensors' name of the type. Raises KeyError for another."""
    return _DECODE[dtype](raw)


def width(dtype: str) -> int | None:
    """Bytes of one number; None for a type that is not known."""
    return _WIDTH.get(dtype)


def _array(code: str) -> Callable[[bytes], Iterable[float]]:
    def read(raw: bytes) -> Iterable[float]:
        values = array(code, raw)
        if sys.byteorder == "big":
            values.byteswap()
        return values

    return read


def _half(raw: bytes) -> Iterable[float]:
    return (value for (value,) in struct.iter_unpack("<e", raw))


def _bfloat16(raw: bytes) -> Iterable[float]:
    # The upper half of a float32.
    wide = bytearray(2 * len(raw))
    wide[2::4], wide[3::4] = raw[0::2], raw[1::2]
    return _array("f")(bytes(wide))


def _float8(
    exponent: int, mantissa: int, bias: int, special: Mapping[int, float]
) -> Callable[[bytes], Iterable[float]]:
    def value(byte: int) -> float:
        if byte & 0x7F in special:
            return special[byte & 0x7F]
        sign = -1.0 if byte & 0x80 else 1.0
        power = byte >> mantissa & (1 << exponent) - 1
        fraction = (byte & (1 << mantissa) - 1) / (1 << mantissa)
        return sign * (math.ldexp(1 + fraction, power - bias) if power else math.ldexp(fraction, 1 - bias))

    table = [value(byte) for byte in range(256)]
    return lambda raw: (table[byte] for byte in raw)


_DECODE: dict[str, Callable[[bytes], Iterable[float]]] = {
    "F64": _array("d"),
    "F32": _array("f"),
    "F16": _half,
    "BF16": _bfloat16,
    "F8_E4M3": _float8(4, 3, 7, {0x7F: math.nan}),
    "F8_E5M2": _float8(5, 2, 15, {0x7C: math.inf, 0x7D: math.nan, 0x7E: math.nan, 0x7F: math.nan}),
    "I64": _array("q"),
    "U64": _array("Q"),
    "I32": _array("i"),
    "U32": _array("I"),
    "I16": _array("h"),
    "U16": _array("H"),
    "I8": _array("b"),
    "U8": _array("B"),
    "BOOL": _array("B"),
}
_WIDTH = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8, "U64": 8, "I32": 4, "U32": 4,
    "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip
