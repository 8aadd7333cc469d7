"""Code that does not behave: one clear line or finding each, and no process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bn_lint.verify.client import Ended, Limits, Result, Session, run
from bn_lint.verify.diagnose import Verified, diagnose

NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(4)

    def forward(self, x):
        return self.bn(x)
"""


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path: Path):
    """Whatever a test does, nothing that runs in its folder or carries the worker's mark outlives it."""
    yield
    assert _left(tmp_path) == []


def _left(folder: Path) -> list[str]:
    for _ in range(50):
        found = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if _works_in(pid, folder)]
        if not found:
            return []
        time.sleep(0.1)
    return [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in found]


def _works_in(pid: str, folder: Path) -> bool:
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(folder) and f"/proc/{pid}" != f"/proc/{os.getpid()}"
    except OSError:
        return False


LIMITS = Limits(120)


def _verify(folder: Path, code: str, python: str, limits: Limits = LIMITS) -> Verified:
    """Verify a text in a process of its own."""
    (folder / "model.py").write_text(code)
    result = run(_request("model.py"), python=python, limits=limits, cwd=str(folder))
    return diagnose("model.py::Net", result)


def _in(worker: Session, folder: Path, code: str, **request: object) -> Verified:
    """Verify a text in the worker that other tests use as well: what it does must not harm them."""
    (folder / "model.py").write_text(code)
    result = worker.run({**_request(str(folder / "model.py")), **request}, limits=LIMITS)
    return diagnose("model.py::Net", result)


def _request(file: str) -> dict[str, object]:
    return {"target": f"{file}::Net", "inputs": ["2x4x8x8"], "until": "eager"}


def _problem(verified: Verified) -> str:
    assert verified.problem is not None, verified.diagnostics
    assert "\n" not in verified.problem
    return verified.problem


def test_prints_megabytes_and_writes_to_standard_output(tmp_path: Path, torch_python: str) -> None:
    code = (
        "import os, sys\n"
        "for _ in range(3000):\n    print('x' * 1000)\n    sys.stderr.write('y' * 1000)\n"
        'os.write(1, b\'{"event": "done", "outcome": "passed"}\\n\' * 50)\n'
    )
    verified = _verify(tmp_path, code + NET, torch_python)
    assert verified.problem is None
    assert verified.result.of("done")[0]["findings"] == 0
    assert [e["state"] for e in verified.result.of("stage") if e["stage"] == "eager"] == ["started", "passed"]


def test_syntax_error(tmp_path: Path, worker: Session) -> None:
    assert "model.py:2: " in _problem(_in(worker, tmp_path, "x = 1\ndef f(:\n"))


def test_missing_module(tmp_path: Path, worker: Session) -> None:
    problem = _problem(_in(worker, tmp_path, "import surely_not_installed\n" + NET))
    assert "model.py:1: " in problem
    assert "No module named 'surely_not_installed'; install it for " in problem


def test_missing_data(tmp_path: Path, worker: Session) -> None:
    problem = _problem(_in(worker, tmp_path, NET + "\nclasses = open('classes.txt').read()\n"))
    assert "model.py:12: " in problem
    assert "classes.txt" in problem


def test_needs_arguments(tmp_path: Path, worker: Session) -> None:
    code = NET.replace("def __init__(self):", "def __init__(self, width, depth=2):")
    assert "Net needs arguments: write Net(width=...)" in _problem(_in(worker, tmp_path, code))


def test_exits_when_imported(tmp_path: Path, worker: Session) -> None:
    problem = _problem(_in(worker, tmp_path, "import sys\nsys.exit(3)\n"))
    assert "model.py:2: the code calls sys.exit(3) when it is imported" in problem


def test_exits_in_forward(tmp_path: Path, worker: Session) -> None:
    (finding,) = _in(worker, tmp_path, NET.replace("return self", "exit(1)\n        return self")).diagnostics
    assert (finding.code, finding.start.line) == ("BN903", 10)
    assert "calls sys.exit(1)" in finding.message


def test_leaves_without_a_word(tmp_path: Path, torch_python: str) -> None:
    problem = _problem(_verify(tmp_path, "import os\nos._exit(0)\n", torch_python))
    assert "stage import ended its process (exit status 0)" in problem


