from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class ExportFailed(VerifyRule):
    """The model could not be exported.

    ## What it does
    Reports an error of torch.export or torch.onnx.export, on the line of the model that it came through.

    ## Why is this bad
    A model that cannot be exported cannot be compiled. It runs in eager mode, so the cause is what the exporter
    cannot trace: control flow that depends on data, an axis that is declared dynamic and used as a constant, state
    that changes in forward.

    ## Example
    ```python
    def forward(self, x):
        if x.sum() > 0:  # the exporter cannot know which way
            x = self.bn(x)
        return x
    ```

    ## Use instead
    ```python
    def forward(self, x):
        return torch.where(x.sum() > 0, self.bn(x), x)
    ```
    """

    code = "BN902"
    name = "export-failed"
    severity = Severity.ERROR
