from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class UnsupportedOperator(VerifyRule):
    """An operator of the model has no counterpart in ONNX or in TensorRT.

    ## What it does
    Reports an operator that the exporter has no ONNX form for, or that TensorRT's parser refuses, on the line that
    it comes from.

    ## Why is this bad
    The engine cannot be built. For BatchNorm the usual case is `training_mode = 1`: the layer was exported with the
    statistics of the batch, which TensorRT does not support.

    ## Example
    ```python
    self.bn = nn.BatchNorm2d(64, track_running_stats=False)
    torch.onnx.export(model.eval(), x, "model.onnx", dynamo=False)
    ```

    ## Use instead
    ```python
    self.bn = nn.BatchNorm2d(64)
    ```
    """

    code = "BN904"
    name = "unsupported-operator"
    severity = Severity.ERROR
