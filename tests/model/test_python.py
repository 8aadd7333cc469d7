"""The evaluator and Python run the same random programs: what the evaluator knows has to be what Python says.

The programs come from the grammar in tests/data/python: `$name` stands for one of the lines below `name:`. After each
statement both sides show their variables. A value may be unknown; once one is, the rest of a program proves nothing.

    python -m tests.model.test_python FIRST COUNT     compares more of them
"""

from __future__ import annotations

import enum
import random
import re
import sys
import warnings
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bn_lint.model import calls
from bn_lint.model.evaluator import Evaluator
from bn_lint.model.events import Entry
from bn_lint.model.frame import Frame
from bn_lint.model.path import Path as Ways
from bn_lint.model.values import EnumMember, Native, Object, Unknown
from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile

_DATA = Path(__file__).parents[1] / "data" / "python"
_PRELUDE = (_DATA / "prelude.py").read_text(encoding="utf-8")
_START = """
    i0, i1, i2, s0, l0, l1, d0, d1 = 1, 2, 3, "a", [1, 2, 3], [4, 0], {"a": 1, "b": 2}, {}
    t0, z0, n0, o0, o1, p0, c0, any_ = (1, 2), {1, 4}, [[1, 2], [3, 4]], Base(3), Child(2), Point(1), Conf(4), None
    log = []
"""
_SHOWN = "log, i0, i1, i2, s0, l0, l1, d0, d1, t0, z0, n0, o0, o1, p0, c0, any_, G_LIST, G_INT, Base.K, l0 is l1"
_UNKNOWN = "unknown"


