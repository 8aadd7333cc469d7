"""Type at random for a long time, and compare with `bn-lint check` at every pause.

    python benchmarks/lsp_soak.py path/to/timm/models --edits 2000 --files 20

Starts `bn-lint server`, opens real files that have BatchNorm in them, and makes edits that hypothesis draws: characters
and brackets typed, lines deleted and doubled, numbers changed, half lines, undo. Before every second pause the text is
undone until it parses. At a pause the diagnostics must equal those of a fresh check of the same text in an empty
workspace. Where the text does not parse, the syntax errors must be the same, and what the fresh check finds in the
statements that are whole must be shown; the server also shows what it knew before of those that a gap has cut off.

Each file is edited in rounds, so that the memory of the server is seen at the start, when it has met every file, and
at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lsprotocol import types as t
from pygls.lsp.client import LanguageClient

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import find_settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.python import rejection
from bn_lint.source.text import SourceText

_NUMBER = re.compile(r"\b\d+\b")
_TYPED = ["x", "1", "8", "(", ")", "[", "]", "\n", "    ", "# ", "'", '"""', "self.", "nn.BatchNorm2d(8)", "\U0001f600"]

EDIT = st.one_of(
    st.tuples(st.just("type"), st.floats(0, 1), st.sampled_from(_TYPED)),
    st.tuples(st.just("delete"), st.floats(0, 1), st.integers(1, 12)),
    st.tuples(st.just("number"), st.floats(0, 1), st.integers(1, 70)),
    st.tuples(st.just("line"), st.floats(0, 1), st.sampled_from(["delete", "double", "half"])),
    st.tuples(st.just("undo"), st.just(0.0), st.just(0)),
    st.tuples(st.just("undo"), st.just(0.0), st.just(1)),
)


