from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import wrong_exports
from bn_lint_rules.mode._nets import NET

_EXPORT = "with torch.no_grad():\n    torch.export.export(model, (x,))\n"


class NoGradIsNotEval(Rule):
    """torch.no_grad() around an export was taken for eval mode.

    ## What it does
    Points at the `torch.no_grad()` or `torch.inference_mode()` around an export call whose model is in train mode. The
    export call itself is reported as BN201 or BN203, which offer the fix.

    ## Why is this bad
    Both stop autograd and nothing else: BatchNorm normalises with batch statistics, Dropout drops. Only `eval()`
    changes that.

    ## Example
    ```python
    with torch.no_grad():
        torch.export.export(model, (x,))
    ```

    ## Use instead
    ```python
    model.eval()
    with torch.no_grad():
        torch.export.export(model, (x,))
    ```
    """

    code = "BN211"
    name = "no-grad-is-not-eval"
    severity = Severity.INFO
    examples = (
        Valid(NET + "model.eval()\n" + _EXPORT),
        Invalid(
            NET + _EXPORT,
            ("17:6 this stops gradients and leaves BatchNorm in train mode: only eval() switches it",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, event in wrong_exports(context):
            around = event.gradless
            if around is None or event.wants != "eval" or around.piece.file is not context.file:
                continue
            yield Finding(
                around,
                "this stops gradients and leaves BatchNorm in train mode: only eval() switches it",
                (Related(place, "the model leaves Python here"),),
            )
