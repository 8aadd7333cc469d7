"""inspect on real checkpoints, written by torch and safetensors, and on damaged ones."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bn_lint.verify.checkpoint.norms import of_state_dict
from bn_lint.verify.checkpoint.torch_file import CHILD, _groups

from .conftest import DATA, Run

UNET = DATA / "unet3d.py"
LAYERS = [
    "head.1",
    "model.0.conv.unit0.adn.N",
    "model.0.conv.unit1.adn.N",
    "model.1.conv.unit0.adn.N",
    "model.1.conv.unit1.adn.N",
]


@pytest.fixture(scope="session")
def written(torch_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints."""
    folder = tmp_path_factory.mktemp("checkpoints")
    subprocess.run([torch_python, str(DATA / "checkpoints.py"), str(folder)], check=True)
    return folder


def safetensors(path: Path, tensors: dict[str, list[float]], dtype: str = "F32", code: str = "f") -> Path:
    """Write a safetensors file of vectors, byte by byte."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, values in tensors.items():
        raw = struct.pack(f"<{len(values)}{code}", *values)
        header[name] = {"dtype": dtype, "shape": [len(values)], "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + data)
    return path


def layer(mean: list[float], var: list[float], path: str = "bn.", **others: list[float]) -> dict[str, list[float]]:
    return {path + "running_mean": mean, path + "running_var": var, **{path + k: v for k, v in others.items()}}


def rows(run: Run, *arguments: object, status: int = 0) -> dict[str, dict[str, Any]]:
    done = run("inspect", *arguments, "--output-format", "json")
    assert done.returncode == status, done.stderr
    return {row["path"]: row for row in json.loads(done.stdout)["norms"]}


DTYPES = ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_are_those_of_torch(bn_lint: Run, written: Path, dtype: str) -> None:
    found = rows(bn_lint, written / f"{dtype}.safetensors")
    assert sorted(found) == LAYERS
    expected = json.loads((written / "expected.json").read_text())[dtype]
    for key, extent in expected.items():
        path, _, field = key.rpartition(".")
        assert [found[path][field]["min"], found[path][field]["max"]] == extent
    assert {row["trained"] for row in found.values()} == {True}
    assert {row["num_batches_tracked"] for row in found.values()} == {3}


@pytest.mark.parametrize("name", ["model.safetensors.index.json", ""])
def test_shards_hold_the_same(bn_lint: Run, written: Path, name: str) -> None:
    assert rows(bn_lint, written / name) == rows(bn_lint, written / "float32.safetensors")


@pytest.fixture(scope="session")
def by_torch(written: Path, torch_python: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the script that runs under the user's torch makes of files, in one process: importing torch takes long."""
    evil = written / "evil.pt"
    evil.write_bytes(b"\x80\x02cos\nsystem\nX\x0c\x00\x00\x00touch stolen\x85R.")
    names = [*(f"{dtype}.pt" for dtype in DTYPES), "legacy.pt"]
    names += ["nothing.pt", "whole_model.pt", "script.pt", "evil.pt", "cut.pt"]
    output = tmp_path_factory.mktemp("output") / "results.json"
    command = [torch_python, str(CHILD), str(output), *(str(written / name) for name in names)]
    subprocess.run(command, check=True, cwd=written)
    return dict(zip(names, json.loads(output.read_text()), strict=True))


def test_torch_s_own_files_hold_the_same(bn_lint: Run, written: Path, by_torch: dict[str, dict[str, Any]]) -> None:
    for name, dtype in (*((f"{dtype}.pt", dtype) for dtype in DTYPES), ("legacy.pt", "float32")):
        (group,) = _groups(by_torch[name])
        same = rows(bn_lint, written / f"{dtype}.safetensors")
        for norm in of_state_dict(group.tensors):
            there = same[norm.path]
            assert norm.as_dict() | {"dtype": None} == there | {"dtype": None}
            assert norm.dtype in (there["dtype"], dtype)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("whole_model.pt", "holds more than tensors (unet3d.Net)"),
        ("script.pt", "TorchScript"),
        ("evil.pt", "holds more than tensors"),
        ("cut.pt", "cut off or damaged"),
    ],
)
def test_nothing_is_unpickled(by_torch: dict[str, dict[str, Any]], written: Path, name: str, words: str) -> None:
    assert words in by_torch[name]["error"]
    assert not list(written.glob("stolen*"))