def edited(text: str, history: list[str], edit: tuple[str, float, object]) -> str:
    """The text after one edit."""
    kind, where, what = edit
    at = int(where * len(text))
    if kind == "type":
        return text[:at] + str(what) + text[at:]
    if kind == "delete":
        assert isinstance(what, int)
        return text[:at] + text[at + what :]
    if kind == "number":
        numbers = list(_NUMBER.finditer(text))
        if not numbers:
            return text
        match = numbers[int(where * (len(numbers) - 1))]
        return f"{text[: match.start()]}{what}{text[match.end() :]}"
    if kind == "undo":
        return history[-1] if what and history else history[0] if history else text
    lines = text.split("\n")
    number = int(where * (len(lines) - 1))
    line = lines[number]
    lines[number : number + 1] = {"delete": [], "double": [line, line], "half": [line[: len(line) // 2]]}[str(what)]
    return "\n".join(lines)


@dataclass
class Soak:
    """The state of one run: what is open (path, text, version, the texts before), what was shown, what was counted."""

    client: LanguageClient
    pause: int
    published: dict[tuple[str, int], list[t.Diagnostic]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    histories: dict[Path, list[str]] = field(default_factory=dict)
    version: int = 0
    edits: int = 0
    pauses: int = 0
    compared: int = 0
    half_typed: int = 0


async def type_into(soak: Soak, path: Path, edits: list[tuple[str, float, object]]) -> None:
    """Open a file as it was left, make edits, compare at pauses, close it."""
    history = soak.histories.setdefault(path, [path.read_text(encoding="utf-8")])
    text, uri = history[-1], path.as_uri()
    soak.version += 1
    item = t.TextDocumentItem(uri, "python", soak.version, text)
    soak.client.text_document_did_open(t.DidOpenTextDocumentParams(item))
    for number, edit in enumerate(edits, 1):
        new = edited(text, history, edit)
        send(soak, uri, text, new)
        text = new
        history.append(text)
        soak.edits += 1
        if number % soak.pause == 0:
            soak.pauses += 1
            if soak.pauses % 2:
                whole = next(one for one in reversed(history) if rejection(one) is None)
                send(soak, uri, text, whole)
                text = whole
                history.append(text)
            await compare(soak, path, text)
    del history[1:-20]
    soak.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri)))


def send(soak: Soak, uri: str, old: str, new: str) -> None:
    """Tell the server that a text has become another, as the smallest replacement."""
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    room = min(len(old), len(new)) - start
    same = next((i for i in range(room) if old[-1 - i] != new[-1 - i]), room)
    place = t.Range(position(old, start), position(old, len(old) - same))
    change = t.TextDocumentContentChangePartial(range=place, text=new[start : len(new) - same])
    soak.version += 1
    identifier = t.VersionedTextDocumentIdentifier(version=soak.version, uri=uri)
    soak.client.text_document_did_change(t.DidChangeTextDocumentParams(identifier, [change]))


def position(text: str, offset: int) -> t.Position:
    """The position of an offset, in UTF-16."""
    start = text.rfind("\n", 0, offset) + 1
    return t.Position(text.count("\n", 0, offset), len(text[start:offset].encode("utf-16-le")) // 2)


async def compare(soak: Soak, path: Path, text: str) -> None:
    """The server's diagnostics against those of a fresh check."""
    key = path.as_uri(), soak.version
    while key not in soak.published:
        soak.news.clear()
        await asyncio.wait_for(soak.news.wait(), 300)
    shown = [(str(d.code), d.range.start.line + 1, d.message) for d in soak.published[key]]
    soak.published.clear()
    report = check_source(path, SourceText(text), find_settings(path), Workspace())
    fresh = [(d.code, d.start.line, d.message) for d in report.diagnostics]
    told = f"{path}, edit {soak.edits}:\n  server {shown}\n  fresh  {fresh}"
    if any(code == "BN001" for code, *_ in fresh):
        soak.half_typed += 1
        assert [one for one in fresh if one[0] == "BN001"] == [one for one in shown if one[0] == "BN001"], told
        assert set(fresh) <= set(shown), told
    else:
        soak.compared += 1
        assert shown == fresh, told


def memory_of(pid: int) -> float:
    """Resident memory of a process in MiB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def drawn(batches: int, size: int) -> list[list[tuple[str, float, object]]]:
    """Edits as hypothesis draws them, the same in every run."""
    found: list[list[tuple[str, float, object]]] = []

    @settings(
        max_examples=batches, database=None, deadline=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(EDIT, min_size=size, max_size=size))
    def draw(edits: list[tuple[str, float, object]]) -> None:
        found.append(edits)

    draw()
    return [found[i % len(found)] for i in range(batches)]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--pause", type=int, default=10, help="Edits between two comparisons.")
    arguments = parser.parse_args()
    sys.setrecursionlimit(12_000)
    candidates = sorted(arguments.folder.absolute().rglob("*.py"), key=lambda p: (p.stat().st_size, p))
    paths = [p for p in candidates if p.stat().st_size > 2000 and "BatchNorm" in p.read_text(encoding="utf-8")]
    paths = paths[: arguments.files]
    client = LanguageClient("soak", "1")
    soak = Soak(client, arguments.pause)

    @client.feature(t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def publish(params: t.PublishDiagnosticsParams) -> None:
        if params.version is not None:
            soak.published[params.uri, params.version] = list(params.diagnostics)
            soak.news.set()

    await client.start_io(sys.executable, "-m", "bn_lint", "server")
    root = arguments.folder.absolute().as_uri()
    await client.initialize_async(t.InitializeParams(capabilities=t.ClientCapabilities(), root_uri=root))
    client.initialized(t.InitializedParams())
    process = client._server
    assert process is not None
    print(f"at the start: {memory_of(process.pid):.0f} MiB")
    batches = iter(drawn(arguments.rounds * len(paths), arguments.edits // arguments.rounds // len(paths)))
    for number in range(1, arguments.rounds + 1):
        for path in paths:
            await type_into(soak, path, next(batches))
        told = f"{soak.compared} equal to a fresh check, {soak.half_typed} half typed"
        print(f"round {number}: {soak.edits} edits, {told}, server {memory_of(process.pid):.0f} MiB", flush=True)
    await client.shutdown_async(None)
    client.exit(None)
    print(f"{len(paths)} files, exit status {await process.wait()}")
    await client.stop()


if __name__ == "__main__":
    asyncio.run(main())
