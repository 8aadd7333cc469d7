"""What a model's source declares of its normalisation layers, read without running it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from bn_lint.engine.errors import UserError
from bn_lint.model.trees import Submodule, Tree, trees
from bn_lint.verify.checkpoint.norms import Declared
from bn_lint.verify.static_map import SourceMap


def declared(source: str, paths: Collection[str]) -> dict[str, Declared]:
    """The normalisation layers, by path, of the model in `file.py` or `file.py::name` that has most of some paths.

    Raises UserError for a file that cannot be read or builds no model that can be followed.
    """
    name, _, only = source.partition("::")
    file = Path(name)
    if not file.is_file():
        raise UserError(f"{name}: no such file; write file.py, or file.py::Class")
    ends = {".".join(path.split(".")[cut:]) for path in paths for cut in range(path.count(".") + 1)}

    def fit(tree: Tree) -> tuple[int, int]:
        norms = [path for path, layer in tree.layers.items() if _is_norm(layer)]
        known = sum(path in ends for path in norms)
        return known, known - len(norms)

    found = max(trees(file, SourceMap([file]).read, only.partition("(")[0] or None), key=fit, default=None)
    if found is None:
        what = f"{only} of {name}" if only else name
        raise UserError(f"{what}: builds no model that can be followed by reading; try --model {name}::Class")
    return {path: _declared(layer) for path, layer in found.layers.items() if _is_norm(layer)}


def _is_norm(layer: Submodule) -> bool:
    return "track_running_stats" in layer.attributes


def _declared(layer: Submodule) -> Declared:
    given: dict[str, Any] = layer.attributes
    count = given.get("num_features")
    return Declared(
        cls=layer.cls,
        num_features=count if isinstance(count, int) else None,
        eps=given.get("eps"),
        momentum=given.get("momentum"),
        affine=given.get("affine"),
        tracked=bool(given["track_running_stats"]),
    )
