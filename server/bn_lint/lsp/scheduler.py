"""One thread for the engine, which is not thread-safe. What is wanted most comes first, and long work gives way to it.

Python runs one thread at a time, so a second would win nothing. The event loop stays free for what needs no analysis.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from bn_lint.engine.interpreter import roomy
from bn_lint.model.frame import Cancelled

# Python 3.10 keeps Python's stack on C's, and models nest.
_STACK_BYTES = 256 << 20
# After so many seconds without work there is time to look for memory that nobody needs.
_IDLE = 2.0

T = TypeVar("T")


class Rank(IntEnum):
    """How much something is wanted. Questions and edits are taken in their order, of the others the newest first."""

    QUESTION = 0
    ANALYSIS = 1
    BACKGROUND = 2


@dataclass(eq=False)
class _Task:
    work: Callable[[], Any]
    cancel: threading.Event
    future: Future[Any]


class Scheduler:
    """Runs what is submitted. Work that is interrupted raises Cancelled; it is done again where it is still wanted."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Rank, int, _Task]] = []
        self._running: tuple[Rank, int, _Task] | None = None
        self._news = threading.Condition()
        self._numbers = count()
        self._closed = False
        before = threading.stack_size(_STACK_BYTES)
        try:
            threading.Thread(target=self._run, name="bn-lint engine", daemon=True).start()
        finally:
            threading.stack_size(before)

    def submit(self, rank: Rank, work: Callable[[], T], cancel: threading.Event | None = None) -> Future[T]:
        """Do something when nothing is wanted more; not at all, or no further, once `cancel` is set."""
        future: Future[T] = Future()
        task = _Task(work, cancel or threading.Event(), future)
        number = next(self._numbers)
        with self._news:
            heappush(self._waiting, (rank, number if rank is Rank.QUESTION else -number, task))
            self._news.notify()
        return future

    def interrupted(self) -> bool:
        """Whether the present work should stop: it is not wanted any more, or something else is wanted more."""
        now = self._running
        return now is not None and (
            now[2].cancel.is_set() or (bool(self._waiting) and self._waiting[0][:2] < now[:2]) or self._closed
        )

    def close(self) -> None:
        """Stop everything; returns at once."""
        with self._news:
            self._closed = True
            for _, _, task in self._waiting:
                task.future.cancel()
            self._news.notify()

    def _run(self) -> None:
        tidy = True
        while True:
            with self._news:
                called = self._news.wait_for(lambda: self._waiting or self._closed, None if tidy else _IDLE)
                if self._closed:
                    return
                self._running = heappop(self._waiting) if called else None
            tidy = self._running is None
            if self._running is not None:
                self._do(self._running)
                self._running = None
            else:
                # What evaluating leaves behind holds itself in circles, and there is a lot of it.
                gc.collect()

    @roomy
    def _do(self, entry: tuple[Rank, int, _Task]) -> None:
        task = entry[2]
        try:
            if task.cancel.is_set():
                raise Cancelled
            task.future.set_result(task.work())
        except Cancelled as error:
            if task.cancel.is_set() or self._closed:
                task.future.set_exception(error)
            else:
                with self._news:
                    heappush(self._waiting, entry)
        except BaseException as error:
            task.future.set_exception(error)
