"""Revised files: the pieces cover the new text, and what has not changed is the same object."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bn_lint.source.revise import Change, revise
from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile

_TEXT = """\
import torch


class A:
    def f(self):
        return (1,
                2)


@decorated
def g():
    '''Says \x0c nothing.'''
    return A()


if g():
    x = 1
else:
    x = 2
y = [
    g(),
]
"""


def _file(text: str) -> SourceFile:
    return SourceFile(Path("x.py"), SourceText(text))


def _covers(file: SourceFile) -> bool:
    real = [piece for piece in file.pieces if not piece.stands_in]
    ends = [0, *(piece.start + len(piece.fragment.text) for piece in real)]
    return [p.start for p in real] == ends[:-1] and "".join(p.fragment.text for p in real) == file.source.text


def _revise(file: SourceFile, old: str, new: str) -> Change:
    text = file.source.text.replace(old, new, 1)
    change = revise(file, SourceText(text))
    assert file.source.text == text
    assert _covers(file)
    return change


def test_only_the_touched_piece_is_new() -> None:
    file = _file(_TEXT)
    before = list(file.pieces)
    change = _revise(file, "def g()", "def g(x=1)")
    assert [p.fragment.text[:5] for p in change.removed] == ["@deco"]
    assert [p.fragment.text[:5] for p in change.added] == ["@deco"]
    assert not change.mended
    assert file.pieces[:2] == before[:2]
    assert file.pieces[3:] == before[3:]


def test_a_piece_stays_when_only_the_inside_of_a_function_is_new() -> None:
    file = _file(_TEXT)
    before = list(file.pieces)
    assert _revise(file, "return A()", "return None") == Change((), (), (before[2],))
    assert _revise(file, "return (1,", "return (0, 1,") == Change((), (), (before[1],))
    assert file.pieces == before
    assert _revise(file, "    def f(self):", "    width = make()\n\n    def f(self):").added


def test_comments_and_documentation_say_nothing_new() -> None:
    file = _file(_TEXT)
    before = list(file.pieces)
    assert not _revise(file, "return A()", "return A()  # a comment")
    assert not _revise(file, "nothing.", "something.")
    assert not _revise(file, "import torch\n", "import torch\n\n\n# header\n")
    assert file.pieces == before
    assert file.pieces[2].node(0).text.startswith("def g")


def test_a_broken_statement_is_stood_in_for_until_it_is_mended() -> None:
    file = _file(_TEXT)
    before = list(file.pieces)
    assert not _revise(file, "return (1,", "return ((1,")
    assert [p.stands_in for p in file.pieces if p in before] == [False, True, False, False, False]
    assert len([p for p in file.pieces if p.fragment.problem]) == 1
    assert not _revise(file, "def g", "def  g")
    assert not _revise(file, "return ((1,", "return (1,")
    assert file.pieces == before
    assert not any(piece.stands_in for piece in file.pieces)


def test_an_unclosed_string_takes_nothing_along() -> None:
    file = _file(_TEXT)
    before = list(file.pieces)
    assert not _revise(file, "class A:\n", 'class A:\n    """\n')
    kept = [piece for piece in file.pieces if piece in before and not piece.stands_in]
    assert [p.fragment.text[:5] for p in kept] == ["impor", "@deco", "if g(", "y = ["]


def test_else_joins_the_statement_before() -> None:
    file = _file("import torch\nif a:\n    x = 1\ny = 2\nz = 3\n")
    _revise(file, "y = 2", "else:\n    y = 2")
    assert [p.fragment.text for p in file.pieces] == [
        "import torch\n",
        "if a:\n    x = 1\nelse:\n    y = 2\n",
        "z = 3\n",
    ]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40), st.text("ab()[]'\"\n :#@=\\", max_size=8)), max_size=12)
)
def test_any_edits(edits: list[tuple[int, int, str]]) -> None:
    file = _file(_TEXT)
    for start, length, text in edits:
        before = file.source.text
        after = before[:start] + text + before[start + length :]
        revise(file, SourceText(after))
        assert file.source.text == after
        assert _covers(file)
        assert bool(file.problems) is bool(_file(after).problems)
        assert [p.index for p in file.pieces] == list(range(len(file.pieces)))
    # Back where it was, it is what it was.
    revise(file, SourceText(_TEXT))
    assert [p.fragment.text for p in file.pieces] == [p.fragment.text for p in _file(_TEXT).pieces]
