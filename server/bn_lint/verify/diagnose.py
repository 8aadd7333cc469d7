"""From the worker's events to diagnostics: places in the user's files, cause and remedy, the linter's own word."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bn_lint.engine.check import FileReport, cached_settings, check_source, read_source
from bn_lint.engine.diagnostics import Diagnostic, RelatedPlace
from bn_lint.engine.errors import UserError
from bn_lint.engine.registry import all_rules
from bn_lint.model.workspace import Workspace
from bn_lint.rule import Severity
from bn_lint.source.text import Position, SourceText
from bn_lint.verify.client import Ended, Event, Result
from bn_lint.verify.messages import explain, root_cause

# The finding that a stage makes which does not come to its end.
_CODE_OF_STAGE = {"eager": "BN903", "export": "BN902", "compare": "BN905", "build": "BN901", "run": "BN901"}
_RAW_LINES = 8


@dataclass(frozen=True)
class Verified:
    """What verifying one target gave. `problem` says in one line why nothing, or not everything, could be verified."""

    target: str
    result: Result
    reports: tuple[FileReport, ...]
    problem: str | None = None

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All of them, file by file."""
        return [d for report in self.reports for d in report.diagnostics]

    @property
    def failed(self) -> bool:
        """Whether something was found that is more than a remark."""
        return any(d.severity is not Severity.INFO for d in self.diagnostics)


def diagnose(target: str, result: Result, *, lint: bool = True) -> Verified:
    """Turn a run's events into diagnostics by file. With `lint`, what the linter says of the same lines is joined."""
    raw = result.of("finding")
    problem = next((_problem(event) for event in result.of("problem")), None)
    interrupted = _interruption(result)
    if isinstance(interrupted, str):
        problem = problem or interrupted
    elif interrupted is not None:
        raw = [*raw, interrupted]
    files = _Files()
    by_file: dict[Path, list[Diagnostic]] = defaultdict(list)
    for event in raw:
        diagnostic = _diagnostic(event, files, lint=lint)
        if diagnostic is None:
            # Nothing in any file: the model itself is to blame, and the target names it.
            problem = problem or f"{event['code']}: {event['message']}"
        else:
            by_file[diagnostic.path].append(diagnostic)
    reports: list[FileReport] = []
    for path, found in by_file.items():
        found.sort(key=lambda d: (d.start.line, d.start.column, d.code))
        source = files.source(path)
        reports.append(FileReport(path, source or SourceText(""), tuple(found)))
    return Verified(target, result, tuple(reports), problem)


def _problem(event: Event) -> str:
    place = event.get("place")
    where = f"{place['file']}:{place['line']}: " if place else ""
    return f"{where}{event['message']}"


def _interruption(result: Result) -> Event | str | None:
    """What to say of a run that did not come to its end: a finding of its stage, or a problem where there is none."""
    if result.ended is Ended.DONE:
        return None
    if result.ended is Ended.CANCELLED:
        return "cancelled"
    if result.ended is Ended.TIMEOUT:
        what = f"did not finish within {result.seconds:.0f} s; allow more with --timeout"
    elif result.ended is Ended.MEMORY:
        what = "used more memory than --memory allows"
    elif result.status is not None and result.status < 0:
        what = f"killed its process (signal {-result.status}{_signal_name(-result.status)})"
    else:
        what = f"ended its process (exit status {result.status})"
    frame = _users_frame(result)
    code = _CODE_OF_STAGE.get(result.stage)
    if code is None or frame is None:
        where = f"{frame[0]}:{frame[1]}: " if frame else ""
        tail = result.stderr.strip().splitlines()[-1:] if result.ended is Ended.CRASHED else []
        said = f": {tail[0][:300]}" if tail else ""
        return f"{where}stage {result.stage} {what}{said}"
    file, line, function = frame
    place = {"file": file, "line": line, "function": function, "column": None, "end_line": None, "end_column": None}
    return {
        "event": "finding",
        "code": code,
        "stage": result.stage,
        "severity": "error",
        "message": f"stage {result.stage} {what}; the model was at this line",
        "text": result.stderr[-4000:],
        "place": place,
        "module": None,
        "class": None,
        "forward": [place],
        "constructor": [],
        "related": [],
        "detail": {},
    }


def _signal_name(number: int) -> str:
    import signal

    try:
        return f", {signal.Signals(number).name}"
    except ValueError:
        return ""


