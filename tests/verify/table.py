"""What each model under `models/` is expected to show, as the comments in its file say it. Standard library only.

Above a class or function stand one or more lines

    #: OPTIONS | STAGE | CODE | A PART OF THE MESSAGE
    #: OPTIONS | passed

and in it, at the ends of lines, `# built` on the line that builds the layer to blame and `# called` on the line of
`forward` that calls it. OPTIONS are those of `bn-lint verify`, and `(ARGUMENTS)` for the call. Above an export call,
the line of that call is the target.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parent / "models"

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
    expected: list[tuple[str, str, str]] = field(default_factory=list)
    built: int | None = None
    called: int | None = None
    # The lines of the class or function, or of the export call.
    lines: range = range(0)

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
                [],
                marks["built"],
                marks["called"],
                range(start, start + 1 if name.isdigit() else end + 1),
            ),
        )
        if rest != ["passed"]:
            stage, code, message = rest
            case.expected.append((stage, code, message))
    return list(by_options.values())


@dataclass
class Outcome:
    """A case with what verifying it showed."""

    case: Case
    events: list[dict[str, Any]]
    ended: str

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
