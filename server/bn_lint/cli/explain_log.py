"""`bn-lint explain-log`: what a log says, and where in the source it comes from."""

from __future__ import annotations

import bisect
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from bn_lint.cli.app import EXIT_CLEAN, EXIT_FINDINGS
from bn_lint.engine.check import cached_settings
from bn_lint.engine.discovery import discover
from bn_lint.engine.errors import UserError
from bn_lint.report.paths import shown
from bn_lint.verify.messages import Explanation, Place, PlaceKind, Role, explain, places
from bn_lint.verify.static_map import Located, Location, SourceMap

# A message is about the place on its own line, else the one just before it (ONNX parser), else the one just after
# it (torch.fx), so many lines away.
_BEFORE, _AFTER = 12, 6
_MAX_SHOWN = 5
_CALLS_SHOWN = 2
_ERROR_LINE = re.compile(
    r"\[E\](?!.*--- (?:Begin|End) node)|\bError Code\b|^\s*(?:[\w.]+\.)?\w*(?:Error|Exception)\b: ", re.MULTILINE
)
_STYLE = {Role.CAUSE: "bold red", Role.NOTE: "bold cyan", Role.SYMPTOM: "bold yellow", Role.PLACE: "bold"}


@click.command("explain-log")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--source",
    metavar="PATH",
    help="The model's source, to name lines in: a file, `file.py::function_or_class`, or a folder.",
)
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(file: Path, source: str | None, output_format: str) -> int:
    """Explain the log of a failed export or TensorRT build (`-` reads the standard input).

    Nothing is run or imported: lines are found by reading the source. Exit status: 0 explained, 1 nothing in the
    log is known, 2 error.
    """
    log = Log(_read(file))
    located = Sources(log, _source_map(source)) if source is not None else None
    if output_format == "json":
        click.echo(json.dumps(_as_json(log, located), indent=2))
    else:
        _print(log, located, Console(soft_wrap=True, highlight=False))
    return EXIT_CLEAN if log.messages else EXIT_FINDINGS


