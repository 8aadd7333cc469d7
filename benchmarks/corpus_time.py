"""How long checking a corpus takes, as a multiple of what libcst needs to parse the same files.

    python benchmarks/corpus_time.py FOLDER...

Each folder is parsed and checked in processes of their own, cold: nothing is cached on disk or in memory before. It is
parsed before and after it is checked, and the mean counts, since the speed of a shared machine may change meanwhile.
These times are processor seconds of one core, so that what else the machine does counts little. Then the command itself
is timed by the clock, as users wait for it: start-up included, on all cores, which parsing in one process has not.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libcst as cst

from bn_lint.engine import interpreter
from bn_lint.engine.check import cached_settings, check_source, read_source
from bn_lint.engine.discovery import discover
from bn_lint.engine.errors import UserError
from bn_lint.engine.parallel import cores
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace

LIMIT = 2.5
_WORST = 10


def parse_all(files: list[Path]) -> dict[str, float]:
    """Seconds that libcst.parse_module needs for each file."""
    spent: dict[str, float] = {}
    for path in files:
        start = time.process_time()
        try:
            cst.parse_module(path.read_bytes())
        except Exception as error:
            print(f"{path}: {type(error).__name__}", file=sys.stderr)
        spent[str(path)] = time.process_time() - start
    return spent


def check_all(files: list[Path]) -> dict[str, float]:
    """Seconds that checking each file needs, in one workspace."""
    settings_for = cached_settings(lambda settings: settings)
    workspace = Workspace()
    spent: dict[str, float] = {}
    for path in files:
        start = time.process_time()
        try:
            source = read_source(path)
        except UserError:
            continue
        check_source(path, source, settings_for(path), workspace)
        spent[str(path)] = time.process_time() - start
    return spent


def wait_for_command(folder: Path) -> float:
    """Seconds by the clock until `bn-lint check FOLDER` ends."""
    command = [sys.executable, "-m", "bn_lint", "check", "--isolated", "-q", "--output-format", "concise", str(folder)]
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def apart(work: Callable[[], dict[str, float]]) -> tuple[dict[str, float], float, int]:
    """Do work in a process of its own: its result, its processor seconds, its peak memory in MiB."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        interpreter.set_up()
        start = time.process_time()
        result = work()
        answer: dict[str, Any] = {"spent": result, "total": time.process_time() - start}
        answer["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        with os.fdopen(writer, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answer = json.load(stream)
    os.waitpid(child, 0)
    return answer["spent"], answer["total"], answer["memory"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    folders: list[Path] = parser.parse_args().folders
    logging.basicConfig(level=logging.ERROR)
    exceeded = False
    for folder in folders:
        settings = Settings(root=folder)
        files = list(discover([folder], lambda path, settings=settings: settings))
        floor, parsing, _ = apart(lambda files=files: parse_all(files))
        spent, checking, memory = apart(lambda files=files: check_all(files))
        _, again, _ = apart(lambda files=files: parse_all(files))
        parsing = (parsing + again) / 2
        lines = sum(path.read_bytes().count(b"\n") for path in files)
        ratio = checking / parsing
        exceeded |= ratio > LIMIT
        print(
            f"{folder}: {len(files)} files, {lines} lines; parse {parsing:.1f} s, check {checking:.1f} s:"
            f" {ratio:.2f}x (limit {LIMIT}x), {1e6 * checking / lines:.0f} ms per 1,000 lines, {memory} MiB"
        )
        waited = wait_for_command(folder)
        print(
            f"  the command by the clock, on {cores()} cores: {waited:.1f} s,"
            f" {waited / parsing:.2f}x of parsing on one (no limit)"
        )
        worst = sorted(spent, key=lambda name: floor.get(name, 0.0) - spent[name])[:_WORST]
        for name in worst:
            own = floor.get(name, 0.0)
            print(f"  {spent[name]:6.2f} s  {spent[name] / max(own, 1e-4):6.1f}x  {Path(name).relative_to(folder)}")
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
