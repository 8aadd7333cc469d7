"""What the random programs of tests/model/test_python.py stand upon."""

import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import itertools
import math
import re
import typing

G_INT, G_LIST = 3, [1, 2]


class SubError(ValueError):
    def __init__(self, message, code=7):
        super().__init__(message)
        self.code = code


class Base:
    K = 2

    def __init__(self, x, y=1):
        self.x, self.y, self.items = x, y, [x]

    @property
    def prop(self):
        return self.x + self.K

    @prop.setter
    def prop(self, value):
        self.x = value - self.K

    @staticmethod
    def static(v):
        return v + 1

    @classmethod
    def make(cls, v):
        return cls(v)

    def scaled(self, by):
        return self.x * by

    def name(self):
        return f"{type(self).__name__}:{self.x}"

    def bump(self):
        self.x += 1
        return self

    def __add__(self, other):
        return Base(self.x + other.x)

    def __call__(self, v=1, *rest, **named):
        return self.x + v + len(rest) + len(named)

    def __getitem__(self, index):
        return self.items[index]

    def __eq__(self, other):
        return isinstance(other, Base) and self.x == other.x


class Child(Base):
    K = 5
    _count = 0

    def __init__(self, x, y=4):
        super().__init__(x * 2, y)
        self.z = self.scaled(2)

    def scaled(self, by):
        return super().scaled(by) + 1

    @classmethod
    def count_up(cls):
        cls._count += 1
        return cls._count

    @property
    def prop(self):
        return super().prop * 2

    def __bool__(self):
        return self.x > 4

    def __getattr__(self, name):
        if name == "zz":
            return 42
        raise AttributeError(name)


class Side:
    def scaled(self, by):
        return super().scaled(by) * 3


class Mixed(Side, Child):
    pass


class Plain:
    def __init__(self, x):
        self.x = x


class Point(typing.NamedTuple):
    x: int
    y: int = 2


@dataclasses.dataclass
class Conf:
    width: int = 8
    depth: int = 2
    extra: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        self.total = self.width * self.depth


@dataclasses.dataclass
class Wide(Conf):
    K: typing.ClassVar[int] = 3
    depth: int = 4


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1


class Manager:
    def __init__(self, v):
        self.v = v

    def __enter__(self):
        G_LIST.append(self.v)
        return self.v

    def __exit__(self, kind, value, trace):
        G_LIST.pop()
        return self.v == 2


@contextlib.contextmanager
def managed(v):
    G_LIST.append(v)
    try:
        yield v + 1
    finally:
        G_LIST.pop()


def called(a, b=2, *args, k=3, **kwargs):
    return a * 100 + b * 10 + k + len(args) + sum(kwargs.values())


partial = functools.partial(called, 1, k=4)


def keywords(**kwargs):
    return kwargs


def closure(start):
    total = start

    def add(v):
        nonlocal total
        total += v
        return total

    return add(1) + add(2) + total


def plus_one(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs) + 1

    return inner


@plus_one
def logged(v):
    return v * 2


def counted():
    counted.calls = getattr(counted, "calls", 0) + 1
    return counted.calls


def remembering(v, seen=[]):  # noqa: B006
    seen.append(v)
    return len(seen)


def globally(v):
    global G_INT
    old, G_INT = G_INT, v % 10
    return old


def generated(n):
    i = 0
    while i < min(n, 4):
        yield i * i
        i += 1
    yield from (-1, -2)


def handled(value):
    try:
        result = value + 1
    except TypeError:
        return 10
    else:
        return 20 + bool(result)


def finishing(v):
    try:
        if v > 3:
            return 1
    finally:
        if v == 2:
            return 99  # noqa: B012
    return 3


def chained(v):
    try:
        try:
            if v > 2:
                raise SubError("no", v)
            {}[v]
        except KeyError:
            raise ValueError("again") from None
        finally:
            v += 1
    except SubError as error:
        return error.code
    except ValueError:
        return -v


def matched(value):
    match value:
        case 0 | 1:
            return 1
        case "ab" | "a":
            return 4
        case None:
            return 5
        case _:
            return 7


def within(v):
    with Manager(2):
        v.missing
        return 1
    return len(G_LIST)


def loops(values):
    for v in values:
        if v == 0:
            continue
        if v > 6:
            break
    else:
        return -7
    return v
