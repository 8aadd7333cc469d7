"""The pages of what `bn-lint verify` reports: nothing is checked here."""

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


class StatisticsNotFiniteOrNotTrained(VerifyRule):
    """A BatchNorm holds statistics that it cannot normalise with.

    ## What it does
    Reports NaN and infinite values in the statistics or parameters of a layer, a negative variance, a scale that
    the data type cannot hold, a layer that answers NaN to finite input; and, as a warning, layers that still have
    their initial statistics in a model of which other layers were trained or loaded.

    ## Why is this bad
    The engine builds, and answers NaN or noise. Layers that are left at their initial values are the trace of a
    checkpoint whose names do not match, loaded with `strict=False`.

    ## Example
    ```python
    model.load_state_dict(torch.load("checkpoint.pt"), strict=False)
    ```

    ## Use instead
    ```python
    model.load_state_dict(torch.load("checkpoint.pt"))
    ```
    """

    code = "BN907"
    name = "statistics-not-finite-or-not-trained"
    severity = Severity.ERROR


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
