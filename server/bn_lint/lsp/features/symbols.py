"""Document symbols: none. Kate asks without being told to, and logs an error if nobody answers."""

from __future__ import annotations

from lsprotocol import types as t

from bn_lint.lsp.server import BnLintServer


def register(server: BnLintServer) -> None:
    @server.feature(t.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbol(params: t.DocumentSymbolParams) -> list[t.DocumentSymbol]:  # pyright: ignore[reportUnusedFunction]
        return []
