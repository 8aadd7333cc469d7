"""IPython's own syntax in notebook cells: magics, shell escapes and help requests, made into plain Python.

The text keeps its length and its lines, so that every position in it still holds.
"""

from __future__ import annotations

import re

from bn_lint.source.python import rejection

# Cell magics under which the cell is still Python that runs in the notebook's namespace.
_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "debug"})

_CELL = re.compile(r"[ \t]*%%(\w+)")
_LINE = re.compile(
    r"""^(?P<lead>[ \t]*(?:[\w.]+(?:[ \t]*,[ \t]*[\w.]+)*[ \t]*=[ \t]*)?)   # indentation, or a target: files = !ls
        (?P<magic>%[%\w]|!|\?)[^\r\n]*$
      | ^(?P<indent>[ \t]*)[%\w.*]+\?{1,2}[ \t]*$                           # nn.BatchNorm2d?""",
    re.VERBOSE | re.MULTILINE,
)


def blank_magics(cell: str) -> str:
    """The cell with each magic replaced by a name of nothing known; all of it where another language runs it."""
    magic = _CELL.match(cell.lstrip("\r\n"))
    if magic is not None and magic[1] not in _PYTHON_CELLS:
        return re.sub(r"[^\r\n]", " ", cell)
    if not any(sign in cell for sign in "%!?") or _is_python(cell):
        return cell
    return _LINE.sub(_replace, cell)


def _is_python(cell: str) -> bool:
    # Magics look like operators on a continued line, and like text inside a string.
    return rejection(cell) is None


def _replace(match: re.Match[str]) -> str:
    lead = match["lead"] if match["indent"] is None else match["indent"]
    return lead + "_".ljust(len(match[0]) - len(lead))
