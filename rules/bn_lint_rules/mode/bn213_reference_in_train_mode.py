from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import ReferenceInTrainMode
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import everywhere
from bn_lint_rules.mode._nets import NET

_COMPARE = """\
expected = model(x)
torch.onnx.export(model, x, "net.onnx", dynamo=False)
session = onnxruntime.InferenceSession("net.onnx")
actual = session.run(None, {"x": x.numpy()})[0]
np.testing.assert_allclose(expected.detach().numpy(), actual, rtol=1e-3)
"""
_NET = "import numpy as np\nimport onnxruntime\n" + NET


class ReferenceComputedInTrainMode(Rule):
    """The PyTorch side of an accuracy comparison was computed in train mode.

    ## What it does
    Follows the outputs of models to `allclose`, `assert_close` and `assert_allclose`, and reports the comparison of one
    that was computed in train mode with what the export of the same model gives.

    ## Why is this bad
    The exported model normalises with running statistics, the reference with those of its batch: they differ, and the
    export is blamed. Half of all reports that TensorRT gets BatchNorm wrong end here. Running the reference also moves
    the running statistics, so the second comparison differs from the first.

    ## Example
    ```python
    expected = model(x)
    torch.onnx.export(model, x, "net.onnx", dynamo=False)  # switches to eval mode itself
    np.testing.assert_allclose(expected.detach().numpy(), session.run(None, feed)[0])
    ```

    ## Use instead
    ```python
    model.eval()
    expected = model(x)
    torch.onnx.export(model, x, "net.onnx", dynamo=False)
    np.testing.assert_allclose(expected.detach().numpy(), session.run(None, feed)[0])
    ```
    """

    code = "BN213"
    name = "reference-in-train-mode"
    severity = Severity.ERROR
    examples = (
        Valid(_NET + "model.eval()\n" + _COMPARE),
        Invalid(
            _NET + _COMPARE,
            ("23:1 the output compared here was computed by Net in train mode: it differs from that of any ...",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, events in context.evaluation.events(ReferenceInTrainMode).items():
            event = everywhere(context, events)
            if event is not None:
                yield Finding(
                    place,
                    f"the output compared here was computed by {event.cls.name} in train mode: "
                    "it differs from that of any export in eval mode",
                    (Related(event.ran, "computed here"), Related(event.exported, "exported here")),
                )
