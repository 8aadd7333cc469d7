"""Refactorings around a BatchNorm, whether or not anything is wrong with it. All run in the engine's thread."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bn_lint.model.evaluation import Evaluation
from bn_lint.model.events import Applied, Exported, Mode
from bn_lint.model.torch_.exports import model_argument
from bn_lint.model.torch_.norms import is_batch_norm
from bn_lint.model.workspace import Workspace
from bn_lint.rule import Edit
from bn_lint.source import ir
from bn_lint.source.names import Names
from bn_lint.source.tree import Node, SourceFile

# What most models with GroupNorm use (Wu and He, "Group Normalization", 2018).
_GROUPS = 32
_BATCH_NORM = re.compile(r"^torch\.nn\.(?:BatchNorm[123]d|SyncBatchNorm)$")
_STATISTICS = re.compile(r"\.running_(?:mean|var)\b|\.num_batches_tracked\b")


@dataclass(frozen=True)
class Refactoring:
    """A change that the user may want. `title` says what it does and what to mind."""

    title: str
    edits: tuple[Edit, ...]


def refactorings(file: SourceFile, workspace: Workspace, offset: int) -> list[Refactoring]:
    """What can be done at an offset."""
    line = file.source.position(offset).line
    here = _Line(file, workspace.evaluate(file), line, offset)
    return [*here.of_batch_norm(), *here.of_export()]


class _Line:
    def __init__(self, file: SourceFile, evaluation: Evaluation, line: int, offset: int) -> None:
        self._file = file
        self._evaluation = evaluation
        self._line = line
        self._offset = offset

    @cached_property
    def _names(self) -> Names:
        return Names(self._file)

    def _covers(self, node: Node) -> bool:
        if node.piece.stands_in or node.piece.file is not self._file:
            return False
        start, end = node.span
        position = self._file.source.position
        return position(start).line <= self._line <= position(end).line

    def of_batch_norm(self) -> Iterator[Refactoring]:
        """What can be done with the BatchNorm that is constructed on the line."""
        if not re.search(r"(?i)norm|bn", self._file.source.line(self._line)):
            return
        seen = self._evaluation.events(Applied)
        calls = [
            Node(piece, node[1])
            for piece in self._file.pieces
            if not piece.stands_in and piece.start <= self._offset <= piece.start + len(piece.fragment.text)
            for node in piece.fragment.nodes("call")
            if self._constructs(Node(piece, node[1]), node, seen)
        ]
        calls = [call for call in calls if self._covers(call)]
        call = next((c for c in calls if c.span[0] <= self._offset <= c.span[1]), calls[0] if calls else None)
        if call is None:
            return
        yield from self._group_norm(call, seen.get(call, []))
        yield from self._registered_list(call)
        yield from self._frozen(call)

    def _constructs(self, site: Node, call: ir.Node, seen: dict[Node, list[Applied]]) -> bool:
        events = seen.get(site)
        if events is not None:
            return is_batch_norm(events[0].cls)
        return _BATCH_NORM.match(self._names.torch_name(call[2]) or "") is not None

    def _group_norm(self, site: Node, events: list[Applied]) -> Iterator[Refactoring]:
        call = site.ir
        assert call is not None
        nn = self._names.local_name("torch.nn")
        if nn is None or not _BATCH_NORM.match(self._names.torch_name(call[2]) or ""):
            return
        width = next((value for name, value in call[4] if name == "num_features"), None)
        width = call[3][0] if width is None and call[3] and call[3][0][0] != "star" else width
        if width is None:
            return
        declared = {event.declared for event in events if isinstance(event.declared, int)}
        if width[0] == "const" and isinstance(width[2], int):
            declared.add(width[2])
        if not declared:
            return
        common = math.gcd(*declared)
        groups = max(g for g in range(1, _GROUPS + 1) if common % g == 0)
        kept = "".join(
            f", {name}={site.piece.node(value[1]).text}" for name, value in call[4] if name in ("eps", "affine")
        )
        start, end = site.span
        new = f"{nn}.GroupNorm({groups}, {site.piece.node(width[1]).text}{kept})"
        title = f"Replace with GroupNorm({groups} groups): needs training anew"
        if _STATISTICS.search(self._file.source.text):
            title += "; this file reads running statistics, which GroupNorm has not"
        yield Refactoring(title, (Edit(start, end, new),))

    def _registered_list(self, site: Node) -> Iterator[Refactoring]:
        nn = self._names.local_name("torch.nn")
        for node in site.piece.fragment.nodes("assign"):
            target, value = node[2][0], node[3]
            if target[0] != "attr" or target[2][:1] != ("name",) or target[2][2] != "self" or nn is None:
                continue
            plain = value[0] == "list" or (value[0] == "comp" and value[2] == "list")
            if plain and any(inner[1] == site.number for inner in ir.walk(value)):
                start, end = site.piece.node(value[1]).span
                edits = (Edit(start, start, f"{nn}.ModuleList("), Edit(end, end, ")"))
                yield Refactoring(f"Wrap `self.{target[3]}` in ModuleList", edits)

    def _frozen(self, site: Node) -> Iterator[Refactoring]:
        """Keep the BatchNorm layers of the class in eval mode, whatever train() says."""
        nn = self._names.local_name("torch.nn")
        if nn is None:
            return
        for node in site.piece.fragment.body:
            if node[0] != "class" or not any(inner[1] == site.number for inner in ir.walk(node)):
                continue
            methods = [one for one in node[5] if one[0] == "def"]
            if not methods or any(one[2] == "train" for one in methods):
                continue
            first, last = (site.piece.node(one[1]).span for one in (methods[0], node[5][-1]))
            indent = self._indentation(first[0])
            if indent is None:
                continue
            step, newline = ("\t" if "\t" in indent else "    "), self._file.source.newline
            lines = [
                "",
                f"{indent}def train(self, mode=True):",
                f"{indent}{step}super().train(mode)",
                f"{indent}{step}for module in self.modules():",
                f"{indent}{step * 2}if isinstance(module, {nn}.modules.batchnorm._BatchNorm):",
                f"{indent}{step * 3}module.eval()  # its running statistics stay as they are",
                f"{indent}{step}return self",
            ]
            end = self._file.source.line_span(self._file.source.position(max(last[1] - 1, last[0])).line)[1]
            title = f"Freeze the BatchNorm statistics of {node[2]}: override train()"
            yield Refactoring(title, (Edit(end, end, newline + newline.join(lines)),))

    def of_export(self) -> Iterator[Refactoring]:
        """Fuse each convolution with the BatchNorm behind it before the model is exported on this line."""
        torch = self._names.local_name("torch")
        for site, events in self._evaluation.events(Exported).items():
            event = events[0]
            call = site.ir
            if torch is None or event.quantizes or call is None or call[0] != "call" or not self._covers(site):
                continue
            model = model_argument(call, event.name)
            pairs = self._pairs(event)
            indent = self._indentation(self._statement_start(site))
            if not pairs or model is None or model[0] != "name" or indent is None:
                continue
            start, newline = self._statement_start(site), self._file.source.newline
            names = ", ".join(f'["{conv}", "{norm}"]' for conv, norm in pairs)
            name, fuse = model[2], f"{torch}.nn.utils.fusion.fuse_conv_bn_eval"
            ways = {
                "fuse_modules": [f"{torch}.ao.quantization.fuse_modules({name}, [{names}], inplace=True)"],
                "fuse_conv_bn_eval": [
                    f"{name}.{conv}, {name}.{norm} = {fuse}({name}.{conv}, {name}.{norm}), {torch}.nn.Identity()"
                    for conv, norm in pairs
                ],
            }
            for way, lines in ways.items():
                before = [f"{name}.eval()"] if event.mode is Mode.WRONG else []
                title = f"Fuse {len(pairs)} Conv+BatchNorm of {event.cls.name} before the export ({way})"
                text = "".join(f"{line}{newline}{indent}" for line in (*before, *lines))
                yield Refactoring(title, (Edit(start, start, text),))

    def _pairs(self, event: Exported) -> list[tuple[str, str]]:
        """The attributes of the exported model that hold a convolution and the BatchNorm that takes its output."""
        pairs: dict[tuple[str, str], None] = {}
        piece = None if event.cls.node is None else event.cls.node.piece
        for site, events in self._evaluation.events(Applied).items():
            if site.piece is not piece or not is_batch_norm(events[0].cls):
                continue
            for one in events:
                origin = one.origin
                if origin is None or origin.built is None or not origin.what.startswith("Conv"):
                    break
                conv, norm = _attribute(origin.built), _attribute(site)
                if conv is None or norm is None or origin.built.piece is not piece or "Transpose" in origin.what:
                    break
                pairs[conv, norm] = None
        return list(pairs)

    def _statement_start(self, site: Node) -> int:
        inside = [
            node
            for op in ir.STATEMENTS
            for node in site.piece.fragment.nodes(op)
            if node[1] <= site.number and any(inner[1] == site.number for inner in ir.walk(node))
        ]
        return site.piece.node(max((node[1] for node in inside), default=0)).span[0]

    def _indentation(self, start: int) -> str | None:
        """What stands before a statement on its line; None where that is more than white space."""
        source = self._file.source
        before = source.text[source.line_span(source.position(start).line)[0] : start]
        return None if before.strip() else before


def _attribute(site: Node) -> str | None:
    """`bn` where a constructing call is all of `self.bn = nn.BatchNorm2d(8)`."""
    for node in site.piece.fragment.nodes("assign"):
        target = node[2][0]
        if node[3][1] == site.number and target[0] == "attr" and ir.dotted_name(target[2]) == "self":
            return target[3]
    return None