def test_segmentation_fault_is_a_finding_on_its_line(tmp_path: Path, torch_python: str) -> None:
    code = "import ctypes\n" + NET.replace("return self", "ctypes.string_at(0)\n        return self")
    (finding,) = _verify(tmp_path, code, torch_python).diagnostics
    assert (finding.code, finding.start.line) == ("BN903", 11)
    assert "signal 11, SIGSEGV" in finding.message


def test_not_a_model(tmp_path: Path, worker: Session) -> None:
    problem = _problem(_in(worker, tmp_path, "def Net():\n    return {}\n"))
    assert problem == f"{tmp_path}/model.py::Net gives a dict, not an nn.Module"


def test_wrong_shape(tmp_path: Path, worker: Session) -> None:
    (finding,) = _in(worker, tmp_path, NET, inputs=["2x4"]).diagnostics
    assert (finding.code, finding.start.line) == ("BN903", 7)
    assert "expected 4D input (got 2D input)" in finding.message


def test_shape_that_cannot_be_inferred(tmp_path: Path, worker: Session) -> None:
    code = NET.replace("def forward(self, x):", "def forward(self, x, mask):")
    problem = _problem(_in(worker, tmp_path, code, inputs=[]))
    assert problem == (
        "the shape of the input cannot be inferred; give it: --input x=1x3x224x224, --input mask=1x3x224x224"
    )


def test_loops_for_ever(tmp_path: Path, torch_python: str) -> None:
    code = NET.replace("return self", "while True:\n            x = x + 1\n        return self")
    verified = _verify(tmp_path, code, torch_python, limits=Limits(timeout=20))
    assert verified.result.ended is Ended.TIMEOUT
    (finding,) = verified.diagnostics
    assert finding.code == "BN903"
    assert finding.start.line in (10, 11)
    assert "did not finish within" in finding.message


def test_eats_all_memory(tmp_path: Path, torch_python: str) -> None:
    code = NET.replace(
        "return self", "hold = []\n        while True:\n            hold.append(x.repeat(4096))\n        self"
    )
    code = code.replace("x.repeat(4096)", "x.repeat(4096, 1, 1, 1)")
    verified = _verify(tmp_path, code, torch_python, limits=Limits(timeout=120, memory=1_200_000_000))
    assert verified.result.ended is Ended.MEMORY
    (finding,) = verified.diagnostics
    assert finding.code == "BN903"
    assert "more memory than --memory allows" in finding.message


def test_forks_and_leaves_a_daemon(tmp_path: Path, torch_python: str) -> None:
    code = (
        "import os, subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True)\n"
        "os.fork()\n"
    )
    verified = _verify(tmp_path, code + NET, torch_python)
    assert verified.problem is None
    assert len(verified.result.of("done")) == 1


def test_cancel_kills_everything(tmp_path: Path, torch_python: str) -> None:
    (tmp_path / "model.py").write_text("import os, time\nos.fork()\ntime.sleep(300)\n")
    seen: list[str] = []
    result = run(
        {"target": "model.py::Net"},
        python=torch_python,
        cwd=str(tmp_path),
        on_event=lambda event: seen.append(event["event"]),
        cancelled=lambda: "stage" in seen,
    )
    assert result.ended is Ended.CANCELLED
    assert diagnose("model.py::Net", result).problem == "cancelled"


def test_worker_dies_with_its_parent(tmp_path: Path, torch_python: str) -> None:
    (tmp_path / "model.py").write_text("import time\nopen('started', 'w').close()\ntime.sleep(300)\n")
    command = [sys.executable, "-m", "bn_lint", "verify", "model.py::Net", "--python", torch_python]
    parent = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if (tmp_path / "started").exists():
            break
        time.sleep(0.1)
    assert (tmp_path / "started").exists()
    parent.send_signal(signal.SIGKILL)
    parent.wait()


def test_interpreter_without_torch(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    (tmp_path / "model.py").write_text(NET)
    result: Result = run({"target": "model.py::Net"}, python=str(tmp_path / "bare/bin/python"), cwd=str(tmp_path))
    problem = _problem(diagnose("model.py::Net", result))
    assert problem.startswith("torch cannot be imported by ")
    assert problem.endswith("name the interpreter that has it with --python")
