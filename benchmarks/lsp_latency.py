"""How long after a key stroke the diagnostics are there, against one parse of the same file by libcst.

    python benchmarks/lsp_latency.py path/to/timm/models/resnet.py

Starts `bn-lint server` and types: at random places of the file one character is inserted, the fresh diagnostics are
awaited, and it is taken out again, which counts as another edit. Both medians come from the same run, the parses in
between the edits, so that a busy machine slows both down.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from pathlib import Path

import libcst
from lsprotocol import types as t
from pygls.lsp.client import LanguageClient


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    path: Path = arguments.file.absolute()
    text = path.read_text(encoding="utf-8")
    rng = random.Random(arguments.seed)

    client = LanguageClient("latency", "1")
    published: dict[int | None, float] = {}
    news = asyncio.Event()

    @client.feature(t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def publish(params: t.PublishDiagnosticsParams) -> None:
        published[params.version] = time.perf_counter()
        news.set()

    await client.start_io(sys.executable, "-m", "bn_lint", "server")
    root = path.parent.as_uri()
    await client.initialize_async(t.InitializeParams(capabilities=t.ClientCapabilities(), root_uri=root))
    client.initialized(t.InitializedParams())
    uri = path.as_uri()

    async def wait(version: int) -> float:
        while version not in published:
            news.clear()
            await news.wait()
        return published[version]

    start = time.perf_counter()
    client.text_document_did_open(t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text)))
    opened = await wait(1) - start

    lines = text.split("\n")
    places = [(n, c) for n, line in enumerate(lines) for c, character in enumerate(line) if character.isalnum()]
    version = 1
    edits: list[float] = []
    parses: list[float] = []
    by_kind: dict[str, list[float]] = {}

    async def edit(place: t.Range, new: str) -> float:
        nonlocal version
        version += 1
        identifier = t.VersionedTextDocumentIdentifier(version=version, uri=uri)
        change = t.TextDocumentContentChangePartial(range=place, text=new)
        start = time.perf_counter()
        client.text_document_did_change(t.DidChangeTextDocumentParams(identifier, [change]))
        return await wait(version) - start

    for count in range(arguments.edits // 2):
        line, column = rng.choice(places)
        here, behind = t.Position(line, column), t.Position(line, column + 1)
        for took in (await edit(t.Range(here, here), lines[line][column]), await edit(t.Range(here, behind), "")):
            edits.append(took)
            by_kind.setdefault(_kind(lines, line), []).append(took)
        if count % 4 == 0:
            start = time.perf_counter()
            libcst.parse_module(text)
            parses.append(time.perf_counter() - start)

    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    parse = statistics.median(parses)
    edits_sorted = sorted(edits)
    median, p95 = statistics.median(edits), edits_sorted[int(0.95 * (len(edits) - 1))]
    print(f"{path.name}: {len(lines)} lines, {len(edits)} edits; one parse: {parse * 1000:.0f} ms")
    print(f"first diagnostics: {opened / parse:.1f} parses")
    print(f"edit to diagnostics, median: {median / parse:.2f} parses ({median * 1000:.0f} ms)")
    print(f"edit to diagnostics, 95th percentile: {p95 / parse:.2f} parses ({p95 * 1000:.0f} ms)")
    for kind, took in sorted(by_kind.items()):
        print(f"  in a {kind}: median {statistics.median(took) / parse:.2f} of {len(took)}")


def _kind(lines: list[str], line: int) -> str:
    """What the top-level statement around a line is."""
    for n in range(line, -1, -1):
        if lines[n][:1].strip() and not lines[n].startswith((")", "}", "]", "#", "@")):
            word = lines[n].split()[0]
            return word if word in ("class", "def", "import", "from") else "other statement"
    return "other statement"


if __name__ == "__main__":
    asyncio.run(main())
