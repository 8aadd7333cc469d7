from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class BuildFailed(VerifyRule):
    """TensorRT could not build the exported model.

    ## What it does
    Reports what TensorRT's parser or builder said when it refused the exported model, on the line that built the
    layer, with the line of `forward` that called it.

    ## Why is this bad
    There is no engine. TensorRT names its own layers, never a line of Python; the raw text is attached, and where
    the message is known, its cause and remedy.

    ## Example
    ```text
    model.py:12:19: BN901 build-failed: TensorRT cannot build `bn` (BatchNorm2d(64)): ...
    ```

    ## Use instead
    Follow the remedy that is printed. `bn-lint verify TARGET --bisect` narrows the failure to the smallest
    submodule that still fails.
    """

    code = "BN901"
    name = "build-failed"
    severity = Severity.ERROR
