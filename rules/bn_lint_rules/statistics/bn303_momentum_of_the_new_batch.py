from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid
from bn_lint_rules.statistics._settings import place, replaced, settings

_LEAST = 0.9
_IMPORT = "from torch import nn\n\n"


class MomentumOfTheNewBatch(Rule):
    """A BatchNorm's momentum makes its running statistics those of the last batch.

    ## What it does
    Finds BatchNorm layers with a momentum of 0.9 or more, but less than 1.

    ## Why is this bad
    PyTorch's momentum is the weight of the new batch: `running = (1 - momentum) * running + momentum * batch`. Keras,
    TensorFlow, Caffe and Paddle mean the weight of what was there before, so that their 0.99 is 0.01 here. Written as
    0.99, the running statistics after training are those of the last batch of it, and in eval mode, where an engine
    uses them, the outputs are as good as that batch was typical. Nothing fails, and the export is faithful.

    A momentum of 1 is not reported: it says in so many words that the last batch is wanted.

    ## Example
    ```python
    nn.BatchNorm2d(64, eps=1e-3, momentum=0.99)
    ```

    ## Use instead
    ```python
    nn.BatchNorm2d(64, eps=1e-3, momentum=0.01)
    ```

    ## Fix safety
    The fix writes 1 - momentum. It is unsafe: a training that was tuned with the old value changes. A model that is
    trained already keeps its statistics; recompute them with `torch.optim.swa_utils.update_bn`.
    """

    code = "BN303"
    name = "momentum-of-the-new-batch"
    severity = Severity.WARNING
    examples = (
        Valid(_IMPORT + "norm = nn.BatchNorm2d(8, momentum=0.1)\n"),
        Valid(_IMPORT + "norm = nn.BatchNorm2d(8, momentum=1 - 0.99)\n"),
        Valid(_IMPORT + "norm = nn.BatchNorm2d(8, momentum=None)\n"),
        Valid(_IMPORT + "norm = nn.BatchNorm2d(8, momentum=1.0)\n"),
        Invalid(
            _IMPORT + "norm = nn.BatchNorm2d(8, momentum=0.99)\n",
            ("3:35 momentum=0.99 gives the newest batch 99% of the running statistics: PyTorch's momentum is ...",),
            fixed=_IMPORT + "norm = nn.BatchNorm2d(8, momentum=0.01)\n",
        ),
        Invalid(
            _IMPORT
            + "BN_MOMENTUM = 0.9\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.norm = nn.BatchNorm1d(8, 1e-3, BN_MOMENTUM)\n",
            ("9:45 momentum=0.9 gives the newest batch 90% of the running statistics: ...",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for setting in settings(context, "momentum"):
            if not _LEAST <= setting.value < 1:
                continue
            other = f"{1 - setting.value:.6g}"
            share = f"{setting.value * 100:.4g}%"
            message = (
                f"momentum={setting.value:g} gives the newest batch {share} of the running statistics: "
                "PyTorch's momentum is the weight of the new batch, not of the old value as in Keras"
            )
            fix = replaced(setting.site, "momentum", other, f"Use momentum={other}")
            yield Finding(setting.site, message, setting.related, fix, place(setting.site, "momentum"))
