"""`bn-lint server`: the language server."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from bn_lint.engine.errors import UserError

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


def _address(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{value!r} is not HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


@click.command("server")
@click.option("--stdio", is_flag=True, help="Talk over standard input and output (the default).")
@click.option("--tcp", callback=_address, metavar="HOST:PORT", help="Wait for one client there instead.")
@click.option("--log-file", type=click.Path(path_type=Path), help="Write the log there instead of to standard error.")
@click.option(
    "--log-level", type=click.Choice(list(_LEVELS)), default="warning", show_default=True, help="What to log."
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Keep what the client says, for `bn-lint debug lsp-replay`. The file holds the text of open documents.",
)
def command(
    stdio: bool, tcp: tuple[str, int] | None, log_file: Path | None, log_level: str, record: Path | None
) -> int:
    """Start the language server.

    Exit status: 0 after shutdown and exit, 1 when the client left without a word, 2 error.
    """
    if stdio and tcp is not None:
        raise click.UsageError("--stdio and --tcp exclude each other")
    if record is not None and tcp is not None:
        raise click.UsageError("--record needs --stdio")
    _start_log(log_file, _LEVELS[log_level])
    from bn_lint.lsp.server import serve_stdio, serve_tcp

    orderly = serve_stdio(record) if tcp is None else serve_tcp(*tcp)
    return 0 if orderly else 1


def _start_log(file: Path | None, level: int) -> None:
    """Log to a file or to standard error: standard output belongs to the protocol."""
    try:
        handler = logging.StreamHandler(sys.stderr) if file is None else logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=level)
    # pygls logs each message that it sends at INFO, and what fails with a traceback: one line of ours says so.
    logging.getLogger("pygls").setLevel(logging.CRITICAL if level > logging.DEBUG else level)
