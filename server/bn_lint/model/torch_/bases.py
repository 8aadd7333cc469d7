"""The private base classes of PyTorch's layers: `isinstance(module, nn.modules.batchnorm._BatchNorm)`."""

from __future__ import annotations

import re

from bn_lint.model.values import Class

_LAYERS = {
    "_NormBase": r"(Sync)?(BatchNorm|InstanceNorm)",
    "_BatchNorm": r"(Sync)?BatchNorm",
    "_InstanceNorm": r"InstanceNorm",
    "_ConvNd": r"Conv(Transpose)?\dd",
    "_ConvTransposeNd": r"ConvTranspose\dd",
    "_DropoutNd": r"\w*Dropout",
    "_MaxPoolNd": r"MaxPool",
    "_AvgPoolNd": r"AvgPool",
    "_AdaptiveAvgPoolNd": r"AdaptiveAvgPool",
    "RNNBase": r"(RNN|LSTM|GRU)$",
}


def derives(cls: Class, base: str) -> bool | None:
    """Whether a class of modules derives from a class of PyTorch's that has no entry of its own; None: not known."""
    if cls.opaque:
        return None
    layers = [each.name for each in cls.mro if each.node is None and each.bases]
    pattern = _LAYERS.get(base.rpartition(".")[2])
    if pattern is not None:
        return any(re.match(pattern, layer) for layer in layers)
    return None if layers else False
