"""`bn-lint debug`: what bn-lint itself saw and did, for those who work on it or wonder about its silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bn_lint.cli import exports
from bn_lint.cli.app import EXIT_CLEAN, EXIT_FINDINGS
from bn_lint.engine.check import cached_settings, read_source
from bn_lint.engine.discovery import discover
from bn_lint.model import coverage
from bn_lint.model.coverage import Coverage, Site
from bn_lint.model.workspace import Workspace
from bn_lint.source.relevance import may_matter


@click.group()
def command() -> None:
    """Show what bn-lint saw and did."""


@command.command("coverage")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show_coverage(paths: tuple[Path, ...], output_format: str) -> None:
    """For every BatchNorm: was its input seen, under how many entries, and if not, what stopped the evaluator.

    PATHS are files and folders (default: the current folder).
    """
    settings_for = cached_settings(lambda settings: settings)
    workspace = Workspace()
    found: list[tuple[Path, Coverage]] = []
    for path in discover(list(paths) or [Path()], settings_for):
        source = read_source(path)
        if may_matter(source.text):
            found.append((path, coverage.of_file(workspace, workspace.open(path, source))))
    if output_format == "json":
        click.echo(json.dumps(_as_json(found), indent=1))
    else:
        click.echo(_as_text(found))


@command.command("lsp-replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--timeout", type=float, default=60.0, show_default=True, help="Seconds to wait for an answer.")
def lsp_replay(file: Path, timeout: float) -> int:
    """Say to a fresh language server what FILE holds.

    FILE is made by `bn-lint server --record FILE`, or is VS Code's output with "bn-lint.trace.server": "verbose".

    Exit status: 0 when every request was answered and the server ended well, 1 otherwise, 2 error.
    """
    from bn_lint.lsp.replay import replay

    result = replay(file, patience=timeout)
    for step in result.steps:
        told = "" if step.error is None else f"  ERROR {step.error}"
        click.echo(f"{step.seconds * 1000:8.1f} ms  {step.method}{told}")
    click.echo(f"{len(result.steps)} messages, {len(result.errors)} errors, exit status {result.status}")
    return EXIT_FINDINGS if result.errors or result.status != 0 else EXIT_CLEAN


@command.command("exports")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show_exports(output_format: str) -> None:
    """For every export, convert and quantization call that is known: what it does to a model in the wrong mode."""
    table = exports.rows()
    click.echo(json.dumps(table, indent=1) if output_format == "json" else exports.as_markdown(table))


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"


def _totals(found: list[tuple[Path, Coverage]]) -> dict[str, int]:
    sites = [site for _, each in found for site in each.sites]
    return {
        "sites": len(sites),
        "sites_seen": sum(site.seen for site in sites),
        "sites_given": sum(site.given for site in sites),
        "layers": sum(each.layers for _, each in found),
        "layers_verified": sum(each.verified for _, each in found),
    }


def _as_json(found: list[tuple[Path, Coverage]]) -> dict[str, Any]:
    sites = [{"path": str(path), **_site_json(site)} for path, each in found for site in each.sites]
    return {"sites": sites, "summary": _totals(found)}


def _site_json(site: Site) -> dict[str, Any]:
    start, _ = site.at.span
    position = site.at.piece.file.source.position(start)
    return {
        "line": position.line,
        "column": position.column + 1,
        "call": site.at.text,
        "state": site.state.value,
        "seen": site.seen,
        "entries": list(site.entries),
        "reason": site.reason,
    }


def _as_text(found: list[tuple[Path, Coverage]]) -> str:
    lines: list[str] = []
    for path, each in found:
        for site in each.sites:
            told = f"{site.state.value}, {len(site.entries)} entries" if site.entries else site.state.value
            reason = f": {site.reason}" if site.reason else ""
            lines.append(f"{path}:{site.at.line}: {told}{reason}")
    totals = _totals(found)
    lines.append(f"Construction sites seen: {_share(totals['sites_seen'], totals['sites'])}.")
    if totals["sites_given"]:
        lines.append(f"Not seen, but given no BatchNorm by any entry: {totals['sites_given']}.")
    lines.append(f"BatchNorm layers of factories verified: {_share(totals['layers_verified'], totals['layers'])}.")
    return "\n".join(lines)
