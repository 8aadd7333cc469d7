"""From the places that a log names to lines of source, without running anything.

A module path is looked up in the models that the source builds, as the evaluator sees them; a line of a traceback in
the file of the same name, where it may have moved.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bn_lint.model.trees import Submodule, Tree, trees
from bn_lint.source.text import SourceText, UndecodableSource
from bn_lint.source.tree import Node, SourceFile
from bn_lint.verify.messages.places import Place, plain_path

# A folder may be large: so many files are followed, those that mention most of what is asked for.
_MAX_FILES = 12


@dataclass(frozen=True)
class Location:
    """A line of source: `line` from 1, `column` from 0; `code` is the line's text."""

    path: Path
    line: int
    column: int
    code: str

    @classmethod
    def of(cls, node: Node) -> Location:
        source = node.piece.file.source
        position = source.position(node.span[0])
        return cls(node.path, position.line, position.column, source.line(position.line).strip())

    def as_dict(self) -> dict[str, object]:
        return {"path": str(self.path), "line": self.line, "column": self.column + 1, "code": self.code}


@dataclass(frozen=True)
class Located:
    """A module path in the source.

    `entries` build a model with this path (`resnet18()`); all of them build it at the same lines. `built` is the call
    that constructs it, then the calls that led there; `called` are the lines of forward that call it. `exact` is False
    where only the end of the path was found: the log is of a model that wraps this one.
    """

    module: str
    cls: str
    entries: tuple[str, ...]
    built: tuple[Location, ...]
    called: tuple[Location, ...]
    exact: bool = True

    def as_dict(self) -> dict[str, object]:
        return {
            "class": self.cls,
            "entries": list(self.entries),
            "exact": self.exact,
            "built": [place.as_dict() for place in self.built],
            "called": [place.as_dict() for place in self.called],
        }


@dataclass
class SourceMap:
    """The source of a model: some files, and `only` one function or class of them where that is not empty."""

    files: Sequence[Path]
    only: str = ""
    _read: dict[Path, SourceFile | None] = field(default_factory=dict[Path, "SourceFile | None"])

    def read(self, path: Path) -> SourceFile | None:
        """The file at a path; None where it cannot be read."""
        path = path.absolute()
        if path not in self._read:
            try:
                self._read[path] = SourceFile(path, SourceText.decode(path.read_bytes()))
            except (OSError, UndecodableSource):
                self._read[path] = None
        return self._read[path]

    def _trees(self, wanted: Iterable[str]) -> Iterator[Tree]:
        """The models of the files that mention most of the names in some paths."""
        names = {name for path in wanted for name in path.split(".") if not name.isdigit()}
        mentions: dict[Path, int] = {}
        for path in self.files:
            file = self.read(path)
            if file is not None and "Module" in file.source.text:
                words = set(re.findall(r"\w+", file.source.text))
                # `layer1` may be made of pieces: f"layer{i}".
                mentions[path] = sum(name in words or name.rstrip("0123456789") in words for name in names)
        for path in sorted(mentions, key=lambda path: -mentions[path])[:_MAX_FILES]:
            yield from trees(path, self.read, self.only or None)

    def modules(self, paths: Iterable[str]) -> dict[str, list[Located]]:
        """Where module paths are built and called. More than one place where models that fit equally well differ."""
        wanted = {plain_path(path): path for path in paths}
        if not wanted:
            return {}
        ranked: dict[tuple[int, int], list[dict[str, tuple[Submodule, str, bool]]]] = defaultdict(list)
        for tree in self._trees(wanted):
            matches = _matches(tree, wanted)
            exact = sum(is_exact for _, _, is_exact in matches.values())
            ranked[exact, sum(layer.path.count(".") + 1 for layer, _, _ in matches.values())].append(matches)
        best = ranked[max(ranked)] if ranked else []
        found: dict[str, list[Located]] = {}
        for path in wanted.values():
            by_place: dict[tuple[object, ...], Located] = {}
            for matches in best:
                if path in matches:
                    _merge(by_place, path, *matches[path])
            if by_place:
                found[path] = list(by_place.values())
        return found

    def line(self, place: Place) -> Location | None:
        """The line of a traceback in the source: the same text, at its number or, where that is unique, elsewhere."""
        file = self._file_like(place.file)
        if file is None:
            return None
        lines = file.source.text.split("\n")
        same = [number for number, text in enumerate(lines, 1) if place.code and text.strip() == place.code]
        if place.line in same or (not place.code and place.line <= len(lines)):
            number = place.line
        elif len(same) == 1:
            number = same[0]
        else:
            return None
        text = lines[number - 1]
        return Location(file.path, number, len(text) - len(text.lstrip()), text.strip())

    def _file_like(self, name: str) -> SourceFile | None:
        """The file whose path ends most like a path of another machine."""
        parts = name.replace("\\", "/").split("/")[::-1]
        best, length = None, 0
        for path in self.files:
            common = 0
            for mine, theirs in zip(path.absolute().parts[::-1], parts, strict=False):
                if mine != theirs:
                    break
                common += 1
            if common > length:
                best, length = path, common
        return None if best is None else self.read(best)


def _matches(tree: Tree, wanted: dict[str, str]) -> dict[str, tuple[Submodule, str, bool]]:
    """The wanted paths that a model has, by the path as asked for, with its entry and whether the path is the whole."""
    layers = {plain_path(path): layer for path, layer in tree.layers.items() if path}
    found: dict[str, tuple[Submodule, str, bool]] = {}
    for plain, path in wanted.items():
        parts = plain.split(".")
        for cut in range(len(parts)):
            layer = layers.get(".".join(parts[cut:]))
            # One name alone at the end (`bn1`) may belong to anything.
            if layer is not None and (cut == 0 or len(parts) - cut > 1):
                found[path] = (layer, tree.entry, cut == 0)
                break
    return found


def _merge(by_place: dict[tuple[object, ...], Located], path: str, layer: Submodule, entry: str, exact: bool) -> None:
    called, built = _locations(layer.called), _locations(layer.built)
    key = (layer.cls, built[:1], called)
    seen = by_place.get(key)
    entries = (entry,) if seen is None else tuple(dict.fromkeys((*seen.entries, entry)))
    by_place[key] = Located(path, layer.cls, entries, built if seen is None else seen.built, called, exact)


def _locations(nodes: tuple[Node, ...]) -> tuple[Location, ...]:
    # The evaluator comes into a function or class from its definition: that is no call of it.
    calls = [node for node in nodes if node.ir is None or node.ir[0] not in ("def", "class")]
    return tuple(dict.fromkeys(Location.of(node) for node in calls))
