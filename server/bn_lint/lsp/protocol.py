"""pygls' protocol where it falls short: what cannot be understood is answered too, and commands can be cancelled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from cattrs import transform_error
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.language_server import _prepare_command_arguments  # pyright: ignore[reportPrivateUsage]


class CheckedProtocol(LanguageServerProtocol):
    """What a client says, checked before anything is done about it."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """JSON's reader calls this for every object in a message; a message is structured as a whole, below."""
        return data

    def handle_message(self, message: Any) -> None:
        """Answer a message, or do what it says."""
        said: dict[str, Any] = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
        try:
            if said.get("jsonrpc") != self.VERSION:
                raise _invalid("not a JSON-RPC 2.0 message")
            self._check_state(said.get("method"))
            structured = self._structured(said)
        except JsonRpcException as error:
            if "id" in said and "method" in said:
                self._send_response(said["id"], error=error.to_response_error())
            self._server.report_server_error(error, JsonRpcException)
        else:
            super().handle_message(structured)

    def _check_state(self, method: Any) -> None:
        if method is None or method == t.EXIT:
            return
        if self._shutdown:
            raise _invalid(f"{method} after shutdown")
        if method == t.INITIALIZE:
            if self._workspace is not None:
                raise _invalid("initialize for the second time")
        elif self._workspace is None:
            code = t.ErrorCodes.ServerNotInitialized.value
            raise JsonRpcException(f"{method} before initialize", code)

    def _structured(self, said: dict[str, Any]) -> Any:
        try:
            return super().structure_message(said)
        except JsonRpcException as error:
            cause = error.__cause__
            told = "; ".join(transform_error(cause)) if isinstance(cause, Exception) else ""
            raise JsonRpcException(f"{said.get('method')}: {told or error}", JsonRpcInvalidParams.CODE) from None

    @lsp_method(t.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, params: t.ExecuteCommandParams
    ) -> Any:
        """Run a command, as one coroutine that a cancelled request cancels."""
        handler = cast("dict[str, Callable[..., Any]]", self.fm.commands).get(  # pyright: ignore[reportUnknownMemberType]
            params.command
        )
        if handler is None:
            raise JsonRpcInvalidParams(f"there is no command {params.command!r}")
        params.arguments = params.arguments or []
        try:
            arguments, _ = _prepare_command_arguments(handler, params, self._converter)
        except Exception as error:
            raise JsonRpcInvalidParams(f"{params.command}: {error}") from None
        result = handler(*arguments)
        return await result if inspect.isawaitable(result) else result


def _invalid(message: str) -> JsonRpcException:
    return JsonRpcException(message, t.ErrorCodes.InvalidRequest.value)
