"""`bn-lint doctor`: what is installed, what fits together, and what verify can do with it."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bn_lint import __version__
from bn_lint.cli.app import EXIT_CLEAN, EXIT_FINDINGS
from bn_lint.cli.console import table_console
from bn_lint.engine.errors import UserError
from bn_lint.verify.client import interpreters
from bn_lint.verify.doctor.judge import Verdict, abilities, can_build, fits
from bn_lint.verify.doctor.probe import Found, probe
from bn_lint.verify.doctor.versions import Defect, defects
from bn_lint.verify.interpreter import choose


@click.command("doctor")
@click.option("--python", metavar="PATH", help="The interpreter to look at; default: the likeliest that has torch.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(python: str | None, output_format: str) -> int:
    """Say what is installed, what of it fits together, what verify can do here, and why not.

    Exit status: 0 a model can be verified, 1 it cannot, or packages do not fit together, 2 error.
    """
    found = probe(_interpreter(python))
    fitting, able = fits(found), abilities(found)
    known = defects(found.packages)
    sound = can_build(able) and all(verdict.works for verdict in fitting)
    if output_format == "json":
        click.echo(json.dumps(_as_json(found, fitting, able, known), indent=2))
    else:
        _print(found, fitting, able, known, table_console())
    return EXIT_CLEAN if sound else EXIT_FINDINGS


def _interpreter(named: str | None) -> str:
    try:
        return choose(named, Path.cwd())
    except UserError:
        # None has torch: then the report says so, of the one that would be asked first.
        return interpreters(Path.cwd())[0]


def _as_json(
    found: Found, fitting: list[Verdict], able: list[Verdict], known: list[tuple[str, Defect]]
) -> dict[str, object]:
    return {
        "bn_lint": {"version": __version__, "python": platform.python_version()},
        **asdict(found),
        "gpus": found.gpus,
        "fits": [asdict(verdict) for verdict in fitting],
        "verify": [asdict(verdict) for verdict in able],
        "defects": [{"version": version, **asdict(defect)} for version, defect in known],
    }


def _print(
    found: Found, fitting: list[Verdict], able: list[Verdict], known: list[tuple[str, Defect]], console: Console
) -> None:
    console.print(Text(f"bn-lint {__version__} on Python {platform.python_version()}"))
    console.print(
        Text.assemble("looking at ", (found.executable, "bold"), f", Python {found.python}, {found.platform}")
    )
    _heading("Installed", console)
    console.print(_installed(found))
    if fitting:
        _heading("Fits together", console)
        _verdicts(fitting, console)
    _heading("verify", console)
    _verdicts(able, console)
    if known:
        _heading("Known of BatchNorm in these releases", console)
        for version, defect in known:
            silent = ("  silent", "bold red") if defect.silent else ""
            console.print(Text.assemble((f"  {defect.package} {version}", "bold"), silent, f": {defect.what}"))
            rules = f" ({', '.join(defect.rules)} of `bn-lint check` find the code)" if defect.rules else ""
            console.print(Text(f"      {defect.remedy}{rules}", "dim"))


def _installed(found: Found) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
    packages = dict(found.packages)
    covered = {_module(name) for name in packages}
    for module, about in found.modules.items():
        if module not in covered:
            packages[module.replace("_", "-")] = about.get("version") or "?"
    if not packages:
        table.add_row("nothing that verify uses")
    for name, version in packages.items():
        about = found.modules.get(_module(name), {})
        error = about.get("error")
        table.add_row(name, version, Text(f"cannot be imported: {error}", "red") if error else "")
    torch = found.modules.get("torch", {})
    if torch and "error" not in torch:
        table.add_row("CUDA of torch", torch.get("cuda") or "none: a build for the CPU", "")
    table.add_row("CUDA of the driver", found.driver or "no driver", "")
    for gpu in found.gpus:
        table.add_row("GPU", gpu["name"], f"compute capability {gpu['compute_capability']}")
    return table


def _module(package: str) -> str:
    return "torch_tensorrt" if package == "torch-tensorrt-rtx" else package.replace("-", "_")


def _heading(text: str, console: Console) -> None:
    console.print()
    console.print(Text(text, "bold underline" if console.is_terminal else ""))


def _verdicts(verdicts: list[Verdict], console: Console) -> None:
    for verdict in verdicts:
        answer = ("yes", "bold green") if verdict.works else ("no ", "bold red")
        console.print(Text.assemble("  ", answer, f"  {verdict.what}: {verdict.why}"))
        if verdict.remedy:
            console.print(Text(f"         {verdict.remedy}", "dim"))
