#!/usr/bin/env python3
"""Verify the models under tests/verify/models with `bn-lint verify`, and print what came of each.

usage: scripts/verify_table.py [--python PATH] [--timeout S] FOLDER...     folders below models/: broken, sound, gpu

Exits 1 when a model shows something else than its comments say.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.verify.table import MODELS, Outcome, cases, environment, summary, verified  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that holds torch")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for each model")
    parser.add_argument("--backend", help="this backend for all of them")
    parser.add_argument("--timing", action="store_true", help="time torch.compile as well")
    parser.add_argument("--only", default="", metavar="REGEX", help="only the models whose name matches")
    parser.add_argument(
        "--lint", action="store_true", help="run no model: say what the linter finds in each, statically"
    )
    parser.add_argument("--verbose", action="store_true", help="print every event")
    arguments = parser.parse_args()
    if arguments.lint:
        return _lint(arguments.folders)
    wanted = [case for folder in arguments.folders for case in cases(folder) if re.search(arguments.only, case.name)]
    for case in wanted:
        case.request.update({"backend": arguments.backend} if arguments.backend else {}, timing=arguments.timing)
    outcomes: list[Outcome] = []
    for outcome in verified(wanted, arguments.python, arguments.timeout):
        outcomes.append(outcome)
        print(*outcome.rows(), sep="\n", flush=True)
        if arguments.verbose:
            for event in outcome.events:
                print("   ", {name: str(value)[:1500] for name, value in event.items()})
    print(*summary(outcomes), sep="\n")
    return 1 if any(outcome.complaints() for outcome in outcomes) else 0


def _lint(folders: list[str]) -> int:
    """For each broken model, what `bn-lint check` says of its lines: whether the linter said it first."""
    command = [sys.executable, "-m", "bn_lint", "check", "--isolated", "--output-format", "json", "-q"]
    said_first = total = 0
    for folder in folders:
        run = subprocess.run(
            [*command, str(MODELS / folder)], capture_output=True, text=True, cwd=ROOT, env=environment(), check=False
        )
        findings = [(f["filename"], f["location"]["row"], f["code"]) for f in json.loads(run.stdout)]
        for case in [c for c in cases(folder) if c.expected]:
            file = str(MODELS / case.target.partition(":")[0])
            own = [f"{code} on line {row}" for name, row, code in findings if file.endswith(name) and row in case.lines]
            verified = ", ".join(f"{code} ({stage})" for stage, code, _ in case.expected)
            print(f"{case.name:<62} verify: {verified:<34} linter: {', '.join(own) or 'nothing'}")
            said_first += bool(own)
            total += 1
    print(f"the linter says something of {said_first} of {total} broken models before they run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
