"""Do the models run after `--fix`? On mutants of the mutation benchmark.

    python benchmarks/fixes_run.py --mutants mutants.jsonl --corpora FOLDER --count 200 [--seed 0]
        [--unsafe] [--all] [--python PYTHON_WITH_TORCH] [--show 10]

Each sampled mutant (`killed`: PyTorch raises in the BatchNorm of the changed line) is linted and fixed in memory, and
the entry that raised is run in PyTorch, with the mutant and with the fixed text in place of the file: the one must
still raise, the other must not. A fixed text that is the original again is not run: the benchmark's truth is that it
runs. `--all` runs it all the same. FOLDER has one folder a corpus, as `pip install --target` makes it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.fixing import fix_all
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_CODES = ("BN101", "BN102", "BN104", "BN105")


def mutated(text: str, mutant: dict[str, Any]) -> str:
    """The file's text with the mutant's replacement (lines from 1, columns in characters from 0)."""
    line, column, end_line, end_column = mutant["span"]
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: line - 1])) + column
    end = sum(map(len, lines[: end_line - 1])) + end_column
    assert text[start:end] == mutant["before"], mutant["id"]
    return text[:start] + mutant["after"] + text[end:]


def repaired(path: Path, text: str, base: Workspace, *, unsafe: bool) -> tuple[list[dict[str, Any]], str]:
    """The channel findings in a text, and the text after their fixes."""
    workspace = base.fork()
    settings = Settings(root=path.parent, select=_CODES)

    def check(source: SourceText) -> FileReport:
        return check_source(path, source, settings, workspace)

    report = check(SourceText(text))
    fixed = fix_all(report, check, unsafe=unsafe)
    found = [
        {"line": d.start.line, "code": d.code, "message": d.message, "fix": None if d.fix is None else d.fix.title}
        for d in report.diagnostics
    ]
    return found, fixed.report.source.text


def main() -> int:
    """Lint and fix the sample, run it, print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unsafe", action="store_true", help="apply the unsafe fixes, too")
    parser.add_argument("--all", action="store_true", help="run the texts that are the original again, too")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch and the corpora's packages")
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--report", type=Path, help="write what was done with each mutant here, as JSON")
    args = parser.parse_args()

    mutants = [json.loads(line) for line in args.mutants.read_text().splitlines()]
    mutants = [mutant for mutant in mutants if mutant["kind"] == "killed"]
    random.Random(args.seed).shuffle(mutants)
    base = Workspace()
    jobs: list[dict[str, Any]] = []
    for mutant in mutants[: args.count]:
        path = args.corpora / mutant["corpus"] / mutant["file"]
        clean = path.read_text(encoding="utf-8")
        before = mutated(clean, mutant)
        found, after = repaired(path, before, base, unsafe=args.unsafe)
        jobs.append({**mutant, "path": str(path), "mutated": before, "fixed": after, "found": found})
        jobs[-1]["restored"] = after == clean and not args.all
        print(f"\r{len(jobs)} linted", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        jobs_file, results_file = Path(folder) / "jobs.json", Path(folder) / "results.json"
        jobs_file.write_text(json.dumps(jobs))
        runner = Path(__file__).with_name("_run_entries.py")
        subprocess.run([args.python, str(runner), str(args.corpora), str(jobs_file), str(results_file)], check=True)
        results = json.loads(results_file.read_text())
    if args.report is not None:
        args.report.write_text(json.dumps([{**j, **r} for j, r in zip(jobs, results, strict=True)], indent=1))
    return _summary(jobs, results, args.show)


def _summary(jobs: list[dict[str, Any]], results: list[dict[str, Any]], show: int) -> int:
    counts: Counter[str] = Counter()
    for job, result in zip(jobs, results, strict=True):
        hit = any(found["line"] in job["accept_lines"] for found in job["found"])
        counts["reported"] += hit
        if job["fixed"] == job["mutated"]:
            counts["reported, no fix"] += hit
            continue
        if job["restored"]:
            counts.update(("fixed", "runs", "the original again"))
            continue
        if result["mutated"] == "":
            counts["not reproduced"] += 1
            continue
        counts["fixed"] += 1
        counts["runs"] += result["fixed"] == ""
        if result["fixed"] and counts["runs"] + show > counts["fixed"]:
            print(f"{job['id']} {job['entry']} {job['file']}:{job['line']} {job['before']} -> {job['after']}")
            print(f"   {job['found']}\n   {result['fixed']}")
    print(f"{len(jobs)} mutants: {dict(counts)}")
    if counts["fixed"]:
        print(f"of {counts['fixed']} fixed, {counts['runs']} run in PyTorch ({counts['runs'] / counts['fixed']:.1%})")
    return 0 if counts["runs"] >= 0.98 * counts["fixed"] else 1


if __name__ == "__main__":
    sys.exit(main())
