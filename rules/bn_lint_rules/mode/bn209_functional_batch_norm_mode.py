from __future__ import annotations

from collections.abc import Iterable, Iterator

from bn_lint.rule import Edit, FileContext, Finding, Fix, Invalid, Rule, Severity, Valid
from bn_lint.source import ir
from bn_lint.source.tree import Node

_NAMES = ("torch.nn.functional.batch_norm", "torch.batch_norm")
# The place of `training` among the positional arguments of F.batch_norm.
_TRAINING = 5
# One of these around the input, and BatchNorm is used as something else: instance normalisation, weight
# standardisation.
_RESHAPES = frozenset({"view", "reshape", "unsqueeze", "expand", "repeat", "rearrange", "flatten", "permute", "unfold"})

_NET = """\
import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x):
        return F.batch_norm({arguments})
"""


class FunctionalBatchNormMode(Rule):
    """F.batch_norm does not follow the mode of the module that calls it.

    ## What it does
    Finds calls of `F.batch_norm` in `forward` methods with the literal `training=True`, calls with trainable
    parameters that leave `training` at its default, which is False, and calls without training and without running
    statistics, which PyTorch refuses. Methods that look at `self.training` themselves are
    left alone, and so are those that reshape their input first: BatchNorm is often used to compute something else.

    ## Why is this bad
    With `training=True` the call computes batch statistics in eval mode too, whatever `eval()` says. torch_tensorrt
    compiles that without a word, torch2trt ignores the argument and uses the running statistics, the ONNX graph gets
    training_mode=1, which TensorRT refuses. Without the argument the running statistics are used in training as well,
    and never updated: they stay 0 and 1.

    ## Example
    ```python
    return F.batch_norm(x, self.mean, self.var, self.weight, self.bias, training=True)
    ```

    ## Use instead
    ```python
    return F.batch_norm(x, self.mean, self.var, self.weight, self.bias, training=self.training)
    ```

    ## Fix safety
    The fix passes `self.training`. It changes what the model computes, which is the point, so it is unsafe.
    """

    code = "BN209"
    name = "functional-batch-norm-mode"
    severity = Severity.WARNING
    examples = (
        Valid(_NET.format(arguments="x, self.mean, self.var, self.weight, self.bias, training=self.training")),
        # Frozen on purpose.
        Valid(_NET.format(arguments="x, self.mean, self.var, self.weight, self.bias, training=False")),
        Invalid(
            _NET.format(arguments="x, None, None, training=False"),
            ("15:16 without training the running statistics are needed, and running_mean is None: PyTorch ...",),
        ),
        # Instance normalisation.
        Valid(_NET.format(arguments="x.view(1, -1, 8, 8), None, None, training=True")),
        Invalid(
            _NET.format(arguments="x, self.mean, self.var, self.weight, self.bias, training=True"),
            ("15:16 training=True: batch statistics are computed in eval mode too; eval() does not reach this call",),
            fixed=_NET.format(arguments="x, self.mean, self.var, self.weight, self.bias, training=self.training"),
        ),
        Invalid(
            _NET.format(arguments="x, self.mean, self.var, self.weight, self.bias"),
            ("15:16 training is left at False: the running statistics are used in train mode too, and never updated",),
            fixed=_NET.format(arguments="x, self.mean, self.var, self.weight, self.bias, training=self.training"),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for node, owner in context.nodes("class"):
            for method in owner[5]:
                if method[0] == "def" and method[2] == "forward" and not _looks_at_mode(method):
                    yield from _in_method(context, node, owner, method)


def _looks_at_mode(method: ir.Node) -> bool:
    """Whether a method asks for the mode itself, or makes another shape of its input."""
    return any(
        (node[0] == "attr" and (node[3] == "training" or node[3] in _RESHAPES))
        or (node[0] == "name" and node[2] in ("training", "train", *_RESHAPES))
        or (node[0] == "const" and node[2] == "training")
        for node in ir.walk(method)
    )


def _in_method(context: FileContext, node: Node, owner: ir.Node, method: ir.Node) -> Iterator[Finding]:
    receiver = method[3][0][1] if method[3] else None
    for call in ir.walk(method):
        if call[0] != "call" or context.names.torch_name(call[2]) not in _NAMES:
            continue
        args, keywords = call[3], dict(call[4])
        if any(arg[0] == "star" for arg in args) or None in keywords:
            continue
        place = node.piece.node(call[1])
        flag = keywords.get("training", args[_TRAINING] if len(args) > _TRAINING else None)
        mean = keywords.get("running_mean", args[1] if len(args) > 1 else None)
        functional = context.names.torch_name(call[2]) == _NAMES[0]
        if functional and _is(mean, None) and (flag is None or _is(flag, False)):
            yield Finding(
                place,
                "without training the running statistics are needed, and running_mean is None: PyTorch raises an error",
            )
        elif flag is None:
            parameters = [*args[3:5], *(keywords[name] for name in ("weight", "bias") if name in keywords)]
            if any(_is_trainable(parameter, receiver, owner) for parameter in parameters):
                last = node.piece.node((call[4][-1][1] if call[4] else args[-1])[1])
                edit = Edit(last.span[1], last.span[1], f", training={receiver}.training")
                yield Finding(
                    place,
                    "training is left at False: the running statistics are used in train mode too, and never updated",
                    fix=Fix(f"Pass `training={receiver}.training`", (edit,), safe=False),
                )
        elif _is(flag, True):
            start, end = node.piece.node(flag[1]).span
            yield Finding(
                place,
                "training=True: batch statistics are computed in eval mode too; eval() does not reach this call",
                fix=Fix(f"Pass `{receiver}.training`", (Edit(start, end, f"{receiver}.training"),), safe=False),
            )


def _is(node: ir.Node | None, value: bool | None) -> bool:
    return node is not None and node[0] == "const" and node[2] is value


def _is_trainable(expression: ir.Node, receiver: str | None, owner: ir.Node) -> bool:
    """Whether an expression is an attribute that the class assigns an nn.Parameter."""
    if expression[0] != "attr" or expression[2][0] != "name" or expression[2][2] != receiver:
        return False
    return any(
        node[0] == "assign"
        and any(target[0] == "attr" and target[3] == expression[3] for target in node[2])
        and node[3][0] == "call"
        and (ir.dotted_name(node[3][2]) or "").rpartition(".")[2] == "Parameter"
        for node in ir.walk(owner)
    )
