"""Type at random for a long time, and compare with `bn-lint check` at every pause.

    python benchmarks/lsp_soak.py path/to/timm/models --edits 2000 --files 20

Starts `bn-lint server`, opens real files that have BatchNorm in them, and makes edits that hypothesis draws: characters
and brackets typed, lines deleted and doubled, numbers changed, half lines, undo. At each pause the diagnostics must
equal those of a fresh check of the same text, wherever the text parses: where it does not, the server keeps on showing
what it last knew, and must show the syntax error. Prints the memory of the server at the start and at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lsprotocol import types as t
from pygls.lsp.client import LanguageClient

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import find_settings
from bn_lint.model.workspace import Workspace
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
    """The state of one run."""

    client: LanguageClient
    paths: list[Path]
    wanted: int
    pause: int
    published: dict[tuple[str, int], list[t.Diagnostic]]
    news: asyncio.Event
    edits: int = 0
    compared: int = 0
    half_typed: int = 0
    waited: float = 0.0


async def type_into(soak: Soak, path: Path, edits: list[tuple[str, float, object]]) -> None:
    """Open a file, make edits, compare at pauses, close it."""
    original = path.read_text(encoding="utf-8")
    text, version, history = original, 1, [original]
    uri = path.as_uri()
    soak.client.text_document_did_open(t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text)))
    for number, edit in enumerate(edits, 1):
        new = edited(text, history, edit)
        history = [*history[-20:], text]
        text, version = new, version + 1
        soak.edits += 1
        change = t.TextDocumentContentChangeWholeDocument(text)
        identifier = t.VersionedTextDocumentIdentifier(version=version, uri=uri)
        soak.client.text_document_did_change(t.DidChangeTextDocumentParams(identifier, [change]))
        if number % soak.pause == 0 or number == len(edits):
            await compare(soak, path, text, version)
    soak.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri)))


async def compare(soak: Soak, path: Path, text: str, version: int) -> None:
    """The server's diagnostics against those of a fresh check."""
    start = time.perf_counter()
    while (path.as_uri(), version) not in soak.published:
        soak.news.clear()
        await asyncio.wait_for(soak.news.wait(), 300)
    soak.waited += time.perf_counter() - start
    shown = [(str(d.code), d.range.start.line + 1, d.message) for d in soak.published[path.as_uri(), version]]
    report = check_source(path, SourceText(text), find_settings(path), Workspace())
    fresh = [(d.code, d.start.line, d.message) for d in report.diagnostics]
    if any(code == "BN001" for code, *_ in fresh):
        soak.half_typed += 1
        assert any(code == "BN001" for code, *_ in shown), (path, shown, fresh)
    else:
        soak.compared += 1
        assert shown == fresh, f"{path}, edit {soak.edits}:\n  server {shown}\n  fresh  {fresh}"


def memory_of(pid: int) -> float:
    """Resident memory of a process in MiB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--pause", type=int, default=10, help="Edits between two comparisons.")
    arguments = parser.parse_args()
    sys.setrecursionlimit(12_000)
    candidates = sorted(arguments.folder.absolute().rglob("*.py"), key=lambda p: (p.stat().st_size, p))
    paths = [p for p in candidates if p.stat().st_size > 2000 and "BatchNorm" in p.read_text(encoding="utf-8")]
    client = LanguageClient("soak", "1")
    soak = Soak(client, paths[: arguments.files], arguments.edits, arguments.pause, {}, asyncio.Event())

    @client.feature(t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def publish(params: t.PublishDiagnosticsParams) -> None:
        if params.version is not None:
            soak.published[params.uri, params.version] = list(params.diagnostics)
            soak.news.set()

    await client.start_io(sys.executable, "-m", "bn_lint", "server")
    root = arguments.folder.absolute().as_uri()
    await client.initialize_async(t.InitializeParams(capabilities=t.ClientCapabilities(), root_uri=root))
    client.initialized(t.InitializedParams())
    each = max(arguments.edits // len(soak.paths), 1)
    batches: list[list[tuple[str, float, object]]] = []

    @settings(
        max_examples=len(soak.paths), database=None, deadline=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(EDIT, min_size=each, max_size=each))
    def draw(edits: list[tuple[str, float, object]]) -> None:
        batches.append(edits)

    draw()
    process = client._server
    assert process is not None
    for number, path in enumerate(soak.paths):
        await type_into(soak, path, batches[number % len(batches)])
        soak.published.clear()
        memory = memory_of(process.pid)
        if number == 0:
            first = memory
        print(f"{path.name}: {soak.edits} edits, {soak.compared} compared, {memory:.0f} MiB", flush=True)
    await client.shutdown_async(None)
    client.exit(None)
    status = await process.wait()
    await client.stop()
    told = f"{soak.compared} equal to a fresh check, {soak.half_typed} half typed"
    print(f"{soak.edits} edits in {len(soak.paths)} files: {told}")
    print(f"server memory: {first:.0f} MiB after the first file, {memory:.0f} MiB at the end; exit status {status}")


if __name__ == "__main__":
    asyncio.run(main())
