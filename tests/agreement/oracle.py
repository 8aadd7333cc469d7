"""Runs programs in PyTorch and says what happened to their layers. A script for a Python that has torch.

    python oracle.py JOBS RESULTS

JOBS is a JSON list of {path, entry, shape, tokens}; RESULTS gets a list of
{outcome, error, wrong, applied, shared}:

- `outcome`: "ok"; "layer" where a layer refused its input; "other" where something else raised.
- `wrong`: the construction calls of the layers that cannot take what they get, as [line, column, end line, end column,
  class], the one that raised first. To see those behind it the program is run again: a layer that refuses is
  passed over, a BatchNorm by its input, a convolution or Linear by an input of the right width.
- `applied`: the construction calls of the BatchNorm layers that ran, `shared` of those that ran more than once.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.instancenorm import _InstanceNorm

Site = tuple[int, int, int, int, str]


class Watch:
    """What the layers of one run met. `tolerant`: a layer that refuses is passed over."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.tolerant = False
        self.sites: list[Site] = []
        self.kept: list[nn.Module] = []
        self.wrong: list[Site] = []
        self.uses: dict[int, int] = {}

    def built(self, module: nn.Module) -> None:
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.path:
            frame = frame.f_back
        if frame is not None:
            position = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            line, end_line, column, end_column = (n or 0 for n in position)
            # An attribute: copy.deepcopy takes it along.
            module.__dict__["_site"] = (line, column, end_line, end_column, type(module).__name__)
            self.sites.append(module.__dict__["_site"])

    def ran(self, module: nn.Module) -> None:
        self.kept.append(module)
        self.uses[id(module)] = self.uses.get(id(module), 0) + 1

    def refused(self, module: nn.Module) -> None:
        site = module.__dict__.get("_site")
        if site is not None and site not in self.wrong:
            self.wrong.append(site)


_watch = Watch("")


def _record_construction(cls: type) -> None:
    original = cls.__init__

    def init(self: nn.Module, *args: Any, **keywords: Any) -> None:
        original(self, *args, **keywords)
        _watch.built(self)

    cls.__init__ = init  # type: ignore[misc]


def _guard(cls: type, replace: Callable[[Any, torch.Tensor], torch.Tensor]) -> None:
    original = cls.forward

    def forward(self: Any, input: torch.Tensor, *rest: Any, **keywords: Any) -> torch.Tensor:
        if isinstance(self, _BatchNorm):
            _watch.ran(self)
        try:
            return original(self, input, *rest, **keywords)
        except Exception:
            _watch.refused(self)
            if not _watch.tolerant:
                raise
            return replace(self, input)

    cls.forward = forward  # type: ignore[misc]


def _other_width(module: Any, input: torch.Tensor) -> torch.Tensor:
    """The output for an input of the right width."""
    axis, count = (-1, module.in_features) if isinstance(module, nn.Linear) else (1, module.in_channels)
    input = input.narrow(axis, 0, 1)
    shape = list(input.shape)
    shape[axis] = count
    return type(module).forward(module, input.expand(shape))


def _install() -> None:
    for cls in (_NormBase, _ConvNd, nn.Linear):
        _record_construction(cls)
    for cls in (_BatchNorm, _InstanceNorm):
        _guard(cls, lambda module, input: input)
    for cls in (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d, nn.Linear):
        _guard(cls, _other_width)
    functional = F.batch_norm

    def batch_norm(input: torch.Tensor, *args: Any, **keywords: Any) -> torch.Tensor:
        frame = sys._getframe(1)
        owner = None
        if frame.f_code.co_filename == _watch.path:
            # Called by the program: with the statistics of one of its layers.
            layers = [m for m in frame.f_locals["self"].modules() if isinstance(m, _BatchNorm)]
            owner = next((m for m in layers if any(m.running_mean is arg for arg in args)), None)
            if owner is not None:
                _watch.ran(owner)
        try:
            return functional(input, *args, **keywords)
        except Exception:
            if owner is not None:
                _watch.refused(owner)
                if _watch.tolerant:
                    return input
            raise

    F.batch_norm = batch_norm
    # A batch of one value is another defect than those looked for here.
    F._verify_batch_size = lambda size: None  # type: ignore[attr-defined]


def _run(job: dict[str, Any], tolerant: bool) -> str:
    """Run a program once; "" or what it raised."""
    global _watch
    _watch = Watch(job["path"])
    _watch.tolerant = tolerant
    torch.manual_seed(0)
    try:
        with torch.no_grad():
            if not job["entry"]:
                runpy.run_path(job["path"], run_name="__main__")
            else:
                scope = runpy.run_path(job["path"], run_name="program")
                model = eval(job["entry"], scope)
                model.eval()
                shape = tuple(job["shape"])
                model(torch.randint(0, job["tokens"], shape) if job["tokens"] else torch.randn(shape))
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


def judge(job: dict[str, Any]) -> dict[str, Any]:
    """What PyTorch says about one program."""
    error = _run(job, tolerant=False)
    wrong, ran = _watch.wrong, _watch
    outcome = "ok" if not error else "layer" if wrong else "other"
    if error:
        _run(job, tolerant=True)
        wrong = wrong + [site for site in _watch.wrong if site not in wrong]
    used = [(m.__dict__["_site"], ran.uses[id(m)]) for m in ran.kept if "_site" in m.__dict__]
    return {
        "outcome": outcome,
        "error": error,
        "wrong": wrong,
        "applied": sorted({site for site, _ in used}),
        "shared": sorted({site for site, count in used if count > 1}),
    }


def main(jobs: str, results: str) -> None:
    """Judge every job of a file."""
    torch.set_num_threads(1)
    _install()
    with contextlib.redirect_stdout(io.StringIO()):
        found = [judge(job) for job in json.loads(Path(jobs).read_text())]
    Path(results).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
