"""What each model under `models/` is expected to show, as the comments in its file say it, and what it shows.

Above a class or function stand one or more lines

    #: OPTIONS | STAGE | CODE | A PART OF THE MESSAGE
    #: OPTIONS | passed
    #: OPTIONS | onnx | ...                     what it shows with this backend, where that is something else

and in it, at the ends of lines, `# built` on the line that builds the layer to blame and `# called` on the line of
`forward` that calls it. OPTIONS are those of `bn-lint verify`, `(ARGUMENTS)` for the call, and `@NAME` for the class or
function that builds the layer to blame, where that is another. Above an export call, its line is the target.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests/verify/models"

_OPTIONS = {
    "--input": "inputs",
    "--dynamic": "dynamic",
    "--exporter": "exporter",
    "--backend": "backend",
    "--target": "compute",
    "--precision": "precision",
}
_LISTS = ("inputs", "dynamic")


@dataclass
class Case:
    """One target with what it is expected to show: (stage, code, part of the message) for every finding."""

    target: str
    request: dict[str, Any]
    by_backend: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    built: int | None = None
    called: int | None = None
    # The lines of the class or function, or down to the export call.
    lines: set[int] = field(default_factory=set)

    @property
    def expected(self) -> list[tuple[str, str, str]]:
        """What it is expected to show with the backend of the request."""
        return self.by_backend.get(self.request.get("backend", ""), self.by_backend[""])

    @property
    def name(self) -> str:
        """The target and the options that set it apart."""
        extra = [self.request[k] for k in ("exporter", "backend") if k in self.request]
        return " ".join([self.target, *extra])


def cases(folder: str) -> list[Case]:
    """The cases of every file in a folder of `models/`."""
    return [case for path in sorted((MODELS / folder).glob("*.py")) for case in _of_file(path, f"{folder}/{path.name}")]


def _of_file(path: Path, shown: str) -> list[Case]:
    lines = path.read_text().splitlines()
    found: list[Case] = []
    pending: list[tuple[str, ...]] = []
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#:"):
            pending.append(tuple(part.strip() for part in line.strip()[2:].split("|")))
        elif pending and (match := re.match(r"(?:class|def) (\w+)", line)):
            found += _cases(shown, match[1], pending, lines, number)
            pending = []
        elif pending and re.search(r"\b(export|compile|trace)\(", line):
            found += _cases(shown, str(number), pending, lines, number)
            pending = []
    return found


def _cases(shown: str, name: str, rows: list[tuple[str, ...]], lines: list[str], start: int) -> list[Case]:
    end = next((n for n in range(start, len(lines)) if re.match(r"[^\s#)]|#:", lines[n])), len(lines))
    marks = {
        mark: next((n for n in range(start, end + 1) if lines[n - 1].rstrip().endswith(f"# {mark}")), None)
        for mark in ("built", "called")
    }
    target = f"{shown}:{name}" if name.isdigit() else f"{shown}::{name}"
    by_options: dict[str, Case] = {}
    for options, *rest in rows:
        words = shlex.split(options)
        call = next((word for word in words if word.startswith("(")), "")
        request: dict[str, Any] = {}
        for key, value in pairwise(words):
            if key in _OPTIONS and _OPTIONS[key] in _LISTS:
                request.setdefault(_OPTIONS[key], []).append(value)
            elif key in _OPTIONS:
                request[_OPTIONS[key]] = value
        case = by_options.setdefault(
            options,
            Case(
                target + call,
                {"target": target + call, **request},
                {"": []},
                marks["built"],
                marks["called"],
                # Around an export call, what comes before it in its function.
                {*(range(_function_of(lines, start), start + 1) if name.isdigit() else range(start, end + 1))}.union(
                    *(_definition(lines, word[1:]) for word in words if word.startswith("@"))
                ),
            ),
        )
        expected = case.by_backend.setdefault(rest.pop(0) if rest[0] == "onnx" else "", [])
        if rest != ["passed"]:
            stage, code, message = rest
            expected.append((stage, code, message))
    return list(by_options.values())


def _definition(lines: list[str], name: str) -> range:
    """The lines of a class or function of the file."""
    start = next(n for n, line in enumerate(lines, 1) if re.match(rf"(class|def) {name}\b", line))
    return range(
        start, next((n for n in range(start + 1, len(lines)) if re.match(r"[^\s#)]|#:", lines[n - 1])), len(lines))
    )


def _function_of(lines: list[str], number: int) -> int:
    return next((n for n in range(number, 0, -1) if lines[n - 1].startswith("def ")), number)


@dataclass
class Outcome:
    """A case with what verifying it showed."""

    case: Case
    events: list[dict[str, Any]]
    ended: str
    seconds: float = 0.0

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings that are expected or more than remarks."""
        expected = [code for _, code, _ in self.case.expected]
        return [
            e for e in self.events if e["event"] == "finding" and (e["severity"] != "info" or e["code"] in expected)
        ]

    def complaints(self) -> list[str]:
        """What differs from the expectation; empty where nothing does."""
        case, wrong = self.case, []
        if self.ended != "done":
            wrong.append(f"the run ended: {self.ended}")
        for problem in (e for e in self.events if e["event"] == "problem"):
            wrong.append(f"problem: {problem['message']}")
        found = [(e["stage"], e["code"]) for e in self.findings]
        if sorted(found) != sorted((stage, code) for stage, code, _ in case.expected):
            wrong.append(f"found {found}, expected {[row[:2] for row in case.expected]}")
            wrong += [f"  {e['code']} {e['message'][:200]}" for e in self.findings]
        for stage, code, part in case.expected:
            same = [e for e in self.findings if (e["stage"], e["code"]) == (stage, code)]
            if same and not any(part in e["message"] + e["text"] for e in same):
                wrong.append(f"{code} does not say {part!r}: {same[0]['message'][:300]}")
        for event in self.findings:
            wrong += _lines(event, case)
        return wrong

    def rows(self) -> Iterator[str]:
        """The outcome in lines of text: verdict, time, what was found where, numbers, what differs."""
        verdict = "WRONG" if self.complaints() else "ok   "
        yield f"{verdict} {self.seconds:6.1f} s  {self.case.name:<58} {'' if self.findings else 'passed'}".rstrip()
        for event in self.findings:
            built, called = lines_of(event)
            yield f"{'':16}{event['stage']:<7} {event['code']} built {built} called {called}: {event['message'][:150]}"
        stages = [e for e in self.events if e["event"] == "stage" and e["state"] in ("passed", "failed")]
        numbers = {k: f"{v:.4g}" if isinstance(v, float) else v for e in stages for k, v in e.items() if k in _NUMBERS}
        if numbers:
            yield f"{'':16}{' '.join(f'{k}={v}' for k, v in numbers.items())}"
        yield from (f"{'':16}! {complaint}" for complaint in self.complaints())


