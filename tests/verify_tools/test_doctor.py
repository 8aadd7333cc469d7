"""doctor on real and broken interpreters, and the table of releases on installations that people have."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bn_lint.engine.registry import all_rules
from bn_lint.verify.doctor.judge import abilities, can_build, fits
from bn_lint.verify.doctor.probe import Found
from bn_lint.verify.doctor.versions import DEFECTS, FITS, RTX_FITS, defects, fit_of, satisfies

from .conftest import Run


@pytest.mark.parametrize(
    ("version", "specification", "holds"),
    [
        ("2.4.0", ">=2.1,<2.5", True),
        ("2.5.0", ">=2.1,<2.5", False),
        ("2.10.0+cu130", ">=2.9,<2.11", True),
        ("2.4.0a0", "<2.5", True),
        ("10.1.0.27", ">=10.1,<10.2", True),
        ("1.13.0", "==1.13", True),
        ("1.13.1", "==1.13.0", False),
        ("3.14.0", ">=3.10,<3.14", False),
        ("0.5", "", True),
    ],
)
def test_specifications(version: str, specification: str, holds: bool) -> None:
    assert satisfies(version, specification) is holds


def test_the_tables_are_consistent() -> None:
    for fit in FITS:
        assert fit_of(fit.torch_tensorrt + ".1") is fit
        # From 2.1 on the minor versions of torch and torch-tensorrt are the same.
        if satisfies(fit.torch_tensorrt, ">=2.1"):
            assert satisfies(fit.torch_tensorrt + ".0", fit.torch)
    assert all(fit_of(version) for version in RTX_FITS)
    for defect in DEFECTS:
        assert satisfies("1.0", defect.affected) in (True, False)
        assert set(defect.rules) <= set(all_rules())


def installed(**packages: str) -> Found:
    return Found("3.11.7", "python", "Linux", {name.replace("_", "-"): version for name, version in packages.items()})


def misfits(found: Found) -> dict[str, str]:
    return {verdict.what: verdict.remedy for verdict in fits(found) if not verdict.works}


def test_what_fits() -> None:
    assert not misfits(installed(torch="2.4.1", torch_tensorrt="2.4.0", tensorrt="10.1.0"))
    assert not misfits(installed(torch="2.13.0", torch_tensorrt="2.13.0", tensorrt="11.0.0.114"))
    assert not misfits(installed(torch="2.11.0+cu130", torch_tensorrt_rtx="2.11.0", tensorrt_rtx="1.4.0.76"))
    assert not misfits(installed(torch="2.99.0", torch_tensorrt="2.99.0"))  # not in the table: nothing is known


def test_what_does_not_fit() -> None:
    torch = misfits(installed(torch="2.5.0", torch_tensorrt="2.4.0", tensorrt="10.1.0"))
    assert torch == {"torch-tensorrt with torch": 'python -m pip install "torch>=2.4,<2.5"'}
    engine = misfits(installed(torch="2.4.0", torch_tensorrt="2.4.0", tensorrt="10.3.0"))
    assert engine == {"torch-tensorrt with tensorrt": 'python -m pip install "tensorrt>=10.1,<10.2"'}
    assert set(misfits(installed(torch="2.11.0", torch_tensorrt_rtx="2.11.0", tensorrt_rtx="1.5.0"))) == {
        "torch-tensorrt-rtx with tensorrt-rtx"
    }
    both = installed(
        torch="2.11.0", torch_tensorrt="2.11.0", torch_tensorrt_rtx="2.11.0", tensorrt="10.15.1", tensorrt_rtx="1.4.0"
    )
    assert set(misfits(both)) == {"torch-tensorrt and torch-tensorrt-rtx"}
    assert "torch-tensorrt with tensorrt" in misfits(installed(torch="2.4.0", torch_tensorrt="2.4.0"))


def test_cuda_of_driver_and_torch() -> None:
    found = installed(torch="2.13.0")
    found.modules["torch"] = {"cuda": "13.0", "gpus": []}
    assert set(misfits(found)) == {"driver"}
    found.driver = "12.4"
    assert misfits(found) == {"driver": "update the NVIDIA driver"}
    found.driver = "13.1"
    assert not misfits(found)


def test_defects_of_the_releases_that_people_have() -> None:
    seed = [defect.what for _, defect in defects({"torch": "2.4.0", "torch-tensorrt": "2.4.0", "tensorrt": "10.1.0"})]
    assert any("BatchNorm3d" in what for what in seed)
    assert not any("BatchNorm3d" in d.what for _, d in defects({"torch-tensorrt": "2.5.0"}))
    # The other package of the same module has the same defects.
    rtx = [defect for version, defect in defects({"torch-tensorrt-rtx": "2.11.0"}) if defect.rules == ("BN301",)]
    assert any("identity" in defect.what and defect.silent for defect in rtx)
    assert not defects({"numpy": "2.0"})


def test_what_verify_can_do() -> None:
    found = installed(torch="2.13.0")
    assert not can_build(abilities(found))
    found.modules = {
        "torch": {"version": "2.13.0", "cuda": None, "gpus": []},
        "onnx": {"version": "1.20"},
        "tensorrt": {"version": "11.0", "builder": False, "builder_error": "TypeError: no GPU"},
    }
    verdicts = {verdict.what: verdict for verdict in abilities(found)}
    assert verdicts["export to ONNX, TorchScript"].works
    assert verdicts["export to ONNX, dynamo"].remedy == "python -m pip install onnxscript"
    assert "needs a GPU" in verdicts["backend onnx, built by TensorRT"].why
    assert verdicts["backend onnx, built by TensorRT"].remedy.endswith("pip install tensorrt-rtx")
    assert not can_build(list(verdicts.values()))
    found.modules["tensorrt_rtx"] = {"version": "1.5", "builder": True}
    assert can_build(abilities(found))
    found.modules["torch"] |= {"cuda": "13.0", "gpus": [{"name": "H200", "compute_capability": "9.0"}]}
    assert abilities(found)[-1].remedy == 'python -m pip install "torch-tensorrt==2.13.*"'
    found.modules["torch_tensorrt"] = {"version": "2.13.0"}
    assert abilities(found)[-1].works


def test_a_real_installation(bn_lint: Run, torch_python: str) -> None:
    done = bn_lint("doctor", "--python", torch_python, "--output-format", "json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["modules"]["torch"]["version"].startswith(found["packages"]["torch"].partition("+")[0])
    verdicts = {verdict["what"]: verdict for verdict in found["verify"]}
    assert verdicts["run the model (torch)"]["works"]
    engine = verdicts["backend onnx, built by TensorRT-RTX"]
    assert engine["works"] is ("tensorrt-rtx" in found["packages"])
    fitting = all(verdict["works"] for verdict in found["fits"])
    assert done.returncode == (0 if fitting and any(v["works"] for v in found["verify"][4:]) else 1)


def python_with(tmp_path: Path, torch: str) -> Path:
    """A Python whose torch consists of this code."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/torch.py").write_text(torch)
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path / "site"}" exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    return script


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize(
    ("torch", "words"),
    [
        ("import os; os.abort()", "killed by signal 6"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("print('x' * 10**7)\nraise ImportError('undefined symbol: _ZN3c10')", "undefined symbol: _ZN3c10"),
    ],
)
def test_a_torch_that_cannot_be_imported(bn_lint: Run, tmp_path: Path, torch: str, words: str) -> None:
    done = bn_lint("doctor", "--python", python_with(tmp_path, torch))
    assert (done.returncode, done.stderr) == (1, "")
    assert words in done.stdout
    assert "no   run the model (torch): torch cannot be imported" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
@pytest.mark.parametrize("body", ["exit 3", "echo hello", "kill -9 $$", "echo 'cannot execute' >&2; exit 126"])
def test_a_broken_interpreter_is_one_line(bn_lint: Run, tmp_path: Path, body: str) -> None:
    broken = tmp_path / "python"
    broken.write_text(f"#!/bin/sh\n{body}\n")
    broken.chmod(0o755)
    done = bn_lint("doctor", "--python", broken)
    assert (done.returncode, done.stdout) == (2, "")
    assert "not a working Python interpreter" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["/no/such/python", "."])
def test_a_missing_interpreter_is_one_line(bn_lint: Run, name: str) -> None:
    done = bn_lint("doctor", "--python", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
