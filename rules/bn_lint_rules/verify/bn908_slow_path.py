from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class SlowPath(VerifyRule):
    """TensorRT did not fold a BatchNorm into its convolution.

    ## What it does
    Reports a BatchNorm for which TensorRT's parser uses elementwise layers because its statistics or parameters are
    computed while the engine runs; and BatchNorms that the finished engine computes apart from the convolution before
    them, as its list of layers tells, although nothing else uses what that convolution answers.

    ## Why is this bad
    It is not wrong, it is slow: a folded BatchNorm costs nothing. (Nor does one that shares a kernel with an addition
    that has to be made anyway.)

    ## Example
    ```python
    self.bn = nn.BatchNorm2d(64, track_running_stats=False)
    ```

    ## Use instead
    ```python
    self.bn = nn.BatchNorm2d(64)
    ```
    """

    code = "BN908"
    name = "slow-path"
    severity = Severity.INFO
