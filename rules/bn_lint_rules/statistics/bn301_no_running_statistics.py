from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import NoStatistics
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint.source import ir
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import argument, built_by
from bn_lint_rules.statistics._settings import BATCH_NORMS

_POSITION = 4
_MESSAGE = (
    "this BatchNorm has no running statistics: torch_tensorrt 2.9 and later builds it without a warning and skips the "
    "normalisation; the TorchScript ONNX exporter writes training_mode=1, which TensorRT refuses"
)


class NoRunningStatistics(Rule):
    """A BatchNorm without running statistics is compiled wrongly, and silently.

    ## What it does
    Finds BatchNorm layers built with `track_running_stats=False`, and those whose `running_mean` is set to None later.

    ## Why is this bad
    Such a layer normalises with the statistics of the batch even in eval mode. Measured on real builds:

    - `torch_tensorrt.compile(ir="dynamo")` and `torch.compile(backend="tensorrt")`, 2.9.0 and later: builds without a
      warning and answers wrongly. The largest difference was 2.45 after a Conv2d, and 16.3 for a layer without affine
      parameters, whose input comes out nearly unchanged.
    - `torch.onnx.export(dynamo=False)`: TensorRT's parser fails with `This version of TensorRT does not support
      training_mode == 1 in BatchNormalization.`
    - `torch.onnx.export(dynamo=True)`: builds; the statistics are computed in the graph, as in eager, and the output
      for one image depends on the others of its batch.

    ## Example
    ```python
    nn.BatchNorm2d(64, track_running_stats=False)
    ```

    ## Use instead
    ```python
    nn.BatchNorm2d(64)
    ```
    Train it, or recompute the statistics of a trained model with `torch.optim.swa_utils.update_bn`. Where the
    statistics of the single sample are wanted, nn.InstanceNorm2d or nn.GroupNorm says so.

    ## References
    - pytorch/TensorRT pull request 3758, which introduced the converter
    - pytorch/pytorch issue 75252
    """

    code = "BN301"
    name = "no-running-statistics"
    severity = Severity.WARNING
    examples = (
        Valid("from torch import nn\n\nnorm = nn.BatchNorm2d(8, track_running_stats=True)\n"),
        Valid("from torch import nn\n\nnorm = nn.InstanceNorm2d(8, track_running_stats=False)\n"),
        Invalid(
            "from torch import nn\n\nnorm = nn.BatchNorm2d(8, track_running_stats=False)\n",
            ("3:46 this BatchNorm has no running statistics: ...",),
        ),
        Invalid(
            "from functools import partial\n\nfrom torch import nn\n\n\ndef net():\n"
            "    norm = partial(nn.BatchNorm2d, track_running_stats=False)\n"
            "    return nn.Sequential(nn.Conv2d(3, 8, 3), norm(8))\n",
            ("8:46 this BatchNorm has no running statistics: ...",),
        ),
        Invalid(
            "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.bn = nn.BatchNorm2d(8)\n        self.bn.running_mean = self.bn.running_var = None\n",
            ("7:19 this BatchNorm has no running statistics: ...",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        found: dict[Node, Finding] = {}
        for node, call in context.nodes("call"):
            if context.names.torch_name(call[2]) in BATCH_NORMS:
                given = argument(node, "track_running_stats", _POSITION)
                if given is not None and _is_false(given.ir):
                    found[node] = Finding(node, _MESSAGE, span=given.span)
        for site, events in context.evaluation.events(NoStatistics).items():
            if site not in found and events[0].decisions == 0:
                removed = events[0].removed
                story = () if removed is None else (Related(removed, "its running statistics are taken away here"),)
                found[site] = Finding(site, _MESSAGE, (*story, *built_by(events[0])))
        return found.values()


def _is_false(node: ir.Node | None) -> bool:
    return node is not None and node[0] == "const" and node[2] is False
