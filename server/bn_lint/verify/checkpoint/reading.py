"""Reads a checkpoint of any known format."""

from __future__ import annotations

from pathlib import Path

from bn_lint.engine.errors import UserError
from bn_lint.verify.checkpoint import safetensors_file, torch_file
from bn_lint.verify.checkpoint.norms import Norm, of_state_dict
from bn_lint.verify.interpreter import choose

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_IN_FOLDER = ("model.safetensors", safetensors_file.INDEX, "pytorch_model.bin")


def norms(path: Path, python: str | None) -> list[Norm]:
    """The normalisation layers of a checkpoint: a safetensors file, an index of several, a folder that holds either,
    or a file of torch.save, which is read by `python` (None: the likeliest interpreter that has torch).

    Raises UserError that names the file and says what it is instead.
    """
    if path.is_dir():
        inside = next((path / name for name in _IN_FOLDER if (path / name).is_file()), None)
        if inside is None:
            raise UserError(f"{path}: a folder without {', '.join(_IN_FOLDER)}; name the checkpoint")
        path = inside
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if path.suffix == ".json":
        return of_state_dict(safetensors_file.read_sharded(path))
    if path.suffix == ".safetensors" or safetensors_file.looks_like_one(start):
        return of_state_dict(safetensors_file.read(path))
    if not start.startswith((_ZIP, _PICKLE)):
        raise UserError(f"{path}: not a checkpoint: neither safetensors nor a file of torch.save")
    groups = torch_file.read(path, choose(python, Path.cwd()))
    return [
        norm
        for group in groups
        for norm in of_state_dict(group.tensors, ".".join(group.keys) if len(groups) > 1 else "")
    ]
