"""Where the nodes of the IR stand; and syntax that the running Python lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.source.test_source import LIBRARY

from bn_lint.source import ir
from bn_lint.source.text import SourceText
from bn_lint.source.tree import SourceFile

_UNUSUAL = """\
é = [call(a)(ü, *b, c=(1, 2), **d)["x":, ...] for a in "ß\\\\" if not (b or c) and d] ; f(x.y)\r
async def g(x, /, y: "é"=-1, *é, z=lambda q: (yield), **w) -> h(1):
\tasync with a.b() as c, d():\x0c
\t\tglobal h; h = f'é{x!r:>{y()}}' 'ü' f"{z}" ; print((await x.bn))
"""
_ALIAS = "type Shape[T] = tuple[int, T]\n"
# Each of these is newer than Python 3.10.
_NEWER = """\
class Net[T: (int, str)](nn.Module):
    def forward[U](self, x: U, name="a"):
        try:
            pass
        except* ValueError:
            x = f"{f"{x}"}" + 'é'; y = self.bn(x)
        print(f"{
            x  # comment
        }", f"{name!r:>{'\\n'}}", self.bn(x))
"""


@pytest.mark.parametrize("text", [_UNUSUAL, _NEWER, *[p.read_text("utf-8") for p in LIBRARY[2:30]]])
def test_a_node_stands_where_its_text_is(text: str) -> None:
    file = SourceFile(Path("x.py"), SourceText(text))
    assert not file.problems
    nodes = [piece.node(node[1]) for piece in file.pieces for node in ir.walk(piece.fragment.body)]
    assert nodes
    for node in nodes:
        match node.ir:
            case ("name", _, "_0"):  # stands for a string in newer syntax
                pass
            case ("name", _, name):
                assert node.text == name
            case ("attr", _, _, name):
                assert node.text.endswith(name)
            case ("call", *_):
                assert node.text.endswith(")")
            case ("def" | "class" as keyword, *_):
                assert node.text.removeprefix("async ").startswith(keyword)
            case _:
                pass


def test_what_is_newer_than_this_python_is_followed_round() -> None:
    (alias, network) = SourceFile(Path("x.py"), SourceText(_ALIAS + _NEWER)).pieces
    assert alias.fragment.body[0][0] == "assign"
    assert [network.node(call[1]).line for call in network.fragment.nodes("call")] == [7, 8, 10]


def test_half_typed_code_is_not_taken_for_newer_code() -> None:
    (problem,) = SourceFile(Path("x.py"), SourceText("class A[T]:\n    x = f'{\n")).problems
    assert problem.offset