def _rules() -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for line in (_DATA / "grammar.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            rules[next(reversed(rules))] += re.split(r" {2,}(?! |raise)", line.strip())
        else:
            rules[line.removesuffix(":")] = []
    return rules


_RULES = _rules()


class _Writer:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def program(self) -> str:
        text = "def program():" + _START
        for _ in range(self.rng.randint(3, 8)):
            text += f"    try:\n{self.statement(2, 2)}    except Exception as error:\n"
            text += f"        log.append(type(error).__name__)\n    show([{_SHOWN}])\n"
        return text

    def statement(self, depth: int, indent: int) -> str:
        pad = "    " * indent
        if depth and self.rng.random() < 0.35:
            template = self.rng.choice(_RULES["compound"]).replace("¦", pad)

            def fill(found: re.Match[str]) -> str:
                if found[1] != "block":
                    return self.expression(found[1], 2)
                lines = (self.statement(depth - 1, indent + 1) for _ in range(self.rng.randint(1, 2)))
                return "\n" + "".join(lines)

            text = re.sub(r"\$(\w+)", fill, template).rstrip()
            return f"{pad}{text}\n" if not text.endswith("    raise") else f"{pad}{text[:-9]}{pad}    raise\n"
        return pad + self.expression("stmt", self.rng.randint(1, 4)) + "\n"

    def expression(self, name: str, depth: int) -> str:
        chosen = self.rng.choice(_RULES[name] if depth > 0 else _RULES[name][:3])

        def fill(found: re.Match[str]) -> str:
            inner = self.expression(found[1], depth - 1)
            return f"({inner})" if found[2] else inner

        return re.sub(r"\$(\w+)(?=([.\[])?)", fill, chosen)


def _seen(value: Any, depth: int = 0) -> Any:
    """A value of either side as plain data; what is not known is _UNKNOWN."""
    if depth > 6 or isinstance(value, Unknown):
        return _UNKNOWN
    if isinstance(value, EnumMember | enum.Enum):
        return ("enum", value.attrs["name"] if isinstance(value, EnumMember) else value.name)
    if isinstance(value, Object) or (hasattr(value, "__dict__") and type(value).__module__ == "program"):
        name, attrs = (
            (value.cls.name, value.attrs) if isinstance(value, Object) else (type(value).__name__, vars(value))
        )
        return (name, {key: _seen(inner, depth + 1) for key, inner in attrs.items()})
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return (type(value).__name__, value._asdict())
    if isinstance(value, dict):
        return ("dict", [(_seen(k), _seen(v, depth + 1)) for k, v in value.items()])
    if isinstance(value, list | tuple):
        return (type(value).__name__, [_seen(inner, depth + 1) for inner in value])
    if isinstance(value, set | frozenset):
        return (type(value).__name__, frozenset(value))
    return value if isinstance(value, int | float | str | type(None)) else type(value).__name__


def _has_unknown(seen: Any) -> bool:
    if isinstance(seen, dict):
        seen = list(seen.values())
    return (
        seen == _UNKNOWN if isinstance(seen, str) else isinstance(seen, list | tuple) and any(map(_has_unknown, seen))
    )


def _by_python(text: str) -> list[Any]:
    module, shown = ModuleType("program"), list[Any]()
    sys.modules["program"] = module  # dataclasses look their module up
    vars(module)["show"] = lambda values: shown.append(_seen(values))
    exec(compile(text, "program.py", "exec"), vars(module))
    vars(module)["program"]()
    return shown


class Evaluated:
    """A program in the evaluator. What was shown, with whether anything unknown came up before."""

    def __init__(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file = SourceFile(Path("/nowhere/program.py"), SourceText(text))
        self.ev = Evaluator(lambda path: self.file)
        scope = self.ev.loader.scope_of(self.file.path)
        assert scope is not None
        self.scope = scope
        self.ev.loader.run(scope)
        self.unknown = 0
        make = Unknown.__init__

        def counting(made: Unknown, path: str = "?", *rest: Any, **named: Any) -> None:
            self.unknown += path not in ("message", "sent")
            make(made, path, *rest, **named)

        monkeypatch.setattr(Unknown, "__init__", counting)

    def run(self) -> list[tuple[Any, bool]]:
        shown: list[tuple[Any, bool]] = []
        self.unknown = 0
        show = Native("show", lambda f, args, keywords: shown.append((_seen(args[0]), self.unknown == 0)))
        self.scope.vars["show"] = show
        frame = Frame(self.ev, self.scope, self.file.pieces[-1], {})
        function = self.scope.vars["program"]
        self.ev.run(Entry("program", None), Ways(self.ev.atoms), lambda: calls.call(frame, function, [], {}))
        return shown


def compare(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many statements both sides agree on, and how many there are. Fails where they disagree."""
    text = f"{_PRELUDE}\n\n{_Writer(seed).program()}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = _by_python(text)
    except SyntaxError:
        return 0, 0  # := where Python has it not
    evaluated = Evaluated(text, monkeypatch)
    found = evaluated.run()
    assert [seen for seen, _ in evaluated.run()] == [seen for seen, _ in found], "the first run left something behind"
    agreed = 0
    for number, (want, (seen, certain)) in enumerate(zip(wanted, found, strict=False)):
        if not certain or _has_unknown(seen):
            break
        differences = [pair for pair in zip(_SHOWN.split(", "), seen[1], want[1], strict=True) if pair[1] != pair[2]]
        statement = text.split("def program():")[1].split("    show(")[number].split("\n", 1)[1]
        assert not differences, f"seed {seed}: {differences}\n{statement}"
        agreed += 1
    return agreed, len(wanted)


def test_random_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    count: Counter[str] = Counter()
    for seed in range(120):
        with monkeypatch.context() as patch:
            agreed, there = compare(seed, patch)
        count.update(agreed=agreed, there=there)
    # Silence is allowed, but not as a way to be right.
    assert count["agreed"] > 0.9 * count["there"], count


if __name__ == "__main__":
    first, number = map(int, sys.argv[1:])
    total: Counter[str] = Counter()
    for each in range(first, first + number):
        with pytest.MonkeyPatch.context() as outer:
            try:
                both = compare(each, outer)
                total.update(agreed=both[0], there=both[1])
            except AssertionError as error:
                total["wrong"] += 1
                print(error)
    print(dict(total))
