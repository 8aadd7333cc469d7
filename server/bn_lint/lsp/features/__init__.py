"""What the server can do, one module a feature. Each has `register`, called when the client has introduced itself."""

from __future__ import annotations

from collections.abc import Callable

from bn_lint.lsp.features import (
    code_actions,
    code_lens,
    diagnostics,
    hover,
    inlay_hints,
    settings,
    symbols,
    verify,
    workspace,
)
from bn_lint.lsp.server import BnLintServer

REGISTER: tuple[Callable[[BnLintServer], None], ...] = (
    settings.register,
    diagnostics.register,
    code_actions.register,
    hover.register,
    inlay_hints.register,
    code_lens.register,
    verify.register,
    workspace.register,
    symbols.register,
)
