"""What the editor and other programs build on: the client alone, the events, bisection, reports, project entries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from bn_lint.verify.client import Session
from tests.verify.conftest import MODELS
from tests.verify.test_command import verify

DEEP = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, tracked):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4, track_running_stats=tracked)

    def forward(self, x):
        return x + torch.relu(self.bn(self.conv(x)))


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(*[nn.Sequential(*[Block((i, j) != (1, 2)) for j in range(4)]) for i in range(3)])

    def forward(self, x):
        return self.body(x)
"""


def test_client_needs_nothing_but_python() -> None:
    script = "import sys; sys.path.insert(0, sys.argv[1]); import bn_lint.verify.client; print(*sys.modules)"
    server = Path(__file__).parents[2] / "server"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(server)], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded - sys.stdlib_module_names <= {"bn_lint", "__main__"}


def test_bisection_finds_the_smallest_part_that_fails(tmp_path: Path, worker: Session) -> None:
    (tmp_path / "deep.py").write_text(DEEP)
    target = f"{tmp_path}/deep.py::Deep"
    request = {"target": target, "inputs": ["2x4x8x8"], "exporter": "torchscript"}
    (event,) = worker.run({**request, "bisect": True}).of("bisected")
    assert event["module"] == "body.1.2.bn"
    assert event["place"]["line"] == 10
    assert event["tried"][0] == {"module": "body.1.2.bn", "failed": True}
    assert len(event["tried"]) <= event["budget"]
    # Each step can be repeated: the part that holds the layer fails alone, the part beside it passes.
    codes = {
        part: [e["code"] for e in worker.run({**request, "module": part}).of("finding")]
        for part in ("body.1", "body.0")
    }
    assert codes == {"body.1": ["BN904"], "body.0": []}


def test_unknown_submodule(worker: Session) -> None:
    request = {"target": "sound/small.py::ConvNet", "inputs": ["2x3x8x8"], "module": "tail"}
    (problem,) = worker.run(request).of("problem")
    assert problem["message"] == "the model has no submodule 'tail'"


def test_events_as_they_come(torch_python: str) -> None:
    arguments = ("sound/small.py::ConvNet", "--input", "2x3x16x16", "--exporter", "torchscript")
    run = verify(*arguments, "--output-format", "ndjson", python=torch_python)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0
    assert events[0]["event"] == "hello"
    assert events[-2] == {"event": "done", "outcome": "passed", "findings": 0}
    assert [events[-1][key] for key in ("event", "target", "how")] == ["ended", arguments[0], "done"]
    (rows,) = [event["rows"] for event in events if event["event"] == "norms"]
    assert [(row["path"], row["num_features"], row["trained"]) for row in rows] == [
        ("bn", 16, False),
        ("head.1", 8, False),
    ]


def test_report_is_one_page(tmp_path: Path, torch_python: str) -> None:
    run = verify("broken/channels.py::InSequential", "--report", str(tmp_path), "-q", python=torch_python)
    assert run.returncode == 1
    assert run.stderr == f"report: {tmp_path}/verify.html\n"
    page = (tmp_path / "verify.html").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["verify.html"]
    assert "src=" not in page
    assert "href=" not in page
    for text in ("BN903", "built for 32 channels and receives 16", "features.1", "<h3>Stages</h3>", "channels.py:13"):
        assert text in page


def test_project_entries(tmp_path: Path, torch_python: str) -> None:
    source = (MODELS / "sound" / "small.py").read_text()
    (tmp_path / "model.py").write_text(
        source + "\n\nclass Wrong(ConvNet):\n    def forward(self, x):\n        return x + y\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        "[tool.bn-lint]\n"
        '[[tool.bn-lint.verify]]\nname = "good"\ntarget = "model.py::ConvNet(width=4)"\n'
        'input = "2x3x16x16"\nexporter = "torchscript"\n'
        '[[tool.bn-lint.verify]]\ntarget = "model.py::Wrong"\ninput = ["2x3x16x16"]\n'
    )
    (tmp_path / "below").mkdir()
    run = verify("--output-format", "json", python=torch_python, cwd=tmp_path / "below")
    assert run.returncode == 1, run.stderr
    assert [(f["code"], Path(f["filename"]).name) for f in json.loads(run.stdout)] == [("BN903", "model.py")]

    (tmp_path / "pyproject.toml").write_text(
        '[tool.bn-lint]\n[[tool.bn-lint.verify]]\ntarget = "m.py::A"\ninputs = "1"\n'
    )
    run = verify(python=torch_python, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr == (
        f"bn-lint: {tmp_path}/pyproject.toml: [[tool.bn-lint.verify]] number 1: "
        "object contains unknown field 'inputs'\n"
    )


def test_nothing_to_verify(tmp_path: Path, torch_python: str) -> None:
    run = verify(python=torch_python, cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith(
        "bn-lint: name a TARGET, such as model.py::Net, or add [[tool.bn-lint.verify]] entries"
    )


def test_versions_side_by_side(torch_python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row for each interpreter: the one with torch, and one without, which the table says."""
    venv.create(tmp_path / "bare", symlinks=os.name == "posix")
    bare = str(tmp_path / ("bare/bin/python" if os.name == "posix" else "bare/Scripts/python.exe"))
    monkeypatch.setenv("COLUMNS", "400")
    arguments = ("broken/channels.py::InSequential", "--compare-versions", bare, "-q")
    run = verify(*arguments, python=torch_python)
    assert run.returncode == 2, run.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in run.stdout.splitlines() if "│" in line]
    version = subprocess.run(
        [torch_python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True
    )
    first, second = rows[0], ["".join(cells) for cells in zip(*rows[1:], strict=True)]
    assert first[:2] == [torch_python, version.stdout.strip()]
    assert first[4:6] == ["import eager!", "failed"]
    assert first[6].startswith("BN903 line 13: ")
    assert [second[0], second[1], second[4], second[5]] == [bare, "", "", "not verified"]
    assert second[6].startswith("torch cannot be imported by ")
