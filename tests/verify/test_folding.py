"""What TensorRT's lists of layers tell of folding: the texts are those of TensorRT-RTX 1.4 on a GPU, shortened."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.verify.table import ROOT

_LAYERS = [
    ("__myl_CorrMulAddRelu_myl0_1", "runtime_fusion", ["CONV-c1", "ELEMENTWISE-b1", "RELU-relu"]),
    ("CONV-c2_myl0_2", "correlation", ["CONV-c2"]),
    ("__myl_MulAddAddRelu_myl0_3", "kgen", ["ELEMENTWISE-b2", "CONV-c2", "RELU-relu_1", "ELEMENTWISE-add"]),
]
_READ = """
import importlib, json, sys
from bn_lint.verify.worker import folding
network = folding.Network(norms={"ELEMENTWISE-b1": "b1", "ELEMENTWISE-b2": "b2"}, products={"CONV-c1", "CONV-c2"})
print(json.dumps(folding.states(getattr(folding, sys.argv[1])(sys.argv[2]), network)))
"""


@pytest.mark.parametrize("form", ["of_inspector", "of_log"])
def test_convolution_named_where_its_answer_is_used(form: str, torch_python: str) -> None:
    if form == "of_log":
        rows = [
            f"Name: {n}, LayerType: {k}, Inputs: [], Metadata: " + "".join(f"[Layer: {p}]" for p in ps)
            for n, k, ps in _LAYERS
        ]
        text = "Layers:\n" + "\n".join(rows)
    else:
        rows = [
            {"Name": n, "LayerType": k, "Metadata": "\x1f".join(f"[Layer: {p}]" for p in ps)} for n, k, ps in _LAYERS
        ]
        text = json.dumps({"Layers": rows})
    command = [torch_python, "-c", _READ, form, text]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "server", check=True)
    assert json.loads(run.stdout) == {"b1": None, "b2": "__myl_MulAddAddRelu_myl0_3"}
