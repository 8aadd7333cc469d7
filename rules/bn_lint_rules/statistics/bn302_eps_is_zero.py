from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import Halved
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint.source.tree import Node
from bn_lint_rules.channels._events import built_by
from bn_lint_rules.statistics._settings import place, replaced, settings

_IMPORT = "from torch import nn\n\n"
_NET = "model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8, eps={eps}))\n"


class EpsIsZero(Rule):
    """A BatchNorm's eps is 0, or becomes 0 in float16.

    ## What it does
    Finds BatchNorm layers with an eps of 0 or less, and layers with an eps of 3e-8 or less in a model that is cast to
    float16 by `half()` or `to(torch.float16)`.

    ## Why is this bad
    BatchNorm divides by `sqrt(running_var + eps)`. With an eps of 0, a channel whose variance is 0 gives NaN; PyTorch
    2.13 refuses to train such a layer (`batch_norm eps must be positive during training`), and 2.11 to run it. A
    negative eps is refused always.

    In float16 the smallest positive number is 6e-8; half of it and less is 0. TensorRT's parser folds a BatchNorm in
    the type that it is given. Measured on a real build, a model in float16 with eps=1e-12 and a channel whose variance
    is 0 (a dead channel, or a variance below 3e-8) gives NaN, from an engine that builds without a warning.

    ## Example
    ```python
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8, eps=1e-8)).half()
    ```

    ## Use instead
    ```python
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)).half()
    ```
    or keep the model in float32 and let TensorRT choose FP16.

    ## Fix safety
    The fix writes PyTorch's default, 1e-05. It is unsafe: it changes the numbers that the layer gives.
    """

    code = "BN302"
    name = "eps-is-zero"
    severity = Severity.WARNING
    examples = (
        Valid(_IMPORT + _NET.format(eps="1e-3") + "model.half()\n"),
        # Small, and exact enough in float32.
        Valid(_IMPORT + _NET.format(eps="1e-8")),
        # What becomes of an input is not what becomes of the layer.
        Valid(_IMPORT + "import torch\n\n" + _NET.format(eps="1e-8") + "x = torch.zeros(1, 3, 8, 8).half()\n"),
        Invalid(
            _IMPORT + _NET.format(eps="0"),
            ("3:65 eps=0: where a channel's variance is 0, this BatchNorm2d divides by 0; ...",),
            fixed=_IMPORT + _NET.format(eps="1e-05"),
        ),
        Invalid(
            _IMPORT + "\ndef net(config):\n    if config.norm:\n        return nn.BatchNorm2d(config.width, 0.0)\n",
            ("6:45 eps=0: where a channel's variance is 0, this BatchNorm2d divides by 0; ...",),
            fixed=_IMPORT
            + "\ndef net(config):\n    if config.norm:\n        return nn.BatchNorm2d(config.width, 1e-05)\n",
        ),
        Invalid(
            _IMPORT + _NET.format(eps="-1e-5"),
            ("3:65 eps=-1e-05: PyTorch refuses to run this BatchNorm2d",),
            fixed=_IMPORT + _NET.format(eps="1e-05"),
        ),
        Invalid(
            _IMPORT + "EPS = 0.0\n\n\ndef net():\n    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8, EPS))\n",
            ("7:61 eps=0: where a channel's variance is 0, this BatchNorm1d divides by 0; ...",),
        ),
        Invalid(
            _IMPORT + _NET.format(eps="1e-8") + "model.half()\n",
            ("3:65 eps=1e-08 is 0 in float16: where a channel's variance is 0 too, an engine gives NaN",),
            fixed=_IMPORT + _NET.format(eps="1e-05") + "model.half()\n",
        ),
        Invalid(
            "import torch\n" + _IMPORT + _NET.format(eps="1e-12") + "model = model.eval().to('cuda', torch.float16)\n",
            ("4:65 eps=1e-12 is 0 in float16: ...",),
            fixed="import torch\n"
            + _IMPORT
            + _NET.format(eps="1e-05")
            + "model = model.eval().to('cuda', torch.float16)\n",
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for setting in settings(context, "eps"):
            if setting.value <= 0:
                layer = f"this {setting.cls}"
                outcome = (
                    f"PyTorch refuses to run {layer}"
                    if setting.value < 0
                    else f"where a channel's variance is 0, {layer} divides by 0; PyTorch refuses to train it"
                )
                yield _finding(setting.site, f"eps={setting.value:g}: {outcome}", setting.related)
        for site, events in context.evaluation.events(Halved).items():
            event = next((e for e in events if e.decisions == 0), None)
            if event is not None:
                yield _finding(
                    site,
                    f"eps={event.eps:g} is 0 in float16: where a channel's variance is 0 too, an engine gives NaN",
                    (Related(event.cast, "cast to float16 here"), *built_by(event)),
                )


def _finding(site: Node, message: str, related: tuple[Related, ...]) -> Finding:
    fix = replaced(site, "eps", "1e-05", "Use PyTorch's default, eps=1e-05")
    return Finding(site, message, related, fix, place(site, "eps"))
