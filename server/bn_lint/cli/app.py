"""The `bn-lint` command: dispatch, exit status, and errors as one line."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from bn_lint import __version__
from bn_lint.engine import interpreter
from bn_lint.engine.errors import UserError

# Commands are imported when they are run: `bn-lint server` must not pay for rich, nor `check` for pygls.
_COMMANDS = {
    "check": "bn_lint.cli.check",
    "debug": "bn_lint.cli.debug",
    "rule": "bn_lint.cli.rule",
    "verify": "bn_lint.cli.verify",
    "inspect": "bn_lint.cli.inspect",
    "explain-log": "bn_lint.cli.explain_log",
    "doctor": "bn_lint.cli.doctor",
    "server": "bn_lint.cli.server",
}

EXIT_CLEAN, EXIT_FINDINGS, EXIT_ERROR = 0, 1, 2


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        return None if module is None else import_module(module).command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="bn-lint", message="%(prog)s %(version)s")
def app() -> None:
    """Finds BatchNorm problems in PyTorch source before they break, or silently spoil, a TensorRT engine."""


def main() -> NoReturn:
    """Run the command line. Exit status: 0 clean, 1 findings, 2 error."""
    interpreter.set_up()
    try:
        status = app.main(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(status if isinstance(status, int) else EXIT_CLEAN)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_ERROR)
    except UserError as error:
        click.echo(f"bn-lint: {error}", err=True)
        sys.exit(EXIT_ERROR)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # `bn-lint check | head`: the reader has gone. Keep Python from failing once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FINDINGS)
    except Exception as error:
        if os.environ.get("BN_LINT_TRACEBACK"):
            raise
        click.echo(f"bn-lint: internal error: {error!r}; please report it with BN_LINT_TRACEBACK=1's output", err=True)
        sys.exit(EXIT_ERROR)
