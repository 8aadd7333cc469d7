"""`bn-lint server`: the language server."""

from __future__ import annotations

import click


@click.command("server")
def command() -> None:
    """Start the language server on standard input and output."""
    from bn_lint.lsp.server import serve

    serve()