_NUMBERS = ("passes", "difference", "scale", "allowed", "engine_ms", "eager_ms", "compiled_ms", "folded", "apart")


def summary(outcomes: list[Outcome]) -> Iterator[str]:
    """The versions, and how many outcomes are as expected."""
    hello: dict[str, Any] = next((e for o in outcomes for e in o.events if e["event"] == "hello"), {})
    yield ", ".join(f"{name} {value}" for name, value in hello.items() if name not in ("event", "executable"))
    failures = [o for o in outcomes for _ in o.findings]
    mapped = sum(not [c for c in o.complaints() if "on line" in c] for o in failures)
    sound = [o for o in outcomes if not o.case.expected]
    yield (
        f"{len(outcomes)} models in {sum(o.seconds for o in outcomes):.0f} s: "
        f"{sum(not o.complaints() for o in outcomes)} as expected; "
        f"{mapped} of {len(failures)} findings on the right lines; "
        f"{sum(bool(o.findings) for o in sound)} of {len(sound)} sound models blamed"
    )


def environment() -> dict[str, str]:
    """The environment in which `python -m bn_lint` is the one of these files."""
    path = [f"{ROOT / 'server'}", f"{ROOT / 'rules'}", os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def verified(wanted: list[Case], python: str, timeout: float) -> Iterator[Outcome]:
    """Run `bn-lint verify` over an entry of pyproject.toml for each case; the outcomes as they come."""
    with tempfile.TemporaryDirectory() as folder:
        common = {"python": python, "timeout": timeout}
        entries = [{**case.request, "target": f"{MODELS / case.target}", **common} for case in wanted]
        # JSON's strings, numbers and lists are TOML's too.
        text = "".join(
            "[[tool.bn-lint.verify]]\n" + "".join(f"{_KEYS.get(k, k)} = {json.dumps(v)}\n" for k, v in entry.items())
            for entry in entries
        )
        Path(folder, "pyproject.toml").write_text(text)
        command = [sys.executable, "-m", "bn_lint", "verify", "--output-format", "ndjson"]
        errors = Path(folder, "stderr")
        with (
            errors.open("wb") as stderr,
            subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=stderr) as process,
        ):
            assert process.stdout is not None
            events: list[dict[str, Any]] = []
            left = iter(wanted)
            try:
                for line in process.stdout:
                    event = json.loads(line)
                    if event["event"] != "ended":
                        events.append(event)
                        continue
                    yield Outcome(next(left), events, event["how"], event["seconds"])
                    events = []
            except GeneratorExit:  # nobody wants more
                process.kill()
                raise
        for case in left:
            yield Outcome(case, events, f"bn-lint ended with {process.returncode}: {errors.read_text()[-800:]}")


_KEYS = {"inputs": "input", "compute": "compute-capability"}


def lines_of(event: dict[str, Any]) -> tuple[int | None, int | None]:
    """The constructor line and the forward line of a finding, in the model's own file."""
    mine = str(MODELS)
    own = [[p["line"] for p in event[key] if p["file"].startswith(mine)] for key in ("constructor", "forward")]
    return (own[0][0] if own[0] else None, own[1][0] if own[1] else None)


def _lines(event: dict[str, Any], case: Case) -> list[str]:
    if ":" in case.target and case.target.rpartition(":")[2].isdigit():
        line = int(case.target.rpartition(":")[2])
        shown = event["place"] and event["place"]["line"]
        return [] if shown == line else [f"shown on line {shown}, expected {line}"]
    built, called = lines_of(event)
    wrong: list[str] = []
    if case.built is not None and built != case.built:
        wrong.append(f"built on line {built}, expected {case.built}")
    if case.called is not None and called != case.called:
        wrong.append(f"called on line {called}, expected {case.called}")
    return wrong
