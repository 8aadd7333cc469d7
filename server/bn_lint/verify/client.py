"""Runs the worker and guards it: time, memory, cancellation, crashes. Standard library only.

`run` is the whole interface: a request in, events out, and never a process left behind.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Event = dict[str, Any]
_WORKER = Path(__file__).parent / "worker"
_MARK = "BN_LINT_WORKER"
_TICK_S = 0.05
_STDERR_KEPT = 64 * 1024
# How often the processes that the worker has started are looked for, where memory is limited.
_TICKS_PER_SEARCH = 10


class Ended(enum.Enum):
    """How a run came to its end."""

    DONE = "done"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CANCELLED = "cancelled"
    CRASHED = "crashed"


@dataclass
class Result:
    """What a run gave. `stage` is where it was when it ended, `status` the exit status of the process.

    `running` is the Python stack at that moment, outermost first, as (file, line, function), where it is known.
    """

    ended: Ended
    events: list[Event] = field(default_factory=list[Event])
    stage: str = "import"
    status: int | None = None
    stderr: str = ""
    seconds: float = 0.0
    running: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])

    def of(self, kind: str) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if event["event"] == kind]


class InterpreterError(Exception):
    """The interpreter cannot be started. One line with the remedy."""


@dataclass(frozen=True)
class Limits:
    """`timeout` in seconds for one request, `memory` in bytes of resident memory of the worker and its children."""

    timeout: float = 600.0
    memory: int | None = None


def run(
    request: Mapping[str, Any],
    *,
    python: str = sys.executable,
    limits: Limits = Limits(),
    on_event: Callable[[Event], None] = lambda event: None,
    cancelled: Callable[[], bool] = lambda: False,
    cwd: str | None = None,
) -> Result:
    """Verify one request in a process of its own.

    `on_event` is called in this thread for each event as it comes; `cancelled` is asked about 20 times a second.
    Raises InterpreterError when `python` cannot be started.
    """
    with Session(python, cwd=cwd) as session:
        return session.run(request, limits=limits, on_event=on_event, cancelled=cancelled)


class Session:
    """A worker process that answers several requests one after the other; gone after the first that ends badly."""

    def __init__(self, python: str = sys.executable, *, cwd: str | None = None) -> None:
        self.python = python
        self._cwd = cwd
        self._mark = uuid.uuid4().hex
        self._process: subprocess.Popen[bytes] | None = None
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._stderr = bytearray()
        self._readers: list[threading.Thread] = []

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self,
        request: Mapping[str, Any],
        *,
        limits: Limits = Limits(),
        on_event: Callable[[Event], None] = lambda event: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Result:
        """Send one request and wait for its end, or bring it about."""
        process = self._start()
        start = time.monotonic()
        result = Result(Ended.CRASHED)
        extra = {} if sys.platform == "linux" else {"address_space": limits.memory}
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({**request, **extra}).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            pass  # it has ended already: reading tells how
        try:
            result.ended = self._wait(process, result, start, limits, on_event, cancelled)
        except BaseException:
            self.kill()
            raise
        if result.ended in (Ended.TIMEOUT, Ended.CANCELLED, Ended.MEMORY):
            _dump_stack(process)
        if result.ended is not Ended.DONE:
            self.kill()
            result.status = process.returncode
        result.stderr = bytes(self._stderr).decode(errors="replace")
        result.running = _running(result.stderr)
        result.seconds = time.monotonic() - start
        return result

    def close(self) -> None:
        """Let the worker leave, and see that nothing of it stays."""
        process = self._process
        if process is None:
            return
        try:
            assert process.stdin is not None
            process.stdin.write(b'{"request": "exit"}\n')
            process.stdin.close()
            process.wait(5)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            pass
        self.kill()

    def kill(self) -> None:
        """Kill the worker, its process group, and whatever else it has started."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.poll() is None or os.name == "posix":
            _kill_group(process)
        for pid in _marked(self._mark):
            _kill(pid)
        process.wait()
        for reader in self._readers:
            reader.join(2)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        if self._process is not None:
            self.kill()
        environment = {**os.environ, _MARK: self._mark, "PYTHONUNBUFFERED": "1"}
        try:
            process = subprocess.Popen(
                [self.python, os.fspath(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=self._cwd,
                start_new_session=True,
            )
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise InterpreterError(
                f"{self.python}: the interpreter cannot be started: {why}; name one that has torch with --python"
            ) from None
        self._process = process
        self._events = queue.Queue()
        self._stderr = bytearray()
        self._readers = [
            threading.Thread(target=_read_events, args=(process.stdout, self._events), daemon=True),
            threading.Thread(target=_keep_tail, args=(process.stderr, self._stderr), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        return process

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        result: Result,
        start: float,
        limits: Limits,
        on_event: Callable[[Event], None],
        cancelled: Callable[[], bool],
    ) -> Ended:
        ticks = 0
        started: list[int] = []
        while True:
            try:
                event = self._events.get(timeout=_TICK_S)
            except queue.Empty:
                event = {}
                ticks += 1
            if event is None:
                # The line is closed: the worker has ended, or is about to.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
                return Ended.CRASHED
            if event:
                result.events.append(event)
                if event["event"] == "stage" and event["state"] == "started":
                    result.stage = event["stage"]
                on_event(event)
                if event["event"] == "out-of-memory":
                    return Ended.MEMORY
                if event["event"] == "done":
                    return Ended.DONE
            if cancelled():
                return Ended.CANCELLED
            if time.monotonic() - start > limits.timeout:
                return Ended.TIMEOUT
            if limits.memory is not None:
                if ticks % _TICKS_PER_SEARCH == 0:
                    started = _marked(self._mark)
                if _resident({process.pid, *started}) > limits.memory:
                    return Ended.MEMORY


def _read_events(stream: Any, events: queue.Queue[Event | None]) -> None:
    for line in stream:
        try:
            event: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            events.put(event)  # pyright: ignore[reportUnknownArgumentType]
    events.put(None)


def _keep_tail(stream: Any, tail: bytearray) -> None:
    """Drain a stream, however much comes, and keep its end."""
    while chunk := stream.read1(65536):
        tail += chunk
        if len(tail) > 2 * _STDERR_KEPT:
            del tail[:-_STDERR_KEPT]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _marked(mark: str) -> list[int]:
    """The processes that carry the worker's mark in their environment, also those that have left its group (Linux)."""
    wanted = f"{_MARK}={mark}".encode()
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/environ") if sys.platform == "linux" else ():
        try:
            if wanted in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def _resident(pids: Iterable[int]) -> int:
    """Bytes of resident memory of some processes (Linux; elsewhere 0)."""
    total = 0
    for pid in pids if sys.platform == "linux" else ():
        try:
            fields = Path(f"/proc/{pid}/statm").read_text().split()
        except OSError:
            continue
        total += int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def _dump_stack(process: subprocess.Popen[bytes]) -> None:
    """Have the worker print where it stands."""
    if hasattr(signal, "SIGUSR1") and process.poll() is None:
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.2)


def _running(stderr: str) -> list[tuple[str, int, str]]:
    """The frames of the main thread in faulthandler's last report, outermost first."""
    import re

    reports = re.split(r"^(?=(?:Current thread|Thread) 0x)", stderr, flags=re.MULTILINE)
    frames: list[tuple[str, int, str]] = []
    for report in reports[1:]:
        found = [
            (file, int(line), function)
            for file, line, function in re.findall(r'^  File "([^"]+)", line (\d+) in (\S+)', report, re.MULTILINE)
        ]
        # The main thread is the one that answers requests.
        if any(function == "_answer" for _, _, function in found):
            frames = found[::-1]
    return frames


def interpreters(start: Path) -> Sequence[str]:
    """Interpreters worth asking, the likeliest first: the environment's, the project's, this one."""
    found: list[str] = []
    names = ("bin/python", "Scripts/python.exe")
    folders = [Path(os.environ[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if os.environ.get(name)]
    for folder in (start, *start.parents):
        folders += [folder / ".venv", folder / "venv"]
    for folder in folders:
        for name in names:
            if (folder / name).is_file():
                found.append(os.fspath(folder / name))
    return list(dict.fromkeys([*found, sys.executable]))
