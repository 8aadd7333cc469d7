#!/usr/bin/env python3
"""Verify the models under tests/verify/models and print what came of each. Standard library only.

usage: scripts/verify_table.py [--python PATH] [--timeout S] FOLDER...     folders below models/: broken, sound, gpu

Exits 1 when a model shows something else than its comments say.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "server")]

from tests.verify.table import MODELS, Outcome, cases, lines_of  # noqa: E402

from bn_lint.verify.client import Limits, Session  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that holds torch")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for each model")
    parser.add_argument("--backend", help="this backend for all of them")
    parser.add_argument("--only", default="", metavar="REGEX", help="only the models whose name matches")
    parser.add_argument(
        "--lint", action="store_true", help="run no model: say what the linter finds in each, statically"
    )
    parser.add_argument("--verbose", action="store_true", help="print every event")
    arguments = parser.parse_args()
    if arguments.lint:
        return _lint(arguments.folders)
    began, outcomes = time.monotonic(), []
    with Session(arguments.python, cwd=str(MODELS)) as session:
        wanted = [case for folder in arguments.folders for case in cases(folder)]
        for case in [c for c in wanted if re.search(arguments.only, c.name)]:
            if arguments.backend:
                case.request["backend"] = arguments.backend
            result = session.run(case.request, limits=Limits(arguments.timeout))
            outcome = Outcome(case, result.events, result.ended.value)
            outcomes.append(outcome)
            _print(outcome, result.seconds)
            if arguments.verbose or (result.ended.value != "done"):
                _detail(outcome, result.stderr)
    _versions(outcomes)
    wrong = [o for o in outcomes if o.complaints()]
    failures = [(o, e) for o in outcomes for e in o.findings]
    mapped = sum(not [c for c in o.complaints() if "on line" in c] for o, _ in failures)
    sound = [o for o in outcomes if not o.case.expected]
    print(
        f"{len(outcomes)} models in {time.monotonic() - began:.0f} s: {len(outcomes) - len(wrong)} as expected; "
        f"{mapped} of {len(failures)} findings on the right lines; "
        f"{sum(bool(o.findings) for o in sound)} of {len(sound)} sound models blamed"
    )
    return 1 if wrong else 0


def _lint(folders: list[str]) -> int:
    """For each broken model, what `bn-lint check` says of its lines: whether the linter said it first."""
    command = [sys.executable, "-m", "bn_lint", "check", "--isolated", "--output-format", "json", "-q"]
    said_first = total = 0
    for folder in folders:
        run = subprocess.run([*command, str(MODELS / folder)], capture_output=True, text=True, cwd=ROOT, check=False)
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


def _print(outcome: Outcome, seconds: float) -> None:
    verdict = "ok   " if not outcome.complaints() else "WRONG"
    shown = "passed" if not outcome.findings else ""
    print(f"{verdict} {seconds:6.1f} s  {outcome.case.name:<58} {shown}", flush=True)
    for event in outcome.findings:
        built, called = lines_of(event)
        print(f"{'':16}{event['stage']:<7} {event['code']} built {built} called {called}: {event['message'][:150]}")
    stages = [e for e in outcome.events if e["event"] == "stage" and e["state"] in ("passed", "failed")]
    numbers = {
        k: v for e in stages for k, v in e.items() if k in ("difference", "scale", "engine_ms", "eager_ms", "passes")
    }
    if numbers:
        print(f"{'':16}{' '.join(f'{k}={v:.4g}' for k, v in numbers.items())}")
    for complaint in outcome.complaints():
        print(f"{'':16}! {complaint}")
    sys.stdout.flush()


def _detail(outcome: Outcome, stderr: str) -> None:
    for event in outcome.events:
        if event["event"] not in ("model", "norms"):
            print("   ", {k: (str(v)[:1500]) for k, v in event.items()})
    print("    stderr:", stderr[-2500:])


def _versions(outcomes: list[Outcome]) -> None:
    hello = next((e for o in outcomes for e in o.events if e["event"] == "hello"), {})
    print(", ".join(f"{name} {value}" for name, value in hello.items() if name not in ("event", "executable")))


if __name__ == "__main__":
    sys.exit(main())
