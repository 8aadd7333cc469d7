"""The scripts of `scripts/`: what the linter has to say about each, and what PyTorch has to prove.

A script is a plain Python file. Its comments hold the expectations:

- `# expect: BN201` on a line: a finding of that code begins on the line; several are separated by commas,
- `# raises: ValueError` at the top: the script raises one of these, on the line of an expected finding,
- `# proof: EXPRESSION` at the top: true in the script's own namespace once it has run,
- `# needs: PACKAGE` at the top: the script can only be run where the package is installed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Script:
    """One script: `expected` are pairs of line and code."""

    path: Path
    text: str
    expected: frozenset[tuple[int, str]]
    raises: tuple[str, ...]
    proof: str
    needs: str

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"


def read(path: Path) -> Script:
    text = path.read_text(encoding="utf-8")
    expected = {
        (number, code.strip())
        for number, line in enumerate(text.splitlines(), 1)
        for found in re.findall(r"# expect: ([\w, ]+)$", line)
        for code in found.split(",")
    }
    raises = tuple(name.strip() for name in _header(text, "raises").split(",") if name)
    return Script(path, text, frozenset(expected), raises, _header(text, "proof"), _header(text, "needs"))


def _header(text: str, name: str) -> str:
    found = re.search(rf"^# {name}: (.+)$", text, re.MULTILINE)
    return "" if found is None else found.group(1)


SCRIPTS = [read(path) for path in sorted(FOLDER.glob("*/*.py"))]
