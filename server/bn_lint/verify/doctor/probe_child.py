"""Looks at an interpreter from inside: a script, which knows nothing of bn_lint.

    python probe_child.py OUTPUT

Appends to OUTPUT one JSON object a line, each a fact: `{"fact": NAME, ...}`. A library that takes the process down when
it is imported leaves `importing` as the last line.
"""

from __future__ import annotations

import sys

# The folder of this script must not stand in front of what is imported.
sys.path.pop(0)

import ctypes
import importlib.util
import json
import os
import platform
import warnings
from importlib import metadata
from typing import Any

PACKAGES = (
    "torch torchvision numpy onnx onnxscript onnxruntime onnxruntime-gpu safetensors tensorrt "
    "tensorrt-rtx torch-tensorrt torch-tensorrt-rtx torch2trt"
).split()
# What each module is asked after it has been imported.
MODULES = ("torch", "onnx", "onnxscript", "onnxruntime", "tensorrt", "tensorrt_rtx", "torch_tensorrt")


def main(output: str) -> None:
    with open(output, "a", encoding="utf-8") as file:

        def tell(fact: str, **values: Any) -> None:
            file.write(json.dumps({"fact": fact, **values}) + "\n")
            file.flush()

        tell(
            "python",
            version=platform.python_version(),
            executable=sys.executable,
            platform=platform.platform(),
            machine=platform.machine(),
        )
        tell("packages", versions=versions())
        tell("driver", cuda=driver())
        warnings.simplefilter("ignore")
        for name in MODULES:
            if importlib.util.find_spec(name) is not None:
                tell("importing", module=name)
                tell("module", name=name, **about(name))


def versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    # TensorRT's wheels for one CUDA: tensorrt-cu12, tensorrt_cu13.
    for distribution in metadata.distributions():
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-")
        if name in ("tensorrt-cu11", "tensorrt-cu12", "tensorrt-cu13"):
            found.setdefault("tensorrt", distribution.version)
    return found


def driver() -> str | None:
    """The newest CUDA that the driver supports; None without a driver."""
    try:
        library = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
        number = ctypes.c_int()
        if library.cuDriverGetVersion(ctypes.byref(number)) != 0 or not number.value:
            return None
    except (OSError, AttributeError):
        return None
    return f"{number.value // 1000}.{number.value % 1000 // 10}"


def about(name: str) -> dict[str, Any]:
    try:
        module: Any = importlib.import_module(name)
        found: dict[str, Any] = {"version": getattr(module, "__version__", None)}
        if name == "torch":
            found.update(of_torch(module))
        elif name in ("tensorrt", "tensorrt_rtx"):
            found.update(of_builder(module))
        elif name == "onnxruntime":
            found["providers"] = list(module.get_available_providers())
    except BaseException as error:
        return {"error": one_line(error)}
    return found


def of_torch(torch: Any) -> dict[str, Any]:
    gpus = [
        {
            "name": torch.cuda.get_device_name(index),
            "compute_capability": ".".join(map(str, torch.cuda.get_device_capability(index))),
        }
        for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    ]
    return {"cuda": torch.version.cuda, "gpus": gpus}


def of_builder(trt: Any) -> dict[str, Any]:
    """Whether a builder can be made here: TensorRT's asks for a GPU, TensorRT-RTX's does not."""
    try:
        builder = trt.Builder(trt.Logger(trt.Logger.INTERNAL_ERROR))
        config = builder.create_builder_config()
    except BaseException as error:
        return {"builder": False, "builder_error": one_line(error)}
    return {"builder": True, "ahead_of_time": hasattr(config, "set_compute_capability")}


def one_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


if __name__ == "__main__":
    main(sys.argv[1])
