"""`bn-lint inspect`: the BatchNorm layers of a checkpoint or a model, and what is wrong with them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from bn_lint.cli.app import EXIT_CLEAN, EXIT_FINDINGS
from bn_lint.cli.console import table_console
from bn_lint.engine.errors import UserError
from bn_lint.verify import client
from bn_lint.verify.checkpoint import norms, reading
from bn_lint.verify.checkpoint.declared import declared
from bn_lint.verify.checkpoint.norms import Declared, Norm
from bn_lint.verify.checkpoint.tensors import Extent
from bn_lint.verify.interpreter import choose

_TARGET = re.compile(r".+\.pyw?:\d+|.+::.+|[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(.*\))?", re.DOTALL)


@click.command("inspect")
@click.argument("what", metavar="CHECKPOINT|TARGET")
@click.option("--source", metavar="PATH", help="Compare with the model in FILE.py or FILE.py::NAME. Runs nothing.")
@click.option("--model", metavar="TARGET", help="Compare with this model, built as verify does: this runs its code.")
@click.option("--python", metavar="PATH", help="The interpreter that holds torch.")
@click.option("--timeout", type=float, default=600.0, show_default=True, help="Seconds that building a model may take.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    what: str, source: str | None, model: str | None, python: str | None, timeout: float, output_format: str
) -> int:
    """List every BatchNorm with its settings and statistics.

    A CHECKPOINT is a .safetensors file, its index of shards, a folder that holds them, or a file of torch.save. Nothing
    in it is executed. A TARGET (path.py::Class, package.module:name) is built, which runs its code.

    Exit status: 0 sound, 1 problems (values that are not finite, a variance of 0, statistics that were never trained,
    tensors that do not fit the model), 2 error.
    """
    others: list[str] = []
    if Path(what).suffix == ".py":
        raise UserError(f"{what}: name what to build, such as {what}::Class")
    if not Path(what).exists() and _TARGET.fullmatch(what):
        if source or model:
            raise UserError("--source and --model compare a checkpoint with a model; give a checkpoint")
        found = norms.of_model(_built(what, python, timeout))
    else:
        found = reading.norms(Path(what), python)
        if model or source:
            others = _compare(found, source, model, python, timeout)
    if output_format == "json":
        rows = {"norms": [norm.as_dict() for norm in found], "problems": others}
        click.echo(json.dumps(rows, indent=2, allow_nan=False))
    else:
        _print(what, found, others)
    return EXIT_FINDINGS if others or any(norm.problems for norm in found) else EXIT_CLEAN


def _compare(found: list[Norm], source: str | None, model: str | None, python: str | None, timeout: float) -> list[str]:
    if model:
        built = _built(model, python, timeout)
        wanted = {
            row["path"]: Declared(
                row["class"],
                row["num_features"],
                row["eps"],
                row["momentum"],
                row["affine"],
                row["track_running_stats"],
            )
            for row in built
        }
    else:
        assert source is not None
        wanted = declared(source, [norm.path for norm in found])
    groups = dict.fromkeys(norm.group for norm in found) or {"": None}
    told = [norms.compare([norm for norm in found if norm.group == group], wanted) for group in groups]
    return list(dict.fromkeys(problem for problems in told for problem in problems))


def _built(target: str, python: str | None, timeout: float) -> list[dict[str, Any]]:
    """The rows that verify's worker tells of a model that it has built and not run."""
    interpreter = choose(python, Path.cwd())
    try:
        result = client.run(
            {"target": target, "until": "import"}, python=interpreter, limits=client.Limits(timeout=timeout)
        )
    except client.InterpreterError as error:
        raise UserError(str(error)) from None
    for event in result.of("problem"):
        raise UserError(event["message"])
    rows = result.of("norms")
    if not rows:
        raise UserError(f"{target}: building the model ended early ({result.ended.value}); `bn-lint verify` tells more")
    return rows[0]["rows"]


def _print(what: str, found: list[Norm], others: list[str]) -> None:
    console = table_console()
    if not found:
        console.print(Text(f"{what}: no layer with running statistics"))
    else:
        console.print(_table(found))
    for norm in found:
        for words, style in ((norm.problems, "bold red"), (norm.notes, "bold yellow")):
            for line in words:
                console.print(Text.assemble((_name(norm), style), f": {line}"), soft_wrap=True)
    for line in others:
        console.print(Text(line, "bold red"), soft_wrap=True)
    wrong = sum(bool(norm.problems) for norm in found)
    if found:
        layers = f"{len(found)} layer{'s' * (len(found) != 1)}"
        console.print(Text(f"{layers}, {wrong or 'none'} with problems."))


def _table(found: list[Norm]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    with_class = any(norm.cls for norm in found)
    headings = (
        ["layer", "class", "channels", "eps", "momentum", "affine"] if with_class else ["layer", "channels", "affine"]
    )
    headings += ["dtype", "running_mean", "running_var", "weight", "bias", "batches", "trained"]
    for heading in headings:
        table.add_column(heading, overflow="fold", justify="right" if heading in ("channels", "batches") else "left")
    for norm in found:
        cells = {
            "layer": _name(norm),
            "class": norm.cls,
            "channels": _shown(norm.num_features),
            "eps": _shown(norm.eps),
            "momentum": _shown(norm.momentum),
            "affine": _shown(norm.affine),
            "dtype": norm.dtype,
            "running_mean": _range(norm.running_mean),
            "running_var": _range(norm.running_var),
            "weight": _range(norm.weight),
            "bias": _range(norm.bias),
            "batches": _shown(norm.num_batches_tracked),
            "trained": _shown(norm.trained),
        }
        style = "red" if norm.problems else "yellow" if norm.notes else None
        table.add_row(*(Text(cells[heading]) for heading in headings), style=style)
    return table


def _name(norm: Norm) -> str:
    path = norm.path or "(the model itself)"
    return f"{norm.group}: {path}" if norm.group else path


def _shown(value: float | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _range(extent: Extent | None) -> str:
    if extent is None:
        return "-"
    words = [] if extent.min is None or extent.max is None else [f"{extent.min:.3g} .. {extent.max:.3g}"]
    words += [f"{extent.nan} NaN"] * bool(extent.nan) + [f"{extent.inf} inf"] * bool(extent.inf)
    return ", ".join(words)
