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


_CONVERTED = """
import json, sys, torch
from torch import nn
from bn_lint.verify.worker import folding, torch_tensorrt_backend
from bn_lint.verify.worker.places import Files
from bn_lint.verify.worker.record import Model

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.c2, self.b2 = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)

    def forward(self, x):
        y = self.b1(self.c1(x)).relu()
        return (self.b2(self.c2(y)) + y).relu()

net = Net().eval()
model = Model(net, Files(torch.__file__, None))
index = torch_tensorrt_backend._Index(torch.export.export(net, (torch.randn(2, 3, 8, 8),)).graph, model)
layers = folding.of_inspector(sys.argv[1])
network = torch_tensorrt_backend._network(layers, model, index)
print(json.dumps([folding.states(layers, network), sorted(network.foldable)]))
"""
_NORM = "aten_ops._native_batch_norm_legit_no_training.default"


def test_layers_of_torch_tensorrt(torch_python: str) -> None:
    """The names are those of the lowered graph, which has other nodes than the exported one."""
    conv = "CONVOLUTION-aten_ops.convolution.default"
    b2 = f"ELEMENTWISE-{_NORM}-b2/_native_batch_norm_legit_no_training_1_scaled_input"
    parts = {
        "__myl_CorrMulAddRelu_myl0_1 runtime_fusion": [
            f"{conv}-c1/convolution",
            f"ELEMENTWISE-{_NORM}-b1/_native_batch_norm_legit_no_training_scaled_input",
            f"SHUFFLE-{_NORM}-b1/_native_batch_norm_legit_no_training_reshape_scale",
            "RELU-aten_ops.relu.default-/relu",
        ],
        "c2/convolution_1_myl0_2 correlation": [f"{conv}-c2/convolution_1"],
        "__myl_MulAddAddRelu_myl0_3 kgen": [b2, f"{conv}-c2/convolution_1", "ELEMENTWISE-aten_ops.add.Tensor-/add"],
    }
    rows = [
        {
            "Name": name.split()[0],
            "LayerType": name.split()[1],
            "Metadata": "\x1f".join(f"[Layer: {p}]" for p in made_of),
        }
        for name, made_of in parts.items()
    ]
    command = [torch_python, "-c", _CONVERTED, json.dumps({"Layers": rows})]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "server", check=True)
    assert json.loads(run.stdout) == [{"b1": None, "b2": "__myl_MulAddAddRelu_myl0_3"}, ["b1", "b2"]]
