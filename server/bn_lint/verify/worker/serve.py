"""The worker's main loop: one request, or several one after the other."""

from __future__ import annotations

import faulthandler
import importlib
import os
import platform
import signal
import sys
import traceback
from typing import Any

from .channel import Channel


def main() -> None:
    """Answer the parent's requests until it has no more."""
    channel = Channel()
    faulthandler.enable()
    if hasattr(signal, "SIGUSR1"):
        # The parent asks where the code stands before it kills a worker that takes too long.
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    _die_with_parent()
    for request in channel.requests():
        _limit_memory(request.pop("address_space", None))
        if not _answer(channel, request):
            break
    sys.stdout.flush()
    sys.stderr.flush()
    # Not by the interpreter's own way out: libraries that the model has loaded may crash or hang there.
    os._exit(0)


def _answer(channel: Channel, request: dict[str, Any]) -> bool:
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError as error:
        text = f"torch cannot be imported by {sys.executable}: {error}; name the interpreter that has it with --python"
        channel.send("problem", kind="no-torch", message=text, text=traceback.format_exc(), place=None)
        channel.send("done", outcome="stopped", findings=0)
        return False
    channel.send("hello", **_versions(torch))
    from .pipeline import Request, verify

    known = Request.__dataclass_fields__
    try:
        verify(Request(**{key: value for key, value in request.items() if key in known}), channel)
    except MemoryError:
        channel.send("out-of-memory")
    except BaseException as error:
        channel.leave_if_forked()
        channel.send(
            "problem",
            kind="internal",
            message=f"verify itself failed: {type(error).__name__}: {error}",
            text=traceback.format_exc(),
            place=None,
        )
        channel.send("done", outcome="stopped", findings=0)
    return True


def _versions(torch: Any) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, Any] = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "torch": torch.__version__,
    }
    names = ("torch-tensorrt", "torch-tensorrt-rtx", "tensorrt", "tensorrt-rtx", "onnx", "onnxscript", "onnxruntime")
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
        found["cuda"] = torch.version.cuda
    return found


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere the closed pipe tells."""
    if sys.platform != "linux":
        return
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _limit_memory(limit: int | None) -> None:
    """Limit the address space, where the parent cannot watch the memory in use from outside."""
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
