"""Runs one of bn-lint's own scripts under the user's interpreter, which has no bn-lint."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bn_lint.engine.errors import UserError


def run_script(python: str, script: Path, arguments: Sequence[str], timeout: float) -> str:
    """Run a script to its end; what it has to say it writes to a file, for the user's packages may print anything.

    Returns "" where it ended well, else why it did not, in one line: its last words, a signal, or `timeout` seconds.
    Raises UserError where the interpreter cannot be started.
    """
    try:
        done = subprocess.run(
            [python, str(script), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(
            f"{python}: the interpreter cannot be started: {why}; name one that has torch with --python"
        ) from None
    except subprocess.TimeoutExpired:
        return f"not done after {timeout:g} seconds"
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    return ""
