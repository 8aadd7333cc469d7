from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class BatchNormInTrainModeAtExport(VerifyRule):
    """A BatchNorm normalises with the statistics of the batch where the model is exported.

    ## What it does
    Reports a model that an export call is given in training mode, and layers that stay in training mode after
    `model.eval()`: kept in a plain list, built inside `forward`, left out by an overridden `train`, or called as a
    function with `training=True`.

    ## Why is this bad
    What is exported then depends on the exporter: batch statistics in the engine, running ones in silence, or an
    error. The engine disagrees with the model in eval mode.

    ## Example
    ```python
    self.norms = [nn.BatchNorm2d(16) for _ in range(3)]
    ```

    ## Use instead
    ```python
    self.norms = nn.ModuleList(nn.BatchNorm2d(16) for _ in range(3))
    ```
    """

    code = "BN906"
    name = "batchnorm-in-train-mode-at-export"
    severity = Severity.ERROR
