"""Of the lines on which a library's own models really construct a BatchNorm: how many has the evaluator seen?

    python benchmarks/real_sites.py torchvision|timm

PyTorch builds every model that the installed library lists, on the meta device, while the lines that construct a
BatchNorm are noted; `bn-lint debug coverage` says what the evaluator saw of them. timm takes ten minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm


def torchvision_models(models: Any) -> Iterator[Callable[[], Any]]:
    for name in models.list_models():
        takes = inspect.signature(models.get_model_builder(name)).parameters
        yield partial(models.get_model, name, **{key: None for key in ("weights", "weights_backbone") if key in takes})


def timm_models(models: Any) -> Iterator[Callable[[], Any]]:
    return (partial(models.create_model, name) for name in models.list_models())


_MODELS = {"timm": timm_models, "torchvision": torchvision_models}


def declare_operators() -> torch.library.Library | None:
    """Where torchvision's own library does not fit torch, its Python part can be imported once these are declared."""
    try:
        torch.ops.load_library(Path(importlib.util.find_spec("torchvision").origin).with_name("_C.so"))
    except OSError:
        declared = torch.library.Library("torchvision", "DEF")
        for name in "nms", "qnms", "roi_align", "ps_roi_align", "roi_pool", "ps_roi_pool", "deform_conv2d":
            declared.define(f"{name}(Tensor x) -> Tensor")
        return declared
    return None


def constructed(root: Path, models: Iterator[Callable[[], Any]]) -> set[tuple[str, int]]:
    """The lines below root that construct a BatchNorm while the models are built."""
    lines: set[tuple[str, int]] = set()
    plain = _BatchNorm.__init__

    def noting(self: _BatchNorm, *args: Any, **keywords: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_back and (frame.f_locals.get("self") is self or "/torch/nn/" in frame.f_code.co_filename):
            frame = frame.f_back
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        plain(self, *args, **keywords)

    _BatchNorm.__init__ = noting
    for build in models:
        try:
            with torch.device("meta"):
                build()
        except NotImplementedError:
            pass  # it reads a weight when all layers are constructed
    _BatchNorm.__init__ = plain
    return {(os.path.relpath(path, root), line) for path, line in lines if Path(path).is_relative_to(root)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=_MODELS)
    library: str = parser.parse_args().library
    _operators = declare_operators()  # they go with it
    root = Path(importlib.import_module(library).__path__[0])
    lines = constructed(root, _MODELS[library](importlib.import_module(f"{library}.models")))
    with tempfile.TemporaryDirectory() as folder:  # installed packages are excluded by default
        copy = shutil.copytree(root, Path(folder, library), ignore=shutil.ignore_patterns("*.so", "*.pyc"))
        survey = [sys.executable, "-m", "bn_lint", "debug", "coverage", "--output-format", "json", str(copy)]
        sites = json.loads(subprocess.run(survey, capture_output=True, check=True).stdout)["sites"]
        seen = {(os.path.relpath(site["path"], copy), site["line"]) for site in sites if site["seen"]}
    for path, line in sorted(lines - seen):
        print(f"not seen: {path}:{line}")
    print(f"{library}: seen {len(lines & seen)} of {len(lines)} = {100 * len(lines & seen) / len(lines):.1f} %")
    return 1 if lines - seen else 0


if __name__ == "__main__":
    sys.exit(main())
