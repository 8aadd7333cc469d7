from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Rule, Severity, Valid

_METHODS = ("eval", "train")


class EvalNotCalled(Rule):
    """`model.eval` without parentheses does nothing.

    ## What it does
    Finds a statement that only names the `eval` or `train` method of a module and does not call it.

    ## Why is this bad
    The module stays in train mode. Every exporter that follows then either fails far from here, or bakes
    batch statistics into the engine: its output for one image depends on the other images of the batch.

    ## Example
    ```python
    model = Net()
    model.eval
    torch.onnx.export(model, x, "net.onnx")
    ```

    ## Use instead
    ```python
    model = Net()
    model.eval()
    torch.onnx.export(model, x, "net.onnx")
    ```
    """

    code = "BN202"
    name = "eval-not-called"
    severity = Severity.ERROR
    examples = (
        Valid("import torch\n\nmodel = torch.nn.BatchNorm1d(4)\nmodel.eval()\n"),
        Valid("import torch\n\nmodel = torch.nn.BatchNorm1d(4)\nmode = model.eval\n"),
        Valid("import pandas\n\ntable = pandas.DataFrame()\ntable.eval\n"),
        Invalid(
            "import torch\n\nmodel = torch.nn.BatchNorm1d(4)\nmodel.eval\n",
            ("4:1 `model.eval` is not called: the module stays in its present mode",),
            fixed="import torch\n\nmodel = torch.nn.BatchNorm1d(4)\nmodel.eval()\n",
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        if not context.names.imports("torch"):
            return
        for node, statement in context.nodes("expr"):
            value = statement[2]
            if value[0] == "attr" and value[3] in _METHODS:
                _, end = node.piece.node(value[1]).span
                text = node.piece.node(value[1]).text
                yield Finding(
                    node,
                    f"`{text}` is not called: the module stays in its present mode",
                    fix=Fix(f"Call it: `{text}()`", (Edit(end, end, "()"),)),
                )
