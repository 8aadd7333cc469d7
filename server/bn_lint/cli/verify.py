"""`bn-lint verify`: compile a model for real, and put what goes wrong on its lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from bn_lint.cli.app import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from bn_lint.engine.errors import UserError
from bn_lint.engine.settings import find_settings
from bn_lint.report import FORMATS
from bn_lint.verify import client
from bn_lint.verify.comparison import comparison
from bn_lint.verify.diagnose import Verified, diagnose, merged
from bn_lint.verify.interpreter import choose
from bn_lint.verify.page import write_page
from bn_lint.verify.settings import Entry, entries, limits_of, request_of

_STATE_STYLE = {"passed": "green", "failed": "bold red", "skipped": "dim"}


@click.command("verify")
@click.argument("target", required=False)
@click.option("--input", "inputs", multiple=True, metavar="SHAPE", help="1x3x224x224[:float16] or name=1x16:int64.")
@click.option("--dynamic", multiple=True, metavar="AXIS=LOW..HIGH", help="An axis whose size varies, such as 0=1..8.")
@click.option("--backend", type=click.Choice(["auto", "onnx", "torch-tensorrt"]), default="auto", show_default=True)
@click.option("--target", "compute", metavar="SM", help="Build for sm75, sm80, sm86, sm89, sm120 or current.")
@click.option("--exporter", type=click.Choice(["dynamo", "torchscript"]), default="dynamo", show_default=True)
@click.option(
    "--precision",
    type=click.Choice(["float32", "float16", "bfloat16"]),
    default="float32",
    show_default=True,
    help="On a GPU: also build in this data type, and compare with float32.",
)
@click.option("--module", metavar="PATH", help="Verify only this submodule, with the inputs that the model gives it.")
@click.option("--python", metavar="PATH", help="The interpreter that holds torch.")
@click.option(
    "--compare-versions",
    multiple=True,
    metavar="PATH",
    help="Verify TARGET under this interpreter too, and print one table; may be given several times.",
)
@click.option("--timeout", type=float, default=600.0, show_default=True, help="Seconds until the run is stopped.")
@click.option("--memory", metavar="SIZE", help="Memory that the run may use, such as 8G.")
@click.option("--bisect", is_flag=True, help="Narrow a failure to the smallest submodule that still fails.")
@click.option("--timing", is_flag=True, help="On a GPU: also time what torch.compile makes of the model.")
@click.option("--no-lint", is_flag=True, help="Do not join the linter's findings on the same lines.")
@click.option(
    "--output-format",
    type=click.Choice([*FORMATS, "ndjson"]),
    default="full",
    show_default=True,
    help="How to print; ndjson prints the worker's events as they come.",
)
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Write verify.html into this folder.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def command(
    target: str | None,
    inputs: tuple[str, ...],
    dynamic: tuple[str, ...],
    backend: str,
    compute: str | None,
    exporter: str,
    precision: str,
    module: str | None,
    python: str | None,
    compare_versions: tuple[str, ...],
    timeout: float,
    memory: str | None,
    bisect: bool,
    timing: bool,
    no_lint: bool,
    output_format: str,
    report: Path | None,
    quiet: bool,
) -> int:
    """Build TARGET, export it, compile it with TensorRT, and compare the answers. This runs the model's code.

    TARGET is path.py::Class, path.py::factory(num_classes=10), package.module:name, or path.py:42, the line of an
    export call. Without it, every [[tool.bn-lint.verify]] entry of pyproject.toml is verified.

    Exit status: 0 passed, 1 findings, 2 error.
    """
    settings = find_settings(Path.cwd())
    if target is None:
        wanted = entries(settings)
        if not wanted:
            raise UserError(
                "name a TARGET, such as model.py::Net, or add [[tool.bn-lint.verify]] entries to pyproject.toml"
            )
    else:
        wanted = [
            Entry(
                target=target,
                input=list(inputs),
                dynamic=list(dynamic),
                backend=backend,
                compute=compute or "",
                exporter=exporter,
                precision=precision,
                timeout=timeout,
                memory=memory or "",
                timing=timing,
            )
        ]
    if compare_versions:
        wanted = [msgspec.structs.replace(e, python=p) for e in wanted for p in (python or e.python, *compare_versions)]
        python = None
    limits = [limits_of(entry) for entry in wanted]
    chatty = output_format == "full" and not quiet
    cwd = None if target is not None else str(settings.root)
    pythons: list[str] = []
    verified: list[Verified] = []
    sessions: dict[str, client.Session] = {}
    with ExitStack() as stack:
        for entry, limit in zip(wanted, limits, strict=True):
            interpreter = choose(python or entry.python, Path.cwd())
            pythons.append(interpreter)
            # One worker for all of them, unless memory is limited: what a model leaves behind is not the next one's.
            if interpreter not in sessions or limit.memory is not None:
                sessions[interpreter] = stack.enter_context(client.Session(interpreter, cwd=cwd))
            request = request_of(entry, module or "", bisect=bisect)
            verified.append(_one(request, sessions[interpreter], limit, output_format, chatty, lint=not no_lint))
    out = Console(soft_wrap=True)
    if compare_versions and output_format == "full":
        Console().print(comparison(pythons, verified))
    elif output_format != "ndjson":
        FORMATS[output_format](merged([r for one in verified for r in one.reports]), out)
    if report is not None:
        click.echo(f"report: {write_page(verified, report)}", err=True)
    for one in verified:
        if one.problem is not None:
            click.echo(f"bn-lint: {one.problem}", err=True)
    if chatty and not compare_versions:
        _summary(verified, Console(stderr=True))
    if any(one.problem is not None for one in verified):
        return EXIT_ERROR
    return EXIT_FINDINGS if any(one.failed for one in verified) else EXIT_CLEAN


def _one(
    request: dict[str, Any],
    session: client.Session,
    limits: client.Limits,
    output_format: str,
    chatty: bool,
    *,
    lint: bool,
) -> Verified:
    err = Console(stderr=True)
    with err.status(f"{request['target']}: starting {session.python}") as status:

        def show(event: client.Event) -> None:
            if output_format == "ndjson":
                print(json.dumps(event), flush=True)
            if event["event"] == "stage" and event["state"] == "started":
                status.update(f"{request['target']}: {event['stage']}")
            elif event["event"] == "progress":
                status.update(f"{request['target']}: {event['stage']}: {event['message']}")
            elif event["event"] == "stage" and chatty:
                err.print(_stage_line(event), highlight=False, soft_wrap=True)

        try:
            result = session.run(request, limits=limits, on_event=show)
        except client.InterpreterError as error:
            raise UserError(str(error)) from None
        show({"event": "ended", "target": request["target"], "how": result.ended.value, "seconds": result.seconds})
    return diagnose(request["target"], result, lint=lint)


def _stage_line(event: client.Event) -> str:
    state = event["state"]
    detail = event.get("reason") or _detail(event)
    seconds = f"{event['seconds']:.1f} s" if "seconds" in event else ""
    style = _STATE_STYLE[state]
    return f"  {event['stage']:<8} [{style}]{state:<7}[/] {seconds:>7}  [dim]{_escape(detail)}[/]".rstrip()


def _detail(event: client.Event) -> str:
    shown: dict[str, Callable[[Any], str]] = {
        "norms": lambda v: f"{v} normalisation layers",
        "inputs": lambda v: f"{v}{' (inferred)' if event.get('guessed') else ''}",
        "nodes": lambda v: f"{v} nodes",
        "difference": lambda v: f"largest difference {v:.2g} of {event['scale']:.2g}",
        "builder": lambda v: f"{v} for {event['target']}",
        "folded": lambda v: f"{v} of {v + event['apart']} BatchNorm layers folded",
        "gpu": str,
        "engine_ms": lambda v: f"engine {_milliseconds(v)}",
        "eager_ms": lambda v: f"eager {_milliseconds(v)}",
        "compiled_ms": lambda v: f"torch.compile {_milliseconds(v)}",
    }
    return ", ".join(show(event[key]) for key, show in shown.items() if key in event)


def _milliseconds(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.3g} ms"


def _escape(text: str) -> str:
    return text.replace("[", r"\[")


def _summary(verified: list[Verified], err: Console) -> None:
    for one in verified:
        seconds = f"{one.result.seconds:.1f} s"
        count = len(one.diagnostics)
        if one.problem is not None:
            verdict = "[bold red]NOT VERIFIED[/]"
        elif one.failed:
            verdict = f"[bold red]FAILED[/] with {count} finding{'s' * (count != 1)}"
        else:
            verdict = "[bold green]PASSED[/]"
        err.print(f"{verdict} in {seconds}: {_escape(one.target)}", highlight=False)
        for event in one.result.of("bisected"):
            err.print(_bisected(event, one.target), highlight=False)


def _bisected(event: client.Event, target: str) -> str:
    place = event["place"]
    where = f", built on {place['file']}:{place['line']}" if place else ""
    count = len(event["tried"])
    name = f"`{event['module']}`" if event["module"] else "the model itself"
    lines = [f"smallest part that fails: {name} ({event['cls']}){where}; found in {count} build{'s' * (count != 1)}"]
    if event["exhausted"]:
        lines.append("  the search stopped at its limit; a smaller part may fail too")
    if event["module"]:
        lines.append(f"  again: bn-lint verify '{target}' --module {event['module']}")
    return _escape("\n".join(lines))
