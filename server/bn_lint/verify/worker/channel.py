"""The private line to the parent: one JSON object a line.

The worker's own standard streams are moved away before any of the user's code runs: what the model prints goes to
standard error, what it reads is empty, and neither can disturb the line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any


class Channel:
    """Sends events, receives requests. Ends the whole process group when the parent has gone."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._out = os.dup(1)
        self._in = os.dup(0)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        sys.stdin = os.fdopen(0, closefd=False)
        self._requests: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        threading.Thread(target=self._read, name="bn-lint requests", daemon=True).start()

    def send(self, event: str, **fields: Any) -> None:
        """Send one event. Silent in a child that the user's code has forked."""
        if os.getpid() != self._pid:
            return
        line = json.dumps({"event": event, **fields}, default=str).encode() + b"\n"
        with self._lock:
            view = memoryview(line)
            while view:
                view = view[os.write(self._out, view) :]

    def requests(self) -> Iterator[dict[str, Any]]:
        """The parent's requests, until it says that there are no more."""
        while (request := self._requests.get()) is not None:
            yield request

    def leave_if_forked(self) -> None:
        """End a process that the user's code has forked and that came back here as if it were the worker."""
        if os.getpid() != self._pid:
            os._exit(0)

    def _read(self) -> None:
        with open(self._in, "rb", closefd=False) as stream:
            for line in stream:
                request = json.loads(line)
                if request.get("request") == "exit":
                    self._requests.put(None)
                    return
                self._requests.put(request)
        # End of file without a word: the parent has died.
        if hasattr(os, "killpg") and os.getpgid(0) == self._pid:
            os.killpg(self._pid, signal.SIGKILL)
        os._exit(1)


class Silent:
    """Stands in for the channel where a part is only tried."""

    def send(self, event: str, **fields: Any) -> None:
        """Send nothing."""

    def leave_if_forked(self) -> None:
        """Stay."""
