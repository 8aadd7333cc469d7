"""Work-done progress: shown by clients that can, nothing to the others."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any

from lsprotocol import types as t
from pygls.exceptions import JsonRpcException

from bn_lint.lsp.server import BnLintServer


class Progress:
    """One piece of work, as a context manager. `stop` is called when the user wants no more of it.

    `token` is the client's own where it has given one with its request.
    """

    def __init__(
        self, server: BnLintServer, title: str, stop: Callable[[], None], token: str | int | None = None
    ) -> None:
        self._server = server
        self._title = title
        self._stop = stop
        self._given = token
        self._token: str | int | None = None
        self._last = ""

    async def __aenter__(self) -> Progress:
        progress: Any = self._server.work_done_progress  # its futures have no types
        if self._given is not None:
            self._token = self._given
        elif self._server.client_can("window.work_done_progress"):
            self._token = str(uuid.uuid4())
            try:
                await progress.create_async(self._token)
            except JsonRpcException:  # it can, but does not want to
                self._token = None
        if self._token is not None:
            progress.begin(self._token, t.WorkDoneProgressBegin(title=self._title, cancellable=True))
            future = progress.tokens.get(self._token)
            if future is not None:
                future.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            progress: Any = self._server.work_done_progress
            progress.end(self._token, t.WorkDoneProgressEnd(message=self._last or None))
            progress.tokens.pop(self._token, None)  # pygls keeps it for ever

    def _ended(self, future: Any) -> None:
        if future.cancelled():
            self._stop()

    def report(self, message: str, percentage: int | None = None) -> None:
        """Say how far it is."""
        if self._token is not None:
            report = t.WorkDoneProgressReport(message=message, percentage=percentage)
            self._server.work_done_progress.report(self._token, report)

    def done(self, message: str) -> None:
        """What to say at the end."""
        self._last = message
