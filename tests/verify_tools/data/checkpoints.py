"""Writes the checkpoints that test_inspect reads into a folder, and what torch itself says of their numbers.

usage: python checkpoints.py FOLDER
"""

import collections
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

folder = Path(sys.argv[1])
sys.path.insert(0, str(Path(__file__).parent))
from unet3d import Net  # noqa: E402

torch.manual_seed(0)
model = Net().train()
for _ in range(3):
    model(torch.randn(2, 1, 4, 4, 4))
trained = model.state_dict()


def cast(dtype):
    return {key: value.to(dtype) if value.is_floating_point() else value for key, value in trained.items()}


def say(name, state):
    """What torch says of a state dict's running statistics and weights."""
    rows = {}
    for key, value in state.items():
        if key.endswith(("running_mean", "running_var", "N.weight")):
            rows[key] = [value.double().min().item(), value.double().max().item()]
    expected[name] = rows


expected = {}
types = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float8_e4m3fn": torch.float8_e4m3fn,
    "float8_e5m2": torch.float8_e5m2,
}
for name, dtype in types.items():
    state = cast(dtype)
    save_file(state, folder / f"{name}.safetensors")
    torch.save(state, folder / f"{name}.pt")
    say(name, state)
torch.save(trained, folder / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(
    {
        "epoch": 3,
        "state_dict": {"module." + key: value for key, value in trained.items()},
        "ema": {"model": collections.OrderedDict(trained)},
        "optimizer": torch.optim.Adam(model.parameters()).state_dict(),
    },
    folder / "nested.pt",
)
torch.save({"epoch": 3}, folder / "nothing.pt")
torch.save(model, folder / "whole_model.pt")
torch.jit.save(torch.jit.script(nn.BatchNorm2d(3)), folder / "script.pt")
(folder / "cut.pt").write_bytes((folder / "float32.pt").read_bytes()[:5000])

half = len(trained) // 2
keys = list(trained)
for number, part in enumerate((keys[:half], keys[half:]), 1):
    save_file({key: trained[key] for key in part}, folder / f"model-0000{number}-of-00002.safetensors")
index = {key: f"model-0000{1 if key in keys[:half] else 2}-of-00002.safetensors" for key in keys}
(folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
(folder / "expected.json").write_text(json.dumps(expected))
