"""`bn-lint verify` from the command line: real models, real builds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.verify.conftest import MODELS


def verify(*arguments: str, python: str, cwd: Path = MODELS) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bn_lint", "verify", *arguments, "--python", python]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)


def found(run: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return json.loads(run.stdout)


def test_sound_model_passes_every_stage(torch_python: str) -> None:
    run = verify("sound/small.py::ConvNet(width=8)", "--target", "sm120", python=torch_python)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
    for stage in ("import", "eager", "export", "compare", "build"):
        assert f"{stage:<8} passed" in run.stderr
    assert "PASSED" in run.stderr


def test_wrong_channels_are_found_on_the_line_that_built_the_layer(torch_python: str) -> None:
    run = verify("broken/channels.py::InSequential", "--output-format", "json", python=torch_python)
    assert run.returncode == 1, run.stderr
    (finding,) = found(run)
    assert finding["code"] == "BN903"
    assert finding["location"] == {"row": 13, "column": 13}
    assert "built for 32 channels and receives 16" in finding["message"]
    assert [(r["location"]["row"], r["message"]) for r in finding["related"]] == [
        (18, "`features.1` is called from here")
    ]
    assert any(note.startswith("BN101 explains this: ") for note in finding["notes"])


def test_parser_refusal_is_mapped_and_explained(torch_python: str) -> None:
    arguments = ("broken/statistics.py::NoRunningStatistics", "--exporter", "torchscript", "--output-format", "json")
    run = verify(*arguments, python=torch_python)
    assert run.returncode == 1, run.stderr
    (finding,) = found(run)
    assert finding["code"] == "BN904"
    assert finding["location"]["row"] == 13
    assert finding["related"][0]["location"]["row"] == 16
    notes = "\n".join(finding["notes"])
    assert "remedy: " in notes
    assert "BN301 explains this: " in notes
    assert 'reported: [parser UNSUPPORTED_NODE] !isTraining && "This version of TensorRT does not support' in notes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.py::Net"], "no such file"),
        (["sound/small.py::Missing"], "has no 'Missing'; it defines ConvNet, DynamicBatch"),
        (["sound/small.py"], "is not a target: write path.py::Class"),
        (["sound/small.py::ConvNet(width=)"], "the arguments (width=) cannot be read"),
        (["sound/small.py::ConvNet", "--input", "1,3,64"], "write sizes as 1x3x224x224"),
        (["sound/small.py::ConvNet", "--dynamic", "0=8..1"], "write axis=low..high"),
        (["sound/small.py::ConvNet", "--memory", "much"], "write a size such as 8G"),
    ],
)
def test_wrong_requests_are_one_line(arguments: list[str], message: str, torch_python: str) -> None:
    run = verify(*arguments, "-q", python=torch_python)
    assert run.returncode == 2
    assert message in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert "Traceback" not in run.stderr


def test_interpreter_that_does_not_exist() -> None:
    run = verify("sound/small.py::ConvNet", "-q", python="/nowhere/python")
    assert run.returncode == 2
    assert run.stderr == (
        "bn-lint: /nowhere/python: the interpreter cannot be started: no such file or directory; "
        "name one that has torch with --python\n"
    )


def test_engine_tells_what_it_has_folded(torch_python: str, tmp_path: Path) -> None:
    """From the builder's list of layers: what the exporter has left is computed with the multiplication after it."""
    arguments = ("sound/small.py::TwoInputs", "--input", "image=2x3x32x32", "--input", "mask=2x1x32x32")
    run = verify(*arguments, "--report", str(tmp_path), python=torch_python)
    assert "1 of 1 BatchNorm layers folded" in run.stderr
    assert "<td>folded</td>" in (tmp_path / "verify.html").read_text()
    run = verify("sound/small.py::Vector", "--input", "4x16", "--output-format", "ndjson", python=torch_python)
    (folding,) = (e for e in map(json.loads, run.stdout.splitlines()) if e["event"] == "folding")
    assert folding["layers"]["bn"].startswith("__myl_")
