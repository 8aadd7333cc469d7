from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class NumericsDiffer(VerifyRule):
    """The compiled model answers otherwise than the model in eval mode.

    ## What it does
    Runs the exported graph with onnxruntime, and the engine where there is a GPU, and compares the answers with
    those of the model in eval mode: with the statistics that it has, and once more with randomised ones. Reports
    the first BatchNorm where the answers part.

    ## Why is this bad
    Nothing fails: the engine builds and its answers are wrong. Fresh statistics (mean 0, variance 1) hide most of
    these defects, hence the second pass. A difference counts when it is more than rounding explains: 0.2 % of the
    largest output in float32.

    ## Example
    ```text
    model.py:20:19: BN905 numerics-differ: the engine answers otherwise than the model in eval mode: the largest
    difference is 2.45 where the largest output is 3.1; the outputs part at `bn` (BatchNorm2d(16))
    ```

    ## Use instead
    Look at the layer that is named: BatchNorm without running statistics, batch sizes that are constants in the
    code, precision.
    """

    code = "BN905"
    name = "numerics-differ"
    severity = Severity.ERROR
