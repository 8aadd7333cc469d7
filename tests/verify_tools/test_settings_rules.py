"""What BN302 and BN303 say of PyTorch is what PyTorch does."""

from __future__ import annotations

import json
import subprocess

_SCRIPT = """
import json, torch
from torch import nn

def says(layer, x):
    try:
        return "finite" if torch.isfinite(layer(x)).all() else "not finite"
    except ValueError as error:
        return str(error)

x = torch.randn(2, 3, 4, 4)
dead = nn.BatchNorm2d(3, eps=0.0).eval()
dead.running_var.zero_()
late = nn.BatchNorm1d(1, momentum=0.99)
for batch in range(50):
    late(torch.randn(64, 1) + batch)
print(json.dumps({
    "zero in train": says(nn.BatchNorm2d(3, eps=0.0), x),
    "zero on a dead channel": says(dead, x),
    "negative in eval": says(nn.BatchNorm2d(3, eps=-1e-5).eval(), x),
    "1e-08 in half": torch.tensor(1e-8, dtype=torch.float16).item(),
    "3.1e-08 in half": torch.tensor(3.1e-8, dtype=torch.float16).item(),
    "mean": late.running_mean.item(),
}))
"""


def test_pytorch_agrees(torch_python: str) -> None:
    done = subprocess.run([torch_python, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert "eps must be positive" in said["zero in train"]
    # torch 2.11 refused it here as well.
    assert said["zero on a dead channel"] == "not finite" or "must be positive" in said["zero on a dead channel"]
    assert "eps must be" in said["negative in eval"]
    assert said["1e-08 in half"] == 0
    assert said["3.1e-08 in half"] > 0
    assert abs(said["mean"] - 49) < 1  # the mean of the last batch, not of all fifty