def test_a_checkpoint_without_batchnorm(by_torch: dict[str, dict[str, Any]], bn_lint: Run, tmp_path: Path) -> None:
    assert by_torch["nothing.pt"] == {"groups": []}
    done = bn_lint("inspect", safetensors(tmp_path / "a.safetensors", {"conv.weight": [1.0]}))
    assert done.returncode == 0
    assert "no layer with running statistics" in done.stdout


def test_an_unreadable_checkpoint_is_one_line(bn_lint: Run, written: Path, torch_python: str) -> None:
    done = bn_lint("inspect", written / "whole_model.pt", "--python", torch_python)
    assert (done.returncode, done.stdout) == (2, "")
    assert "whole_model.pt: holds more than tensors" in done.stderr
    assert done.stderr.count("\n") == 1


def test_state_dicts_inside_a_training_checkpoint(bn_lint: Run, written: Path, torch_python: str) -> None:
    arguments = (
        "inspect",
        written / "nested.pt",
        "--python",
        torch_python,
        "--source",
        UNET,
        "--output-format",
        "json",
    )
    done = bn_lint(*arguments)
    assert done.returncode == 0
    found = json.loads(done.stdout)["norms"]
    assert [(row["group"], row["path"]) for row in found] == [
        *(("state_dict", f"module.{path}") for path in LAYERS),
        *(("ema.model", path) for path in LAYERS),
    ]
    # The prefix of the wrapper does not hide which layer of the source it is.
    assert {row["class"] for row in found} == {"BatchNorm3d"}


def test_a_model_that_is_built(bn_lint: Run, torch_python: str, written: Path) -> None:
    found = rows(bn_lint, f"{UNET}::Net", "--python", torch_python, status=1)
    assert sorted(found) == LAYERS
    assert all(row["trained"] is False and row["class"] == "BatchNorm3d" for row in found.values())
    same = rows(bn_lint, written / "float32.safetensors", "--model", f"{UNET}::Net", "--python", torch_python)
    assert {(row["class"], row["eps"], row["momentum"]) for row in same.values()} == {("BatchNorm3d", 1e-5, 0.1)}


