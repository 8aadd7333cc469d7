"""What rounding alone does to a model, measured by random rounding, covers what rounding to TF32 really does."""

from __future__ import annotations

import json
import subprocess

from tests.verify.table import ROOT

_MEASURE = """
import json, torch
from torch import nn
from bn_lint.verify.worker import noise
from bn_lint.verify.worker.inputs import Inputs

def tf32(value):
    return ((value.detach().view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)

class Rounded(nn.Conv2d):
    on = False
    def forward(self, x):
        if not Rounded.on:
            return super().forward(x)
        return nn.functional.conv2d(tf32(x), tf32(self.weight), self.bias, padding=self.padding)

torch.manual_seed(0)
layers = [m for _ in range(6) for m in (Rounded(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())]
model, x = nn.Sequential(*layers).eval(), torch.randn(2, 16, 16, 16)
with torch.no_grad():
    reference = model(x)
    wide = model.double()(x.double()).float()
    model.float()
    Rounded.on = True
    coarse = model(x)
    Rounded.on = False
inputs = Inputs((x,), {})
print(json.dumps({
    "tf32": float((coarse - reference).abs().max()), "float32": float((wide - reference).abs().max()),
    "bounds": [noise.bounds(model, inputs, [reference], u)[0] for u in (noise.TF32, noise.FLOAT32)],
    "scale": float(reference.abs().max()),
}))
"""


def test_bounds_cover_real_rounding(torch_python: str) -> None:
    run = subprocess.run(
        [torch_python, "-c", _MEASURE], capture_output=True, text=True, cwd=ROOT / "server", check=True
    )
    found = json.loads(run.stdout)
    tf32, float32 = found["bounds"]
    assert found["tf32"] < tf32 < 20 * found["tf32"]
    assert found["float32"] < float32 < 100 * found["float32"]
    # A defect is a difference of another order than either.
    assert float32 < 1e-4 * found["scale"]
    assert tf32 < 0.05 * found["scale"]
