"""Scripts, right and wrong: what the linter has to say about each, and what PyTorch has to prove.

They are in right.txt and wrong.txt: as a file each, they took thirteen times the room on disk. A script begins at a
line `## name`, at its place in the alphabet; a line `@ name` stands for the text of that name in shared.txt. All else
is plain Python, whose comments hold the expectations:

- `# expect: BN201` on a line: a finding of that code begins on the line; several are separated by commas,
- `# raises: ValueError` at the top: the script raises one of these, on the line of an expected finding,
- `# proof: EXPRESSION` at the top: true in the script's own namespace once it has run,
- `# needs: PACKAGE` at the top: the script can only be run where the package is installed.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Script:
    """One script: `name` begins with its folder, `expected` are pairs of line and code."""

    name: str
    text: str
    expected: frozenset[tuple[int, str]]
    raises: tuple[str, ...]
    proof: str
    needs: str

    def path(self, folder: Path) -> Path:
        """Where `unpack` put it."""
        return folder / f"{self.name}.py"


def unpack(folder: Path) -> Path:
    """Write the scripts into a folder, as the linter and PyTorch read them, and give the folder back."""
    for script in SCRIPTS:
        path = script.path(folder)
        path.parent.mkdir(exist_ok=True)
        path.write_text(script.text, encoding="utf-8")
    shutil.copy(_HERE / "nets.py", folder)
    return folder


def _read(file: str) -> list[list[str]]:
    """Pairs of name and text."""
    parts = re.split("^## ", (_HERE / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [part.split("\n", 1) for part in parts[1:]]


def _script(name: str, text: str) -> Script:
    text = re.sub(r"^@ (\w+)\n", lambda line: _SHARED[line[1]], text, flags=re.MULTILINE)
    expected = {
        (number, code.strip())
        for number, line in enumerate(text.splitlines(), 1)
        for found in re.findall(r"# expect: ([\w, ]+)$", line)
        for code in found.split(",")
    }
    raises = tuple(name.strip() for name in _header(text, "raises").split(",") if name)
    return Script(name, text, frozenset(expected), raises, _header(text, "proof"), _header(text, "needs"))


def _header(text: str, name: str) -> str:
    found = re.search(rf"^# {name}: (.+)$", text, re.MULTILINE)
    return "" if found is None else found.group(1)


_SHARED = dict(_read("shared.txt"))
SCRIPTS = [_script(f"{kind}/{name}", text) for kind in ("right", "wrong") for name, text in _read(f"{kind}.txt")]
