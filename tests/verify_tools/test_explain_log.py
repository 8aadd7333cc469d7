"""explain-log on logs of real builds, and on what else people paste."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import DATA, Done, Run

UNET = DATA / "unet3d.py"

# What a user of torch-tensorrt 2.4 pasted: the builder's lines, then Python's.
_LAYER = (
    "[SCALE]-[aten_ops._native_batch_norm_legit_no_training.default]-"
    "[/model/0/conv_unit0_adn_N/_native_batch_norm_legit_no_training]"
)
PASTED = f"""\
ERROR:torch_tensorrt Error Code: 3: {_LAYER}:shift weights has count 16 but 64 was expected
ERROR:torch_tensorrt ITensor::getDimensions: Error Code 4: API Usage Error (Output shape \
can not be computed for node {_LAYER}.)
Traceback (most recent call last):
  File "/home/ann/proj/train.py", line 12, in <module>
    engine = torch_tensorrt.compile(net, ir="dynamo", inputs=[x])
  File "/usr/lib/python3.11/site-packages/torch_tensorrt/_compile.py", line 250, in compile
    return dynamo_compile(
ValueError: len() should return >= 0

While executing %_native_batch_norm_legit_no_training_1 : [num_users=1] = call_function[target=torch.ops.aten.\
_native_batch_norm_legit_no_training.default](args = (%convolution, %w, %b, %m, %v, 0.1, 1e-05), kwargs = {{}})
Original traceback:
  File "/home/ann/proj/unet3d.py", line 900, in forward
    x = self.model(x)
  File "/home/ann/proj/unet3d.py", line 901, in forward
    return self.adn(x)
"""


def _line(code: str) -> int:
    """The number of the first line with this text in the model's source."""
    return next(n for n, line in enumerate(UNET.read_text().splitlines(), 1) if code in line)


def _explained(done: Done) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_builder_says_the_three_messages_and_they_are_explained(
    bn_lint: Run, torch_python: str, tmp_path: Path
) -> None:
    built = subprocess.run(
        [torch_python, str(DATA / "scale_on_5d.py")], capture_output=True, text=True, timeout=300, check=False
    )
    if "No module named 'tensorrt_rtx'" in built.stderr:
        pytest.skip("tensorrt_rtx is not installed")
    assert built.stdout.endswith("not built\n"), built.stderr
    assert "shift weights has count 16 but 64 was expected" in built.stdout
    assert "Output shape can not be computed for node" in built.stdout
    assert "should return >= 0" in built.stdout
    log = tmp_path / "build.log"
    log.write_text(built.stdout)

    found = _explained(bn_lint("explain-log", log, "--source", UNET, "--output-format", "json"))
    messages = {one["id"]: one for one in found["messages"]}
    assert {"ttrt.bn3d.axis", "trt.scale.invalid", "trt.shape.node", "py.len"} <= set(messages)
    assert found["messages"][0]["id"] == "ttrt.bn3d.axis"
    assert "2.5.0" in messages["ttrt.bn3d.axis"]["fixed"]
    assert messages["ttrt.bn3d.axis"]["modules"] == ["model.0.conv_unit0_adn_N"]
    assert {messages[name]["role"] for name in ("trt.scale.invalid", "trt.shape.node", "py.len")} == {"symptom"}
    (module,) = found["modules"]
    (source,) = module["source"]
    assert source["class"] == "BatchNorm3d"
    assert source["built"][0]["line"] == _line("BatchNorm3d(cout)")
    assert [place["line"] for place in source["called"]] == [_line("return self.adn(x)")]


def test_a_pasted_log_in_words(bn_lint: Run) -> None:
    done = bn_lint("explain-log", "-", "--source", UNET, input=PASTED)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("cause: a BatchNorm of 16 channels was converted to a Scale layer over another axis")
    assert any("fixed in" in line and "2.5.0" in line for line in lines)
    assert any("built" in line and f"unet3d.py:{_line('BatchNorm3d(cout)')}:" in line for line in lines)
    assert any("called" in line and f"unet3d.py:{_line('return self.adn(x)')}:" in line for line in lines)
    # The traceback's line numbers are of another version of the file: the text of the line finds it.
    traceback = next(n for n, line in enumerate(lines) if "unet3d.py:901" in line)
    assert f"unet3d.py:{_line('return self.adn(x)')}:" in lines[traceback + 1]
    assert "train.py:12" in done.stdout


def test_without_source_it_names_the_layer(bn_lint: Run) -> None:
    done = bn_lint("explain-log", "-", input=PASTED)
    assert done.returncode == 0
    assert "model.0.conv_unit0_adn_N" in done.stdout


def test_onnx_names_of_both_exporters(bn_lint: Run, tmp_path: Path) -> None:
    log = """\
[TRT] [E] ModelImporter.cpp:139: While parsing node number 1 [BatchNormalization -> \
"/net/model/model.0/conv/unit0/adn/N/BatchNormalization_output_0"]:
[TRT] [E] ModelImporter.cpp:141: --- Begin node ---
Node name: /net/model/model.0/conv/unit0/adn/N/BatchNormalization
[TRT] [E] ModelImporter.cpp:142: --- End node ---
[TRT] [E] ModelImporter.cpp:150: ERROR: onnxOpCheckers.cpp:227 In function checkBatchNormalization:
[8] !isTraining && "This version of TensorRT does not support training_mode == 1 in BatchNormalization."
metadata_props { key: "pkg.torch.onnx.name_scopes" value: "[\\'\\', \\'net\\', \\'net.head.1\\', \\'bn_4\\']" }
The shape of the mean input must be (C, )
"""
    found = _explained(bn_lint("explain-log", "-", "--source", UNET, "--output-format", "json", input=log))
    by_id = {one["id"]: one["modules"] for one in found["messages"]}
    assert by_id == {
        "onnx.bn.training": ["net.model.0.conv.unit0.adn.N"],
        "onnx.bn.rank1": ["net.head.1"],
    }
    # The log is of a model that holds the source's as `net`.
    located = {one["path"]: one["source"][0] for one in found["modules"]}
    assert not located["net.head.1"]["exact"]
    assert located["net.head.1"]["built"][0]["code"].startswith("self.head = nn.ModuleList")
    assert located["net.head.1"]["called"][0]["code"] == "x = layer(x)"


def test_a_line_may_name_several_layers(bn_lint: Run) -> None:
    text = (
        'Missing key(s) in state_dict: "model.0.conv.unit0.adn.N.running_mean", "head.7.running_var", "head.1.bias".\n'
    )
    done = bn_lint("explain-log", "-", "--source", UNET, input=text)
    assert done.returncode == 0
    assert f"unet3d.py:{_line('BatchNorm3d(cout)')}:" in done.stdout
    assert "head.7  not found in the source" in done.stdout


def test_a_folder_is_searched_for_what_mentions_the_layers(bn_lint: Run, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    for number in range(30):
        (tmp_path / f"src/a{number}.py").write_text(
            "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n"
            "        super().__init__()\n        self.bn = nn.BatchNorm2d(8)\n"
        )
    (tmp_path / "src/z.py").write_text(UNET.read_text())
    done = bn_lint("explain-log", "-", "--source", "src", "--output-format", "json", input=PASTED)
    (module,) = json.loads(done.stdout)["modules"]
    assert module["source"][0]["built"][0]["path"].endswith("z.py")


def test_a_path_that_several_models_have(bn_lint: Run, tmp_path: Path) -> None:
    (tmp_path / "nets.py").write_text(
        "from torch import nn\n\n\n"
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.bn = nn.BatchNorm2d(8)\n\n    def forward(self, x):\n        return self.bn(x)\n\n\n"
        "class B(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.bn = nn.BatchNorm2d(9)\n\n    def forward(self, x):\n        return self.bn(x)\n"
    )
    text = 'KeyError\nMissing key(s) in state_dict: "bn.running_mean", "bn.running_var".\n'

    def built(source: str) -> list[list[int]]:
        found = _explained(bn_lint("explain-log", "-", "--source", source, "--output-format", "json", input=text))
        return [[place["line"] for place in one["built"]] for one in found["modules"][0]["source"]]

    assert built("nets.py") == [[7], [16]]
    assert built("nets.py::B") == [[16]]
    assert built(".") == [[7], [16]]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff\xfe\x80" * 50, b"Epoch 1\rEpoch 2\r\n", "\ufefftext".encode(), "loss 0.1\n".encode("utf-16")],
)
def test_a_log_of_nothing_known(bn_lint: Run, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "log").write_bytes(raw)
    done = bn_lint("explain-log", "log")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("No known message in this log.")


def test_colours_and_utf_16_do_not_hide_a_message(bn_lint: Run, tmp_path: Path) -> None:
    text = "\x1b[31mRuntimeError: running_mean should contain \x1b[0m256 elements not 512\r\n"
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "log").write_bytes(text.encode(encoding))
        done = bn_lint("explain-log", "log")
        assert done.returncode == 0
        assert "built for 512 channels receives 256" in done.stdout


def test_errors_that_are_not_known_are_named(bn_lint: Run) -> None:
    done = bn_lint("explain-log", "-", input="step 1\n[TRT] [E] 9: something new\nValueError: odd\n")
    assert done.returncode == 1
    assert "something new" in done.stdout
    assert "ValueError: odd" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"), [(("absent.log",), "absent.log"), (("-", "--source", "no"), "no: no such")]
)
def test_bad_input_is_one_line(bn_lint: Run, arguments: tuple[str, ...], words: str) -> None:
    done = bn_lint("explain-log", *arguments, input="")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
