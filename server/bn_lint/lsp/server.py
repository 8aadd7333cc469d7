"""The language server over standard input and output."""

from __future__ import annotations

from pygls.lsp.server import LanguageServer

from bn_lint import __version__


def serve() -> None:
    """Answer one client until it says exit."""
    LanguageServer("bn-lint", __version__).start_io()
