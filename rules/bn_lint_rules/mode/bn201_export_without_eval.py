from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import amount, way_to_export, way_to_switch, wrong_exports
from bn_lint_rules.mode._fixes import put_in_eval_mode

_SCRIPT = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        return self.bn(self.conv(x))


model = Net()
{before}torch.onnx.export(model, torch.randn(1, 3, 32, 32), "net.onnx", dynamo={dynamo})
"""


class ExportWithoutEval(Rule):
    """A model is exported or compiled in train mode.

    ## What it does
    Follows models from where they are built to where they leave Python (torch.export, torch.onnx, torch.jit,
    torch_tensorrt, torch.compile with a TensorRT backend and the converters of other tools), and reports the call when
    BatchNorm layers of the model are in train mode there. The message says what that call then does.

    ## Why is this bad
    A new module is in train mode. torch_tensorrt compiles it without a word and bakes batch statistics into the engine:
    on a ResNet-18 the outputs were wrong by 15.5 of 16.4, and each depends on the other images of its batch. Other
    exporters write something that matches neither mode, or fail later with a text that names no line.

    ## Example
    ```python
    model = Net()
    torch.onnx.export(model, x, "net.onnx")
    ```

    ## Use instead
    ```python
    model = Net()
    model.eval()
    torch.onnx.export(model, x, "net.onnx")
    ```

    ## Fix safety
    The fix puts the model in eval mode just before the call. Inside a loop that goes on to train, switch back after it;
    there the fix is offered as unsafe.
    """

    code = "BN201"
    name = "export-without-eval"
    severity = Severity.ERROR
    examples = (
        Valid(_SCRIPT.format(before="model.eval()\n", dynamo=True)),
        # The TorchScript exporter switches to eval mode itself.
        Valid(_SCRIPT.format(before="", dynamo=False)),
        Invalid(
            _SCRIPT.format(before="", dynamo=True),
            ("16:1 Net is in train mode here (1 BatchNorm): ...",),
            fixed=_SCRIPT.format(before="model.eval()\n", dynamo=True),
        ),
        # What was meant to switch the mode is called.
        Invalid(
            _SCRIPT.format(before="model.eval\n", dynamo=True),
            ("17:1 Net is in train mode here (1 BatchNorm): ...",),
            fixed=_SCRIPT.format(before="model.eval()\n", dynamo=True),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, event in wrong_exports(context):
            if event.wants != "eval" or event.quantizes or event.undone is not None:
                continue
            gradless = ""
            if event.gradless is not None:
                gradless = " (torch.no_grad() only stops gradients, it does not switch BatchNorm)"
            built = () if event.built is None else (Related(event.built, f"{event.cls.name} is built here"),)
            yield Finding(
                place,
                f"{amount(event)}{gradless}: {event.clause}",
                (*built, *way_to_switch(event), *way_to_export(place, event)),
                put_in_eval_mode(place, event.name) if place == event.at else None,
            )
