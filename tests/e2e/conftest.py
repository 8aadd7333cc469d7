"""What the tests with real editors share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Screenshots and logs of the last run (git-ignored).
OUT = ROOT / "tests" / "out"
# Seconds for one step in an editor. Generous: the machine may be busy with other things.
PATIENCE = 90

NeedTool = Callable[..., str]


@pytest.fixture
def need_tool() -> NeedTool:
    """Find the first of some executables, or skip the test."""

    def find(*names: str) -> str:
        for name in names:
            if (found := shutil.which(name)) is not None:
                return found
        pytest.skip(f"{names[0]} is not installed")

    return find


@pytest.fixture
def server_command() -> list[str]:
    """Starts the language server of this working tree."""
    return [sys.executable, "-m", "bn_lint", "server"]


@pytest.fixture
def editor_environment(tmp_path: Path) -> dict[str, str]:
    """See `private_environment`."""
    return private_environment(tmp_path / "home")


def private_environment(home: Path) -> dict[str, str]:
    """An environment in which an editor finds nothing of the person who runs the tests, and leaves nothing behind."""
    folders = {"HOME": home, "TMPDIR": home / "tmp", "XDG_RUNTIME_DIR": home / "run"}
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        folders[f"XDG_{name}_HOME"] = home / name.lower()
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    (home / "run").chmod(0o700)
    return os.environ | {name: str(folder) for name, folder in folders.items()} | {"LC_ALL": "C.UTF-8", "TERM": "dumb"}


def run_editor(command: Sequence[str], environment: dict[str, str], seconds: float = 2 * PATIENCE) -> str:
    """Run an editor to its end and return what it printed; fail if it does not exit with 0 in time.

    The editor leads a process group of its own, which is ended with it: no language server is left behind.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        end_group(process)
        output, _ = process.communicate()
        pytest.fail(f"{command[0]} took longer than {seconds} s:\n{output}")
    finally:
        end_group(process)
    assert process.returncode == 0, output
    return output


def end_group(process: subprocess.Popen[str]) -> None:
    """End a process and everything that it has started in its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
