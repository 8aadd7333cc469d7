from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class EagerFailed(VerifyRule):
    """The model does not run.

    ## What it does
    Reports an error that the model raises in eager mode, in eval mode, on the line that built the failing layer or
    on the line of `forward` that failed. The input is the one of `--input`, or one that fits the first layer.

    ## Why is this bad
    What does not run cannot be exported. The message of PyTorch names neither the layer nor its line.

    ## Example
    ```python
    self.conv = nn.Conv2d(3, 16, 3)
    self.bn = nn.BatchNorm2d(32)
    ```

    ## Use instead
    ```python
    self.conv = nn.Conv2d(3, 16, 3)
    self.bn = nn.BatchNorm2d(16)
    ```
    """

    code = "BN903"
    name = "eager-failed"
    severity = Severity.ERROR
