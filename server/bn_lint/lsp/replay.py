"""Record what a client says, and say it again to a fresh server: how a user's problem comes to a developer's machine.

A recording is the bytes that came in, frames and all. It holds the text of every document that was open. What VS Code
writes into its output panel when `bn-lint.trace.server` is `verbose` will do, too.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from bn_lint.engine.errors import UserError
from bn_lint.lsp.json_values import table

_LENGTH = re.compile(rb"Content-Length:\s*(\d+)", re.IGNORECASE)


# How vscode-jsonrpc writes a message that it sends or receives (TraceFormat.Text); a log channel puts the time before.
_TRACED = re.compile(
    r"\[Trace - [^\]\n]*\] (Sending|Received) (request|notification|response) '([^'\n]+?)(?: - \((\w+)\))?'[^\n]*\n"
)


class Recorder:
    """A stream that is read from, and a file that gets a copy."""

    def __init__(self, stream: BinaryIO, copy: BinaryIO) -> None:
        self._stream = stream
        self._copy = copy

    def readline(self) -> bytes:
        return self._kept(self._stream.readline())

    def read(self, size: int = -1) -> bytes:
        return self._kept(self._stream.read(size))

    def _kept(self, data: bytes) -> bytes:
        self._copy.write(data)
        self._copy.flush()
        return data


def recording(stream: BinaryIO, path: Path) -> BinaryIO:
    """The stream, recorded from here on. Raises UserError where the file cannot be written."""
    try:
        return cast(BinaryIO, Recorder(stream, path.open("wb")))
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None


def messages(data: bytes) -> Iterator[dict[str, Any]]:
    """The messages of a recording; one that was cut off ends it."""
    position = 0
    while True:
        end = data.find(b"\r\n\r\n", position)
        if end < 0:
            return
        length = _LENGTH.search(data, position, end)
        if length is None:
            raise UserError(f"byte {position}: no Content-Length: not a recording of `bn-lint server --record`")
        position = end + 4 + int(length[1])
        body = data[end + 4 : position]
        if len(body) < int(length[1]):
            return
        yield table(json.loads(body))


def traced(text: str) -> Iterator[dict[str, Any]]:
    """The client's messages in a verbose trace of VS Code."""
    position = 0
    while match := _TRACED.search(text, position):
        direction, kind, method, number = match.groups()
        position, value = match.end(), None
        if text.startswith(("Params: ", "Result: "), position):
            value, position = json.JSONDecoder().raw_decode(text, position + len("Params: "))
        elif method == "textDocument/didOpen":
            raise UserError('the trace has no parameters: set "bn-lint.trace.server" to "verbose" and try again')
        if direction == "Received":
            continue
        message: dict[str, Any] = {"jsonrpc": "2.0"}
        if number is not None:
            message["id"] = int(number) if number.isdigit() else number
        yield message | ({"result": value} if kind == "response" else {"method": method, "params": value})


def _said(data: bytes) -> list[dict[str, Any]]:
    """The messages in a file of either kind, with the greeting and the farewell that a part of a session lacks."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    if data.lstrip()[:15].lower() == b"content-length:" or not _TRACED.search(text):
        found = list(messages(data))
        if not found:
            told = "neither a recording of `bn-lint server --record` nor a log of VS Code"
            raise UserError(f'{told} with "bn-lint.trace.server": "verbose"')
    else:
        found = list(traced(text))
    methods = [message.get("method") for message in found]
    if "initialize" not in methods:
        hello: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
        found.insert(0, {"jsonrpc": "2.0", "id": "replay-1", "method": "initialize", "params": hello})
    if "shutdown" not in methods:
        found += [{"jsonrpc": "2.0", "id": "replay-2", "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"}]
    return found


@dataclass
class Step:
    """One recorded message, and what it led to."""

    method: str
    seconds: float = 0.0
    error: str | None = None


@dataclass
class Replay:
    """What a replay showed. `status` is the server's exit status."""

    steps: list[Step] = field(default_factory=list[Step])
    status: int | None = None

    @property
    def errors(self) -> list[Step]:
        return [step for step in self.steps if step.error is not None]


def replay(path: Path, *, patience: float = 60.0) -> Replay:
    """Say a recording to a fresh server: notifications at once, requests one after the other.

    What the server asks is answered as it was then. `patience` is how long to wait for an answer, in seconds. Raises
    UserError for a file that is no recording.
    """
    try:
        said = _said(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON: {error}") from None
    answers = deque(message.get("result") for message in said if "method" not in message)
    result = Replay()
    server = subprocess.Popen(
        [sys.executable, "-m", "bn_lint", "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    listener = _Listener(cast(BinaryIO, server.stdin), cast(BinaryIO, server.stdout), answers)
    listener.start()
    for message in said:
        method = message.get("method")
        if method is None:
            continue
        step = Step(str(method))
        result.steps.append(step)
        start = time.perf_counter()
        try:
            listener.send(message)
        except OSError:
            step.error = "the server has ended"
            break
        if "id" in message:
            step.error = listener.answer(message["id"], patience)
        step.seconds = time.perf_counter() - start
    with contextlib.suppress(OSError):
        server.stdin.close()
    try:
        result.status = server.wait(patience)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    return result


class _Listener(threading.Thread):
    """Reads what the server says, answers what it asks, and keeps its answers."""

    def __init__(self, to: BinaryIO, of: BinaryIO, answers: deque[Any]) -> None:
        super().__init__(daemon=True)
        self._to = to
        self._of = of
        self._answers = answers
        self._got: dict[Any, dict[str, Any]] = {}
        self._news = threading.Condition()
        self._writing = threading.Lock()
        self._ended = False

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        with self._writing:
            self._to.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self._to.flush()

    def run(self) -> None:
        while (line := self._of.readline()).strip():
            length = _LENGTH.match(line)
            while self._of.readline().strip():
                pass
            if length is None:
                break
            self._take(table(json.loads(self._of.read(int(length[1])))))
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            with self._news:
                self._got[message.get("id")] = message
                self._news.notify_all()
        elif "id" in message:
            answer = self._answers.popleft() if self._answers else None
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": answer})

    def answer(self, number: Any, patience: float) -> str | None:
        """Wait for the answer to a request. What is wrong with it, None where nothing is."""
        with self._news:
            self._news.wait_for(lambda: number in self._got or self._ended, patience)
            if number not in self._got:
                return "the server has ended" if self._ended else f"no answer in {patience:.0f} s"
            error = self._got[number].get("error")
        return None if error is None else str(table(error).get("message", error))
