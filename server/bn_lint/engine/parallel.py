"""Check files in several processes, with the reports that one process gives."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

from bn_lint.engine import interpreter
from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.errors import UserError
from bn_lint.engine.registry import all_rules
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.relevance import may_matter
from bn_lint.source.text import SourceText

# A process pays from so many files that matter on: each evaluates anew what its files import.
_EACH = 8
# Windows waits for no more at once.
_MOST = 60

Work = tuple[Path, SourceText, Settings]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def check_files(work: Sequence[Work], jobs: int) -> Iterable[FileReport | UserError]:
    """The reports in the order of the work; an error for a file whose process died. At most `jobs` processes."""
    costs = [len(source.text) if may_matter(source.text) else 1 for _, source, _ in work]
    jobs = min(jobs, sum(cost > 1 for cost in costs) // _EACH, _MOST)
    if jobs < 2:
        workspace = Workspace()
        return (check_source(*one, workspace) for one in work)
    return _spread(work, costs, jobs)


def _spread(work: Sequence[Work], costs: Sequence[int], jobs: int) -> list[FileReport | UserError]:
    all_rules()  # so that a fork has them imported
    settings = {id(its): replace(its) for _, _, its in work}  # without what they have cached
    done: dict[int, FileReport | UserError] = {}
    shares: list[list[int]] = [list(range(len(work))), *([] for _ in range(jobs - 1))]
    workers: dict[Connection[Any, Any], _Worker] = {}

    def start(share: list[int]) -> None:
        worker = _Worker(settings, share)
        workers[worker.connection] = worker
        go_on(worker)

    def go_on(worker: _Worker) -> None:
        if not worker.share:
            _take_half(worker.share, max(shares, key=lambda share: sum(costs[n] for n in share)), costs)
        if worker.share:
            worker.at = worker.share.pop()
            path, source, its = work[worker.at]
            with suppress(OSError):  # it has died, which reading from it will show
                worker.connection.send((path, source, id(its)))
        else:
            workers.pop(worker.connection).end()

    try:
        for share in shares:
            start(share)
        while workers:
            for ready in wait(list(workers)):
                worker = workers[cast("Connection[Any, Any]", ready)]
                path, source, _ = one = work[worker.at]
                try:
                    answer = worker.connection.recv()
                except (EOFError, OSError):
                    done[worker.at] = workers.pop(worker.connection).died(path)
                    start(worker.share)
                else:
                    # A check that failed fails here again, as it does in one process.
                    done[worker.at] = FileReport(path, source, *answer) if answer else check_source(*one, Workspace())
                    go_on(worker)
    finally:
        for worker in workers.values():
            worker.end()
    return [done[number] for number in range(len(work))]


def _take_half(mine: list[int], theirs: list[int], costs: Sequence[int]) -> None:
    """Move half of the cost of a share to an empty one: neighbours stay together, for they import the same.

    What costs most comes last, and is checked first, so that no process is left alone with it.
    """
    numbers = sorted(theirs)
    half, taken = sum(costs[n] for n in numbers) / 2, 0
    while taken < half:
        mine.append(numbers.pop())
        taken += costs[mine[-1]]
    theirs[:] = numbers
    for share in (mine, theirs):
        share.sort(key=lambda n: (costs[n], -n))


class _Worker:
    """A process that checks one file after another; `share` numbers those left to it, `at` is where it is."""

    def __init__(self, settings: dict[int, Settings], share: list[int]) -> None:
        # A fork starts at once, and is safe where no other thread can hold a lock.
        forks = sys.platform == "linux" and threading.active_count() == 1
        context = get_context("fork") if forks else get_context("spawn")
        self.share, self.at = share, -1
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, settings, forks and self.connection), daemon=True)
        heard = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited: Ctrl-C is for the first process alone
        try:
            self._process.start()
        finally:
            signal.signal(signal.SIGINT, heard)
        theirs.close()

    def end(self) -> None:
        self.connection.close()
        self._process.kill()
        self._process.join()

    def died(self, path: Path) -> UserError:
        self._process.join()
        code = self._process.exitcode or 0
        self.end()
        error = UserError(f"{path}: its check was killed (status {code}), perhaps for want of memory; try fewer --jobs")
        if code >= 0:  # by no signal: the next would end likewise
            raise error
        return error


def _serve(tasks: Connection[Any, Any], settings: dict[int, Settings], copy: Connection[Any, Any] | bool) -> None:
    if not isinstance(copy, bool):
        copy.close()  # a fork's copy of the other end: with it, reading would never end
    interpreter.set_up()
    workspace = Workspace()
    with suppress(EOFError, OSError):  # the first process is no more
        while True:
            path, source, key = tasks.recv()
            try:
                report = check_source(path, source, settings[key], workspace)
                answer = report.diagnostics, report.suppressed
            except Exception:
                answer = None
            tasks.send(answer)
