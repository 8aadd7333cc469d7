"""What is analysed as one text: a document, or all code cells of a notebook in their order."""

from __future__ import annotations

import errno
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2s
from pathlib import Path
from urllib.parse import unquote, urlparse

from lsprotocol import types as t
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec, Workspace

from bn_lint.lsp.documents import Document, as_document, client_position, offset_of
from bn_lint.source.magics import blank_magics
from bn_lint.source.text import Position, SourceText

_MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Part:
    """One document of a program: the text of a cell, at `start` (an offset) and `line` (from 0) of the program."""

    uri: str
    version: int | None
    start: int
    line: int
    source: SourceText


@dataclass(frozen=True)
class Program:
    """One text to analyse. `uri` is the document's or the notebook's; `version` its version."""

    uri: str
    path: Path
    version: int | None
    source: SourceText
    parts: tuple[Part, ...]
    codec: PositionCodec

    @property
    def too_large(self) -> bool:
        """Whether this is not a model but data: accepted, and left alone."""
        return len(self.source.text) > _MAX_CHARACTERS

    @property
    def is_notebook(self) -> bool:
        return self.parts[:1] != () and self.parts[0].uri != self.uri

    @cached_property
    def _starts(self) -> list[int]:
        return [part.start for part in self.parts]

    @cached_property
    def _lines(self) -> list[int]:
        return [part.line for part in self.parts]

    def part(self, uri: str) -> Part | None:
        """The part that a document is."""
        key = unquote(uri)
        return next((part for part in self.parts if unquote(part.uri) == key), None)

    def locate(self, position: Position) -> tuple[Part, t.Position]:
        """A position in the program as a part and a position in it, in the client's terms."""
        index = max(bisect_right(self._lines, position.line - 1) - 1, 0)
        part = self.parts[index]
        return part, client_position(part.source, Position(position.line - part.line, position.column), self.codec)

    def locate_range(self, start: Position, end: Position) -> tuple[Part, t.Range]:
        """A range in the program; one that goes past its part ends with the part."""
        part, first = self.locate(start)
        other, last = self.locate(end)
        if other is not part:
            last = client_position(part.source, Position(len(part.source.line_starts), 1 << 30), self.codec)
        return part, t.Range(first, last)

    def locate_offsets(self, start: int, end: int) -> tuple[Part, t.Range]:
        """A span of offsets in the program."""
        return self.locate_range(self.source.position(start), self.source.position(end))

    def offset(self, uri: str, position: t.Position) -> int | None:
        """The offset in the program of a client's position in one of its documents."""
        part = self.part(uri)
        return None if part is None else part.start + offset_of(part.source, position, self.codec)


def program_of(workspace: Workspace, uri: str) -> Program | None:
    """The program that an open document, a notebook or one of its cells belongs to; None where it is not open."""
    notebook = workspace.get_notebook_document(cell_uri=uri) or workspace.get_notebook_document(notebook_uri=uri)
    if notebook is not None:
        return _notebook(workspace, notebook)
    document = workspace.text_documents.get(unquote(uri))
    return None if document is None else _single(as_document(document))


def open_programs(workspace: Workspace) -> Iterator[Program]:
    """Every program that is open."""
    for notebook in workspace.notebook_documents.values():
        yield _notebook(workspace, notebook)
    for uri, document in workspace.text_documents.items():
        if workspace.get_notebook_document(cell_uri=uri) is None:
            yield _single(as_document(document))


def closed_program(path: Path, source: SourceText, codec: PositionCodec) -> Program:
    """A file that is not open."""
    uri = uri_of(path)
    return Program(uri, path, None, source, (Part(uri, None, 0, 0, source),), codec)


@lru_cache(4096)
def path_of(uri: str) -> Path:
    """The path of a document. One that is no file on disk has a name of its own beside the file that it shows.

    An old version (`git:`) must not stand for the file, nor a path that the system refuses be looked at.
    """
    path = Path(to_fs_path(uri) or unquote(urlparse(uri).path) or "untitled").absolute()
    unlike = f"{blake2s(uri.encode('utf-8', 'replace'), digest_size=8).hexdigest()}{path.suffix}"
    try:
        path.lstat()
    except (ValueError, OSError) as error:
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            return Path(unlike).absolute()
    return path if urlparse(uri).scheme in ("file", "") else path.parent / f"{path.name[:100]}-{unlike}"


def uri_of(path: Path) -> str:
    """The file URI of an absolute path."""
    return from_fs_path(str(path)) or path.as_uri()


def _single(document: Document) -> Program:
    source = document.text
    part = Part(document.uri, document.version, 0, 0, source)
    return Program(document.uri, path_of(document.uri), document.version, source, (part,), document.position_codec)


def _notebook(workspace: Workspace, notebook: t.NotebookDocument) -> Program:
    parts: list[Part] = []
    texts: list[str] = []
    start = line = 0
    for cell in notebook.cells:
        document = workspace.text_documents.get(unquote(cell.document))
        if cell.kind != t.NotebookCellKind.Code or document is None or document.language_id not in ("python", None):
            continue
        source = as_document(document).text
        text = blank_magics(source.text)
        if not text.endswith(("\n", "\r")):
            text += "\n"
        parts.append(Part(document.uri, document.version, start, line, source))
        texts.append(text)
        start += len(text)
        line += len(SourceText(text).line_starts) - 1
    source = SourceText("".join(texts))
    return Program(
        notebook.uri, path_of(notebook.uri), notebook.version, source, tuple(parts), workspace.position_codec
    )
