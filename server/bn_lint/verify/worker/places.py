"""Which line of whose code: frames, and telling the user's files from libraries'."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

_HERE = os.path.dirname(os.path.abspath(__file__))


class Place(NamedTuple):
    """Something that stands in a file. Lines count from 1, columns (in UTF-8 bytes) from 0; None where not known."""

    file: str
    line: int
    function: str
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As an event carries it."""
        return self._asdict()


class Files:
    """Tells the user's files from libraries' and from torch's own."""

    def __init__(self, torch_file: str, target_file: str | None) -> None:
        """`target_file` is the user's by definition, and so is what lies beside it, wherever that is installed."""
        self._torch = os.path.dirname(os.path.abspath(torch_file)) + os.sep
        names = ("stdlib", "platstdlib", "purelib", "platlib")
        roots = {sysconfig.get_paths()[name] for name in names}
        roots.update(site.getsitepackages() if hasattr(site, "getsitepackages") else [])
        roots.add(site.getusersitepackages())
        self._libraries = tuple(os.path.abspath(root) + os.sep for root in roots)
        self._own = None if target_file is None else os.path.dirname(os.path.abspath(target_file)) + os.sep

    def is_torch(self, file: str) -> bool:
        """Whether a frame is torch's or the worker's own business, and no place to send a user to."""
        return file.startswith((self._torch, _HERE, "<")) or (os.sep + "torch" + os.sep + "nn") in file

    def is_users(self, file: str) -> bool:
        """Whether a file is the user's own, and not an installed library's."""
        if file.startswith("<"):
            return False
        if self._own is not None and file.startswith(self._own):
            return True
        return not file.startswith(self._libraries) and "site-packages" not in file and "dist-packages" not in file

    def seen(self, places: Iterable[Place]) -> tuple[Place, ...]:
        """The places outside of torch and of the standard library."""
        return tuple(p for p in places if not self.is_torch(p.file) and not _is_stdlib(p.file))


_STDLIB = tuple({os.path.abspath(sysconfig.get_paths()[name]) + os.sep for name in ("stdlib", "platstdlib")})


def _is_stdlib(file: str) -> bool:
    return file.startswith(_STDLIB) and "site-packages" not in file


def outward(frame: FrameType | None, limit: int = 400) -> Iterator[FrameType]:
    """A frame and its callers, innermost first."""
    for _ in range(limit):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def place_of(frame: FrameType, instruction: int | None = None, line: int | None = None) -> Place:
    """Where a frame stands; for a traceback's entry, where it stood then."""
    code = frame.f_code
    lasti = frame.f_lasti if instruction is None else instruction
    lineno = frame.f_lineno if line is None else line
    return _place(code, lasti, lineno or 0)


_positions: dict[tuple[CodeType, int], tuple[int | None, int | None, int | None, int | None]] = {}


def _place(code: CodeType, lasti: int, line: int) -> Place:
    file = os.path.abspath(code.co_filename) if not code.co_filename.startswith("<") else code.co_filename
    if sys.version_info < (3, 11):
        return Place(file, line, code.co_name)
    key = (code, lasti)
    found = _positions.get(key)
    if found is None:
        found = next(islice(code.co_positions(), lasti // 2, None), (line, None, None, None))
        _positions[key] = found
    start, end_line, column, end_column = found
    return Place(file, start or line, code.co_name, column, end_line, end_column)


def traceback_frames(trace: TracebackType | None) -> list[tuple[FrameType, Place]]:
    """The frames of a traceback, innermost first."""
    found: list[tuple[FrameType, Place]] = []
    while trace is not None:
        found.append((trace.tb_frame, place_of(trace.tb_frame, trace.tb_lasti, trace.tb_lineno)))
        trace = trace.tb_next
    return found[::-1]