class Log:
    """A log with what is known about it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        found = explain(text)
        self.messages = [one for one in found if one.message.role is not Role.PLACE]
        self.places = places(text)
        self._named = [(self.line(place.start), place.module) for place in self.places if place.module]
        self.modules = list(dict.fromkeys(module for _, module in self._named))
        known = {
            number
            for one in found
            for start, end in one.spans
            for number in range(self.line(start), self.line(end - 1) + 1)
        }
        self.unknown = list(dict.fromkeys(self._unknown_errors(known)))

    def line(self, offset: int) -> int:
        """The number (from 1) of the line with an offset."""
        return bisect.bisect_right(self._line_starts, offset)

    def modules_of(self, explanation: Explanation) -> list[str]:
        """The module paths that the occurrences of a message are about."""
        return list(dict.fromkeys(path for span in explanation.spans for path in self._modules_at(span)))

    def _modules_at(self, span: tuple[int, int]) -> list[str]:
        first, last = self.line(span[0]), self.line(span[1] - 1)
        here: list[str] = []
        before, after = "", ""
        for line, module in self._named[bisect.bisect_left(self._named, (first - _BEFORE, "")) :]:
            if line > last + _AFTER:
                break
            if first <= line <= last:
                here.append(module)
            elif line < first:
                before = module
            else:
                after = after or module
        return here or [path for path in (before or after,) if path]

    def _unknown_errors(self, known: set[int]) -> Iterator[str]:
        for match in _ERROR_LINE.finditer(self.text):
            number = self.line(match.end() - 1)
            if number not in known:
                start = self._line_starts[number - 1]
                end = self.text.find("\n", start)
                yield self.text[start : end if end >= 0 else len(self.text)].strip()


@dataclass
class Sources:
    """Where the places of a log are in the source."""

    log: Log
    source: SourceMap

    def __post_init__(self) -> None:
        self.modules: dict[str, list[Located]] = self.source.modules(self.log.modules)

    def line(self, place: Place) -> Location | None:
        return self.source.line(place)


def _read(file: Path) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    # A log may be anything: colours, carriage returns of progress bars, bytes of another encoding, UTF-16 of a
    # redirected PowerShell.
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = raw.decode(encoding, errors="replace")
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r\n", "\n").replace("\r", "\n")


def _source_map(source: str) -> SourceMap:
    name, _, only = source.partition("::")
    path = Path(name)
    if not path.exists():
        raise UserError(f"{name}: no such file or folder; --source wants the model's source")
    return SourceMap(discover([path], cached_settings()), only.partition("(")[0])


def _as_json(log: Log, sources: Sources | None) -> dict[str, object]:
    def module(path: str) -> dict[str, object]:
        found = sources.modules.get(path, []) if sources else []
        return {"path": path, "source": [one.as_dict() for one in found]}

    def place(one: Place) -> dict[str, object]:
        location = sources.line(one) if sources and one.kind is PlaceKind.LINE else None
        extra: dict[str, object] = {"source": location.as_dict()} if location else {}
        return {**one.as_dict(), "log_line": log.line(one.start), **extra}

    return {
        "messages": [
            {
                **one.as_dict(),
                "log_lines": [log.line(start) for start, _ in one.spans],
                "modules": log.modules_of(one),
            }
            for one in log.messages
        ],
        "modules": [module(path) for path in log.modules],
        "places": [place(one) for one in log.places],
        "unknown": log.unknown,
    }


def _print(log: Log, sources: Sources | None, console: Console) -> None:
    told: set[str] = set()
    for one in log.messages:
        _print_message(log, one, console)
        modules = log.modules_of(one)
        _print_modules([path for path in modules if path not in told], sources, console)
        told.update(modules)
        console.print()
    _print_traceback(log, sources, console)
    if not log.messages:
        console.print("No known message in this log.", markup=False)
        rest = [path for path in log.modules if path not in told]
        if rest:
            console.print("It names:")
            _print_modules(rest, sources, console)
    if log.unknown:
        console.print(Text.assemble(("not known", "bold"), ": errors that are not in bn-lint's table"))
        for line in log.unknown[:_MAX_SHOWN]:
            console.print(Text(f"  {line[:300]}"))
        _print_more(len(log.unknown), console)


def _print_message(log: Log, one: Explanation, console: Console) -> None:
    message = one.message
    lines = [log.line(start) for start, _ in one.spans]
    console.print(Text.assemble((message.role.value, _STYLE[message.role]), f": {one.meaning}"))
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    first = one.text.split("\n", 1)[0]
    console.print(Text.assemble("  ", (f"log line {lines[0]}{more}", "blue"), f" ({message.origin}): ", (first, "dim")))
    rows = {
        "why": message.cause,
        "do": message.remedy,
        "affected": message.affected,
        "fixed in": message.fixed,
        "rules": ", ".join(message.rules) and f"{', '.join(message.rules)} of `bn-lint check` find this in source",
    }
    for name, value in rows.items():
        if value:
            _print_row(name, value, console)


def _print_row(name: str, value: str, console: Console) -> None:
    indent = " " * 11
    # Wrapped for a reader, one line for a program.
    lines = textwrap.wrap(value, max(40, console.width - len(indent))) if console.is_terminal else [value]
    console.print(Text.assemble((f"  {name:<9}", "bold"), f"\n{indent}".join(lines)))


def _print_modules(paths: Sequence[str], sources: Sources | None, console: Console) -> None:
    for path in paths[:_MAX_SHOWN]:
        found = sources.modules.get(path, []) if sources else []
        cls = f" ({found[0].cls})" if found else ""
        note = "" if found or sources is None else "  not found in the source"
        console.print(Text.assemble(("  layer    ", "bold"), path, cls, (note, "dim")))
        for one in found[:_MAX_SHOWN]:
            if len(found) > 1:
                console.print(
                    Text(f"    in the model of {', '.join(one.entries[:3])}{', ...' * (len(one.entries) > 3)}:")
                )
            for name, locations in (("built", one.built), ("called", one.called)):
                for location in locations[:_CALLS_SHOWN]:
                    console.print(_location(name, location))
                    name = ""
        if len(found) > _MAX_SHOWN:
            console.print(
                Text(f"    and {len(found) - _MAX_SHOWN} other models; name one with --source FILE::NAME", "dim")
            )
    _print_more(len(paths), console)


def _print_more(count: int, console: Console) -> None:
    if count > _MAX_SHOWN:
        console.print(Text(f"  and {count - _MAX_SHOWN} more; --output-format json has all", "dim"))


def _print_traceback(log: Log, sources: Sources | None, console: Console) -> None:
    """The deepest line of the user's own code in each traceback."""
    frames = [place for place in log.places if place.kind is PlaceKind.LINE]
    own: dict[tuple[str, int], Place] = {}
    for place, following in zip_longest(frames, frames[1:]):
        last = following is None or following.start > place.end + 400 or not following.of_user
        if place.of_user and last:
            own.setdefault((place.file, place.line), place)
    for place in list(own.values())[:_MAX_SHOWN]:
        where = f"{place.file}:{place.line}" + f", in {place.function}" * bool(place.function)
        console.print(Text.assemble(("traceback", "bold"), f": {where}  ", (place.code, "dim")))
        location = sources.line(place) if sources else None
        if location is not None:
            console.print(_location("here", location))
    if own:
        console.print()


def _location(name: str, location: Location) -> Text:
    where = f"{shown(location.path)}:{location.line}:{location.column + 1}"
    return Text.assemble((f"    {name:<7}", "bold"), (where, "blue"), "  ", (location.code, "dim"))
