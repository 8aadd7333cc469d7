"""`bn-lint check --jobs`: several processes say what one says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.test_check import RIGHT, WRONG


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """26 files that matter, half of them wrong, and one that cannot be read."""
    for number in range(26):
        place = tmp_path / "abc"[number % 3] / f"net{number}.py"
        place.parent.mkdir(exist_ok=True)
        place.write_text((WRONG, RIGHT)[number % 2] + "# Net\n" * (7 * number % 5))
    (tmp_path / "b" / "bad.py").write_bytes(b"x = '\xff'\n")
    return tmp_path


def test_the_same_from_three_processes(run: Run, folder: Path) -> None:
    one, forked = run("check", "-j", 1), run("check", "-j", 3)
    stop = threading.Event()
    threading.Thread(target=stop.wait).start()
    spawned = run("check", "-j", 3)  # beside a thread, nothing is forked
    stop.set()
    assert one == forked == spawned
    assert (one.status, one.out.count("BN101")) == (2, 13)


def test_no_processes_are_refused(run: Run) -> None:
    assert run("check", "-j", "0") == (2, "", "bn-lint: --jobs: 0 is less than 1\n")


SABOTAGED = """
import os, signal, sys, time
from bn_lint.cli import app
from bn_lint.engine import parallel

signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored below a shell's `&`
first, check = os.getpid(), parallel.check_source

def sabotaged(path, *others):
    if path.name == "net9.py" and os.getpid() != first:
        %s
    return check(path, *others)

parallel.check_source = sabotaged
sys.argv = ["bn-lint", "check", "-q", "-j", "2", "--output-format", "concise"]
app.main()
"""
forks = pytest.mark.skipif(sys.platform != "linux", reason="only a fork inherits the sabotage")


def _sabotaged(folder: Path, how: str) -> subprocess.Popen[str]:
    command, pipe = [sys.executable, "-c", SABOTAGED % how], subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


@forks
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise MemoryError", []),  # the first process does it again
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            ["bn-lint: a/net9.py: its check was killed (status -9), perhaps for want of memory; try fewer --jobs"],
        ),
    ],
)
def test_a_process_that_fails_costs_one_file_at_most(folder: Path, how: str, said: list[str]) -> None:
    process = _sabotaged(folder, how)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out.count("BN101")) == (2, 13)
    assert err.splitlines()[1:] == said


def _paused(folder: Path, seconds: int) -> tuple[subprocess.Popen[str], int]:
    """A run that is at one file for some seconds, and the number of the process that is."""
    process = _sabotaged(
        folder, f"open('at', 'w').write(str(os.getpid())); os.rename('at', 'here'); time.sleep({seconds})"
    )
    here = folder / "here"
    while not here.exists():
        assert process.poll() is None
        time.sleep(0.05)
    return process, int(here.read_text())


@forks
def test_ctrl_c_ends_every_process_at_once(folder: Path) -> None:
    process, worker = _paused(folder, 600)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "\n")
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@forks
def test_no_process_outlives_the_first(folder: Path) -> None:
    process, _ = _paused(folder, 1)
    process.kill()
    assert process.communicate(timeout=60) == ("", "")  # at the end of all that write there
