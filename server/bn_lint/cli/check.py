"""`bn-lint check`: lint files and folders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from bn_lint.cli.app import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from bn_lint.engine.check import FileReport, cached_settings, check_source, read_source
from bn_lint.engine.discovery import SettingsFor, discover
from bn_lint.engine.errors import UserError
from bn_lint.engine.fixing import Fixed, fix_all, write_atomically
from bn_lint.engine.parallel import check_files, cores
from bn_lint.engine.settings import Settings, read_settings
from bn_lint.model.workspace import Workspace
from bn_lint.report import FORMATS, MACHINE_FORMATS
from bn_lint.source.text import SourceText, UndecodableSource


def _jobs(_: click.Context, __: click.Parameter, value: int | None) -> int:
    if value is not None and value < 1:
        raise UserError(f"--jobs: {value} is less than 1")
    return value or cores()


def _codes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: apply the unsafe fixes too.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--select", multiple=True, callback=_codes, metavar="CODES", help="Only these rules (or prefixes).")
@click.option("--extend-select", multiple=True, callback=_codes, metavar="CODES", help="These rules as well.")
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODES", help="Without these rules.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out files (gitignore pattern).")
@click.option("--force-exclude", is_flag=True, help="Honour excludes for files that are named, too.")
@click.option("--config", type=click.Path(path_type=Path), help="Read this pyproject.toml only.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
@click.option(
    "--output-format",
    type=click.Choice(list(FORMATS)),
    default="full",
    show_default=True,
    help="How to print.",
)
@click.option("--stdin-filename", type=click.Path(path_type=Path), help="With `-`: the name of that text.")
@click.option("-j", "--jobs", type=int, callback=_jobs, help="So many processes at most.  [default: one per core]")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even with findings.")
@click.option("-q", "--quiet", is_flag=True, help="No summary.")
def command(
    paths: tuple[Path, ...],
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
    force_exclude: bool,
    config: Path | None,
    isolated: bool,
    output_format: str,
    stdin_filename: Path | None,
    jobs: int,
    exit_zero: bool,
    quiet: bool,
) -> int:
    """Lint files and folders (default: the current folder; `-` reads the standard input).

    Exit status: 0 clean, 1 findings, 2 error.
    """
    override = partial(Settings.override, select=select, ignore=ignore, extend_select=extend_select, exclude=exclude)
    settings_for = _settings_for(config, isolated, override)
    workspace = Workspace()
    fixed: list[Fixed] = []
    errors: list[UserError] = []
    sources = _sources(paths, stdin_filename, settings_for, force_exclude, errors)
    if fix or diff:
        for path, source in sources:
            # In one process: what a fix has changed is seen by the next file.
            check = _checker(path, settings_for(path), workspace)
            fixed.append(fix_all(check(source), check, unsafe=unsafe_fixes))
    else:
        for report in check_files([(path, source, settings_for(path)) for path, source in sources], jobs):
            if isinstance(report, UserError):
                errors.append(report)
            else:
                fixed.append(Fixed(report, report.source, 0))

    out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)
    reports = [one.report for one in fixed]
    from_stdin = paths == (Path("-"),)
    if diff:
        out.print("".join(one.diff() for one in fixed), end="", markup=False, highlight=False)
    elif fix and from_stdin:
        out.file.write(reports[0].source.text)
    else:
        for one in fixed:
            if one.changed:
                write_atomically(one.report.path, one.report.source)
        FORMATS[output_format](reports, out)
    for error in errors:
        click.echo(f"bn-lint: {error}", err=True)
    if not quiet and output_format not in MACHINE_FORMATS:
        err.print(_summary(reports, sum(one.applied for one in fixed), diff), highlight=False)
    if errors:
        return EXIT_ERROR
    left = any(one.changed for one in fixed) if diff else any(report.diagnostics for report in reports)
    return EXIT_FINDINGS if left and not exit_zero else EXIT_CLEAN


def _settings_for(config: Path | None, isolated: bool, override: Callable[[Settings], Settings]) -> SettingsFor:
    if isolated:
        settings = override(Settings(root=Path.cwd()))
    elif config is not None:
        read = read_settings(config.absolute())
        assert read is not None
        settings = override(read)
    else:
        return cached_settings(override)
    return lambda _: settings


def _checker(path: Path, settings: Settings, workspace: Workspace) -> Callable[[SourceText], FileReport]:
    return lambda source: check_source(path, source, settings, workspace)


def _sources(
    paths: tuple[Path, ...],
    stdin_filename: Path | None,
    settings_for: SettingsFor,
    force_exclude: bool,
    errors: list[UserError],
):
    """The texts to check, with their paths. What cannot be read is added to `errors`; the rest goes on."""
    if paths == (Path("-"),):
        try:
            yield stdin_filename or Path("stdin.py"), SourceText.decode(sys.stdin.buffer.read())
        except UndecodableSource as error:
            raise UserError(f"standard input: {error}") from None
        return
    files: list[Path] = []
    for path in paths or (Path(),):
        try:
            files += discover([path], settings_for, force_exclude=force_exclude)
        except UserError as error:
            errors.append(error)
    for file in dict.fromkeys(files):
        try:
            yield file, read_source(file)
        except UserError as error:
            errors.append(error)


def _summary(reports: list[FileReport], applied: int, diff: bool) -> str:
    found = [d for report in reports for d in report.diagnostics]
    fixes = f"{applied} fix{'es' * (applied != 1)}"
    if diff:
        return f"Would apply {fixes}." if applied else "Nothing to fix."
    parts: list[str] = []
    if applied:
        parts.append(f"Applied {fixes}.")
    if not found:
        files = len(reports)
        parts.append(f"No findings in {files} file{'s' * (files != 1)}.")
    else:
        fixable = sum(d.fix is not None and d.fix.safe for d in found)
        parts.append(f"Found {len(found)} problem{'s' * (len(found) != 1)}.")
        if fixable:
            parts.append(f"[*] {fixable} fixable with --fix.")
    return " ".join(parts)