def _users_frame(result: Result) -> tuple[str, int, str] | None:
    """The innermost frame in a file that is not a library's; in a library's where there is no other."""
    worker = str(Path(__file__).parent / "worker")
    frames = [f for f in result.running if not f[0].startswith(("<", worker))]
    own = [
        f for f in frames if "site-packages" not in f[0] and "dist-packages" not in f[0] and "/lib/python" not in f[0]
    ]
    return own[-1] if own else None


class _Files:
    """Texts of files, and what the linter says of them, each read once."""

    def __init__(self) -> None:
        self._sources: dict[Path, SourceText | None] = {}
        self._linted: dict[Path, tuple[Diagnostic, ...]] = {}
        self._settings = cached_settings()
        self._workspace = Workspace()

    def source(self, path: Path) -> SourceText | None:
        """The text, None where it cannot be read."""
        if path not in self._sources:
            try:
                self._sources[path] = read_source(path)
            except UserError:
                self._sources[path] = None
        return self._sources[path]

    def linted(self, path: Path) -> tuple[Diagnostic, ...]:
        """The linter's findings in a file."""
        if path not in self._linted:
            source = self.source(path)
            try:
                report = None if source is None else check_source(path, source, self._settings(path), self._workspace)
            except UserError:
                report = None
            self._linted[path] = () if report is None else report.diagnostics
        return self._linted[path]

    def span(self, place: dict[str, Any]) -> tuple[Position, Position]:
        """Where a place starts and ends. Python counts columns in bytes, editors in characters."""
        source = self.source(Path(place["file"]))
        line, end_line = place["line"], place["end_line"] or place["line"]
        if source is None or line > len(source.line_starts):
            return Position(line, 0), Position(line, 0)
        text = source.line(line)
        if place["column"] is None or end_line > len(source.line_starts):
            stripped = text.strip()
            start = len(text) - len(text.lstrip())
            return Position(line, start), Position(line, start + len(stripped))
        return (
            Position(line, _characters(text, place["column"])),
            Position(end_line, _characters(source.line(end_line), place["end_column"])),
        )


def _characters(line: str, column: int) -> int:
    return len(line.encode()[:column].decode(errors="replace"))


def _diagnostic(event: Event, files: _Files, *, lint: bool) -> Diagnostic | None:
    place = event["place"]
    rule = all_rules()[event["code"]]
    if place is None:
        return None
    start, end = files.span(place)
    related = [
        RelatedPlace(Path(other["file"]), *files.span(other), message=other["message"]) for other in event["related"]
    ]
    notes: list[str] = []
    explanation = root_cause(explain(event["text"]))
    if explanation is not None:
        known = explanation.message
        said = [explanation.meaning, known.cause]
        notes += [f"cause: {' '.join(text for text in said if text)}"] if any(said) else []
        notes += [f"remedy: {known.remedy}"] if known.remedy else []
        notes += [f"fixed in {known.fixed}"] if known.fixed else []
    if lint:
        notes += _joined(event, files)
    if event["text"] and event["text"].strip() != event["message"]:
        notes.append("reported: " + "\n".join(event["text"].strip().splitlines()[-_RAW_LINES:]))
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=Severity(event["severity"]),
        message=event["message"],
        path=Path(place["file"]),
        start=start,
        end=end,
        related=tuple(related),
        notes=tuple(notes),
    )


def _joined(event: Event, files: _Files) -> list[str]:
    """What the linter has to say of the lines of a finding."""
    lines = {
        (Path(p["file"]), p["line"]) for p in (event["place"], *event["forward"][:1], *event["constructor"][:1]) if p
    }
    found = [
        d
        for path in sorted({path for path, _ in lines})
        for d in files.linted(path)
        if any(path == p and d.start.line <= line <= d.end.line for p, line in lines)
    ]
    return [f"{d.code} explains this: {d.message}" for d in found]


def merged(reports: list[FileReport]) -> list[FileReport]:
    """The reports of several targets, one for each file."""
    by_path: dict[Path, FileReport] = {}
    for report in reports:
        seen = by_path.get(report.path)
        both = report.diagnostics if seen is None else tuple(dict.fromkeys([*seen.diagnostics, *report.diagnostics]))
        by_path[report.path] = replace(report, diagnostics=both)
    return list(by_path.values())