def test_a_model_that_cannot_be_built(bn_lint: Run, torch_python: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import torch\nraise RuntimeError('no data')\n")
    done = bn_lint("inspect", "net.py::Net", "--python", torch_python)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no data" in done.stderr


@pytest.mark.parametrize(
    ("tensors", "problem"),
    [
        (layer([0.5, math.nan], [1.0, 2.0]), "running_mean holds 1 NaN of 2 values"),
        (layer([0.5, 0.1], [math.inf, math.inf]), "running_var holds 2 infinite of 2 values"),
        (layer([0.5, 0.1], [1.0, 2.0], weight=[1.0, math.nan]), "weight holds 1 NaN of 2 values"),
        (layer([0.5, 0.1], [0.0, 2.0]), "running_var is 0 in 1 of 2 channels"),
        (layer([0.5, 0.1], [-0.25, 2.0]), "running_var is negative (least -0.25)"),
        (layer([0.0, 0.0], [1.0, 1.0]), "never trained"),
        (layer([0.5, 0.1], [1.0, 2.0], weight=[1.0, 1.0, 1.0]), "differ in length"),
        ({"bn.running_var": [1.0, 2.0]}, "has no running_mean"),
    ],
)
def test_a_problem_is_named(bn_lint: Run, tmp_path: Path, tensors: dict[str, list[float]], problem: str) -> None:
    path = safetensors(tmp_path / "a.safetensors", tensors)
    (row,) = rows(bn_lint, path, status=1).values()
    assert len(row["problems"]) == 1
    assert problem in row["problems"][0]
    done = bn_lint("inspect", path)
    assert f"bn: {row['problems'][0]}" in done.stdout
    assert done.stdout.endswith("1 layer, 1 with problems.\n")


def test_a_sound_layer(bn_lint: Run, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "a.safetensors", layer([0.5, 0.1], [1e-3, 2.0], weight=[1.0, 2.0], bias=[0.0, 0.1]))
    (row,) = rows(bn_lint, path).values()
    assert row["scale"] == pytest.approx(1 / math.sqrt(1e-3 + 1e-5))
    assert (row["affine"], row["num_features"], row["problems"], row["notes"]) == (True, 2, [], [])


def test_more_than_fp16_can_hold_is_a_note(bn_lint: Run, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "a.safetensors", layer([0.5, 0.1], [1e-9, 2.0], weight=[1e5, 1.0]))
    (row,) = rows(bn_lint, path).values()
    assert "FP16" in row["notes"][0]


def test_shapes_against_the_source(bn_lint: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.BatchNorm2d(3, eps=1e-3)\n        self.b = nn.BatchNorm2d(2, momentum=0.01)\n"
        "        self.c = nn.BatchNorm1d(4)\n"
    )
    tensors = layer([0.5, 0.1], [1.0, 2.0], "a.") | layer([0.5, 0.1], [1.0, 2.0], "b.") | layer([0.5], [2.0], "d.")
    path = safetensors(tmp_path / "a.safetensors", tensors)
    done = bn_lint("inspect", path, "--source", "net.py::Net", "--output-format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert {row["path"]: row["problems"] for row in found["norms"]} == {
        "a": ["has 2 channels, and the model declares 3"],
        "b": [],
        "d": ["the model has no such layer"],
    }
    assert found["problems"] == ["the checkpoint has no statistics for c (BatchNorm1d) of the model"]
    assert [(row["eps"], row["momentum"]) for row in found["norms"]] == [(1e-3, 0.1), (1e-5, 0.01), (None, None)]


def test_damaged_files(bn_lint: Run, tmp_path: Path) -> None:
    good = safetensors(tmp_path / "good.safetensors", layer([0.5, 0.1], [1.0, 2.0])).read_bytes()
    length = int.from_bytes(good[:8], "little")
    cases = {
        "empty": (b"", "cut off"),
        "short": (good[:-4], "cut off"),
        "header": (good[: length // 2], "cut off"),
        "json": (good[:8] + b"?" + good[9:], "not a safetensors file"),
        "list": ((2).to_bytes(8, "little") + b"[]", None),
        "shape": (good.replace(b'"shape": [2]', b'"shape": [3]'), "damaged"),
    }
    for name, (raw, words) in cases.items():
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(raw)
        done = bn_lint("inspect", path)
        if words is None:
            assert done.returncode == 0
            continue
        assert (done.returncode, done.stdout) == (2, ""), name
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


def test_bad_input_is_one_line(bn_lint: Run, tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("hello")
    (tmp_path / "net.py").write_text("x = 1\n")
    (tmp_path / "index.json").write_text("{}")
    (tmp_path / "folder").mkdir()
    (tmp_path / "zip.pt").write_bytes(b"PK\x03\x04")
    good = safetensors(tmp_path / "good.safetensors", layer([0.5, 0.1], [1.0, 2.0]))
    for arguments, words in (
        (["absent.pt"], "absent.pt: cannot be read: no such file"),
        (["text.pt"], "neither safetensors nor"),
        (["net.py"], "net.py::Class"),
        (["index.json"], "weight_map"),
        (["folder"], "a folder without"),
        (["zip.pt", "--python", "/no/such/python"], "/no/such/python: the interpreter cannot be started"),
        (["a.py::Net", "--python", "/no/such/python"], "/no/such/python: the interpreter cannot be started"),
        ([good, "--source", "absent.py"], "absent.py: no such file"),
        ([good, "--source", "net.py"], "builds no model"),
        (["a.py::Net", "--source", "net.py"], "compare a checkpoint"),
    ):
        done = bn_lint("inspect", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_an_interpreter_without_torch(bn_lint: Run, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\" >&2\nexit 1\n")
    broken.chmod(0o755)
    (tmp_path / "zip.pt").write_bytes(b"PK\x03\x04")
    done = bn_lint("inspect", "zip.pt", "--python", broken)
    assert done.returncode == 2
    assert "No module named 'torch'; name the interpreter that has torch" in done.stderr
    assert done.stderr.count("\n") == 1
