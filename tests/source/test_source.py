"""Text to tree: what is read is what Python reads, wherever it stands."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_lint.source import ir
from bn_lint.source.complexity import nesting_and_chain
from bn_lint.source.split import split
from bn_lint.source.suppressions import Suppressions
from bn_lint.source.text import Position, SourceText, UndecodableSource
from bn_lint.source.tree import SourceFile

LIBRARY = sorted(Path(ast.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", random.Random(1).sample(LIBRARY, 12), ids=lambda path: path.name)
def test_pieces_are_the_statements_of_a_module(path: Path) -> None:
    source = SourceText.decode(path.read_bytes())
    file = SourceFile(path, source)
    assert file.problems == []
    assert "".join(piece.fragment.text for piece in file.pieces) == source.text
    # Two simple statements on one line stand in one piece.
    assert sum(len(piece.fragment.body) for piece in file.pieces) >= len(ast.parse(source.text).body)


@pytest.mark.parametrize("path", random.Random(2).sample(LIBRARY, 6), ids=lambda path: path.name)
def test_positions_of_calls_are_those_of_ast(path: Path) -> None:
    source = SourceText.decode(path.read_bytes())
    expected = set()
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Call):
            line = source.line(node.lineno).encode()
            column = len(line[: node.col_offset].decode())
            expected.add(source.offset(Position(node.lineno, column)))
    found = {
        piece.node(node[1]).span[0]
        for piece in SourceFile(path, source).pieces
        for node in ir.walk(piece.fragment.body)
        if node[0] == "call"
    }
    # Decorators and f-strings are lowered in part only; what is lowered stands where ast says.
    assert found <= expected
    assert len(found) >= 0.9 * len(expected)


@given(st.text(alphabet="ab ()[]#'\"\\\n\r\f\t:@=,é\u2028", max_size=80))
def test_splitting_loses_nothing(text: str) -> None:
    starts = split(text)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    file = SourceFile(Path("x.py"), SourceText(text))
    assert "".join(piece.fragment.text for piece in file.pieces) == text


@given(st.text(alphabet="a😀\n\r\f\u2028", max_size=40), st.integers(0, 40))
def test_positions_and_offsets_are_inverse(text: str, offset: int) -> None:
    source = SourceText(text)
    offset = min(offset, len(text))
    position = source.position(offset)
    start, end = source.line_span(position.line)
    assert source.offset(position) == min(offset, end)
    assert start <= source.offset(position)


_LINES = st.text(alphabet="a\n\r", max_size=9)


@given(_LINES, _LINES, _LINES, _LINES)
def test_line_starts_after_a_replacement(before: str, old: str, new: str, after: str) -> None:
    revised = SourceText(before + old + after).replaced(len(before), len(before + old), new)
    assert revised == SourceText(before + new + after)
    assert revised.line_starts == SourceText(revised.text).line_starts


def test_a_statement_too_long_to_lower_is_still_judged() -> None:
    text = "x = [\n" + "    1,\n" * 40_000 + "]\n"
    assert SourceFile(Path("x.py"), SourceText(text)).problems == []
    (problem,) = SourceFile(Path("x.py"), SourceText(text + "y = (\n")).problems
    assert problem.offset == len(text) + 4
    assert SourceFile(Path("x.py"), SourceText(text.replace("]", ")"))).problems


@given(st.binary(max_size=60))
def test_decoding_gives_the_same_bytes_back_or_one_clear_error(raw: bytes) -> None:
    said = ""
    try:
        assert SourceText.decode(raw).encode() == raw
    except UndecodableSource as error:
        said = str(error)
    assert "\n" not in said


def test_line_ends_are_those_of_python() -> None:
    source = SourceText("a\fb\u2028c\r\nd\re\n")
    assert [source.line(n) for n in range(1, 5)] == ["a\fb\u2028c", "d", "e", ""]
    assert source.newline == "\r\n"


def test_comments_in_strings_suppress_nothing() -> None:
    source = SourceText('x = "# noqa"\ny = 1  # noqa: BN101, E501\n# bn-lint: file-ignore[BN2]\n')
    found = Suppressions(source).all
    assert [(s.line, s.codes, s.whole_file) for s in found] == [(2, ("BN101", "E501"), False), (3, ("BN2",), True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = " + "(" * 300 + ")" * 300, (300, 1)),
        ("x = " + "f(a, " * 300 + ")" * 300, (300, 1)),
        ("x = " + " + ".join("a" * 1001), (0, 1000)),
        ("x = (" + " +\n".join("a" * 1001) + ")", (1, 1000)),
        ("x = a" + ".b()" * 600, (1, 1200)),
        ("x = [" + "1.5, " * 5000 + "]", (0, 0)),
        ("# " + "-" * 5000, (0, 0)),
        ("x = '" + "(" * 5000 + "'", (0, 0)),
    ],
)
def test_what_is_not_lowered(text: str, expected: tuple[int, int]) -> None:
    assert nesting_and_chain(text) == expected


def test_nothing_of_linting_imports_torch() -> None:
    code = (
        "import sys, bn_lint.cli.check, bn_lint.engine.registry as r; r.all_rules();"
        "print([m for m in ('torch', 'pygls', 'lsprotocol', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
