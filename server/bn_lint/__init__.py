"""bn-lint: finds BatchNorm problems in PyTorch source before they break or spoil a TensorRT engine."""

__version__ = "0.1.0"
