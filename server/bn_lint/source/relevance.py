"""Whether a file can matter at all, told from its text: most files of most projects cannot, and are not even parsed."""

from __future__ import annotations

import re

# A normalisation layer by any usual name; a model that may hold one; a call that takes a model out of Python.
_LAYER = re.compile(r"[nN]orm(?!al)|NORM(?!AL)|(?<![a-zA-Z])(?:bn|BN)(?![a-z])|[a-z]BN|\bABN|Module\b")
_SHORT = re.compile(r"(?:\b|_)(?:bn|BN)(?![a-z])|[a-z]BN|\bABN")
_EXPORT = re.compile(
    r"export|onnx|tensorrt|\btrt\b|torch2trt|torch\.compile|\.compile\(|\bjit\b|\.script\(|trace|quantiz|convert|freeze"
)
_TORCH = re.compile(r"torch|timm")


def may_matter(text: str) -> bool:
    """Whether a file with this text may build a normalisation layer, or export a model."""
    return _LAYER.search(text) is not None or (_EXPORT.search(text) is not None and _TORCH.search(text) is not None)


def names_batch_norm(text: str) -> bool:
    """Whether a text names BatchNorm in any usual way."""
    small = text.lower()
    return "batchnorm" in small or "batch_norm" in small or ("bn" in small and _SHORT.search(text) is not None)
