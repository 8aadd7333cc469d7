from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Exported
from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Related, Rule, Severity, Valid
from bn_lint.source import ir
from bn_lint.source.tree import Node

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
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for site, events in context.evaluation.events(Exported).items():
            event = next((e for e in events if e.decisions == 0), None)
            if event is None or event.wants != "eval":
                continue
            count = len(event.wrong)
            some = f"{count} BatchNorm" if count == event.layers else f"{count} of {event.layers} BatchNorm"
            message = f"{event.cls.name} is in train mode here ({some}): {event.clause}"
            related: list[Related] = []
            if event.built is not None:
                related.append(Related(event.built, f"{event.cls.name} is built here, in train mode"))
            if event.switched is not None:
                related.append(Related(event.switched, "its mode was last set here"))
            yield Finding(site, message, tuple(related), _put_in_eval_mode(site))


def _put_in_eval_mode(call: Node) -> Fix | None:
    """Insert `model.eval()` as a line before the statement, where the model is a name; else chain `.eval()`."""
    found = call.ir
    if found is None or found[0] != "call" or not found[3] or found[3][0][0] == "star":
        return None
    model = found[3][0]
    node = call.piece.node(model[1])
    statement, looped = _statement_around(call)
    if model[0] not in ("name", "attr"):
        if model[0] != "call":
            return None
        _, end = node.span
        return Fix("Put the model in eval mode: `.eval()`", (Edit(end, end, ".eval()"),))
    start, _ = statement.span
    source = call.piece.file.source
    line_start, _ = source.line_span(source.position(start).line)
    indent = source.text[line_start:start]
    if indent.strip():
        return None
    line = f"{node.text}.eval(){source.newline}{indent}"
    return Fix(f"Call `{node.text}.eval()` before the export", (Edit(start, start, line),), safe=not looped)


def _statement_around(call: Node) -> tuple[Node, bool]:
    """The innermost statement around a call, and whether it stands in a loop."""
    innermost, looped = 0, False
    for candidate in ir.walk(call.piece.fragment.body):
        if candidate[1] > call.number:
            break
        if candidate[0] in ir.STATEMENTS and any(inner[1] == call.number for inner in ir.walk(candidate)):
            innermost = candidate[1]
            if candidate[0] in ("for", "while"):
                looped = True
            elif candidate[0] in ("def", "class"):
                looped = False
    return call.piece.node(innermost), looped
