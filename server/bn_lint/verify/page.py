"""The report of a verification as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bn_lint.engine.diagnostics import Diagnostic
from bn_lint.engine.errors import UserError
from bn_lint.verify.client import Event
from bn_lint.verify.diagnose import Verified

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; --dim: #888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; font-size: .85rem; } td, th { border: 1px solid var(--line); padding: .2rem .5rem; }
th { text-align: left; position: sticky; top: 0; background: Canvas; } td.n { text-align: right; }
.scroll { overflow: auto; max-height: 32rem; }
.failed, .error { color: var(--bad); font-weight: 600; } .passed { color: var(--good); }
.skipped, .dim { color: var(--dim); }
pre { background: #8881; padding: .6rem; overflow: auto; font-size: .8rem; }
.finding { border-left: 4px solid var(--bad); padding: .1rem 1rem; margin: 1rem 0; }
.finding.warning { border-color: #f9a825; } .finding.info { border-color: #0277bd; }
ul.tree { font-family: ui-monospace, monospace; font-size: .8rem; list-style: none; padding: 0; }
ul.tree li.blamed { color: var(--bad); font-weight: 600; }
"""

_COLUMNS = (
    ("path", "layer"),
    ("class", "class"),
    ("num_features", "channels"),
    ("eps", "eps"),
    ("momentum", "momentum"),
    ("affine", "affine"),
    ("running_mean", "mean"),
    ("running_var", "variance"),
    ("weight", "weight"),
    ("bias", "bias"),
    ("num_batches_tracked", "batches"),
    ("trained", "trained"),
)


def write_page(verified: Sequence[Verified], folder: Path) -> Path:
    """Write `verify.html` into a folder, which is made. Raises UserError when that is not possible."""
    body = "\n".join(_target(one) for one in verified)
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>bn-lint verify</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>bn-lint verify</h1>\n{body}\n</body></html>\n"
    )
    path = folder / "verify.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    return path


def _target(one: Verified) -> str:
    verdict = "error" if one.problem else "failed" if one.failed else "passed"
    word = {"error": "not verified", "failed": "failed", "passed": "passed"}[verdict]
    hello = one.result.of("hello")[:1]
    shown = ", ".join(f"{name} {value}" for event in hello for name, value in event.items() if name != "event")
    parts = [
        f'<h2>{escape(one.target)}: <span class="{verdict}">{word}</span> in {one.result.seconds:.1f} s</h2>',
        f'<p class="dim">{escape(shown)}</p>',
        f'<p class="error">{escape(one.problem)}</p>' if one.problem else "",
        _stages(one.result.of("stage")),
        *(_finding(d) for d in one.diagnostics),
        _bisected(one.result.of("bisected")),
        _norms(one.result.of("norms"), one.result.of("folding")),
        _tree(one),
        _log(one.result.of("log")),
    ]
    return "\n".join(part for part in parts if part)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(rows_) + "</tr>\n" for rows_ in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, (int, float)):
        return f'<td class="n">{value:.6g}</td>'
    return f"<td>{'' if value is None else escape(str(value))}</td>"


def _stages(events: list[Event]) -> str:
    ended = [event for event in events if event["state"] != "started"]
    rows: list[list[str]] = []
    for event in ended:
        hidden = ("event", "stage", "state", "seconds", "guessed")
        detail = ", ".join(f"{key} {_number(value)}" for key, value in event.items() if key not in hidden)
        state = f'<td class="{event["state"]}">{event["state"]}</td>'
        rows.append([_cell(event["stage"]), state, _cell(event.get("seconds")), _cell(detail)])
    return "<h3>Stages</h3>" + _table(("stage", "", "seconds", "detail"), rows)


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _finding(diagnostic: Diagnostic) -> str:
    where = f"{diagnostic.path}:{diagnostic.start.line}:{diagnostic.start.column + 1}"
    story = "".join(
        f"<li>{escape(place.message)} <code>{escape(f'{place.path}:{place.start.line}')}</code></li>"
        for place in diagnostic.related
    )
    notes = "".join(
        f"<pre>{escape(note)}</pre>" if "\n" in note else f"<p>{escape(note)}</p>" for note in diagnostic.notes
    )
    head = f"<strong>{diagnostic.code} {escape(diagnostic.name)}</strong> <code>{escape(where)}</code>"
    body = f"<p>{head}</p><p>{escape(diagnostic.message)}</p><ul>{story}</ul>{notes}"
    return f'<div class="finding {diagnostic.severity.value}">{body}</div>'


def _bisected(events: list[Event]) -> str:
    if not events:
        return ""
    event = events[-1]
    rows = [
        [_cell(row["module"] or "the model"), _cell("fails" if row["failed"] else "passes")] for row in event["tried"]
    ]
    smallest = f"{event['module'] or 'the model'} ({event['cls']}), inputs {event['inputs']}"
    return f"<h3>Smallest part that fails: {escape(smallest)}</h3>" + _table(("part", "alone"), rows)


def _norms(events: list[Event], folding: list[Event]) -> str:
    if not events or not events[-1]["rows"]:
        return ""
    rows = [[_cell(_extent(row[key])) for key, _ in _COLUMNS] for row in events[-1]["rows"]]
    titles = [title for _, title in _COLUMNS]
    if folding:
        titles.append("in the engine")
        for row, cells in zip(events[-1]["rows"], rows, strict=True):
            cells.append(_cell(folding[-1]["layers"].get(row["path"])))
    return f"<h3>{len(rows)} normalisation layers</h3>" + _table(titles, rows)


def _extent(value: Any) -> Any:
    """The range of a statistic, and how many of its values are not finite."""
    if not isinstance(value, dict):
        return value
    extent: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    text = "nothing finite" if extent["min"] is None else f"{extent['min']:.4g} .. {extent['max']:.4g}"
    bad = [f"{extent[kind]} {word}" for kind, word in (("nan", "NaN"), ("inf", "Inf")) if extent[kind]]
    return ", ".join([text, *bad])


def _tree(one: Verified) -> str:
    events = one.result.of("model")
    if not events:
        return ""
    blamed = {event["module"] for event in one.result.of("finding") if event["module"]}
    rows: list[str] = []
    for layer in events[-1]["layers"]:
        depth = layer["path"].count(".") + bool(layer["path"])
        name = layer["path"].rpartition(".")[2] or "model"
        built = f"{Path(layer['built'][0]).name}:{layer['built'][1]}" if layer["built"] else ""
        mark = ' class="blamed"' if layer["path"] in blamed else ""
        text = f"{escape(name)}: {escape(layer['class'].removeprefix('torch.nn.'))}"
        rows.append(
            f'<li{mark} style="padding-left:{depth * 1.5}rem">{text} <span class="dim">{escape(built)}</span></li>'
        )
    return (
        f"<details><summary>Model: {len(rows)} modules</summary>"
        f'<div class="scroll"><ul class="tree">{"".join(rows)}</ul></div></details>'
    )


def _log(events: list[Event]) -> str:
    lines = [f"[{e['stage']}] {e['source']} {e['severity']}: {e['text']}" for e in events]
    if not lines:
        return ""
    return f"<details><summary>Log: {len(lines)} messages</summary><pre>{escape(chr(10).join(lines))}</pre></details>"
