from __future__ import annotations

from collections.abc import Iterable

from bn_lint.model.events import SwitchedTooLate
from bn_lint.rule import FileContext, Finding, Invalid, Related, Rule, Severity, Valid
from bn_lint_rules.mode._events import everywhere
from bn_lint_rules.mode._nets import NET


class EvalAfterExport(Rule):
    """`eval()` is called on what an export gave, where it is too late.

    ## What it does
    Finds `eval()` and `train()` on the module of an exported program, and `eval()` on a traced copy that was traced in
    train mode.

    ## Why is this bad
    An export fixes the mode of BatchNorm in its graph. `torch.export.export(m).module().eval()` raises
    `NotImplementedError: Calling eval() is not supported yet.`; replacing the method only silences it. A traced module
    accepts the call and goes on in the mode it was traced in.

    ## Example
    ```python
    program = torch.export.export(model, (x,))
    program.module().eval()
    ```

    ## Use instead
    ```python
    program = torch.export.export(model.eval(), (x,))
    ```

    For models prepared with PT2E quantization there is `torch.ao.quantization.move_exported_model_to_eval`.
    """

    code = "BN204"
    name = "eval-after-export"
    severity = Severity.ERROR
    examples = (
        Valid(NET + "model.eval()\nprogram = torch.export.export(model, (x,))\nout = program.module()(x)\n"),
        # Traced in eval mode: superfluous, and right.
        Valid(NET + "model.eval()\ntraced = torch.jit.trace(model, x)\ntraced.eval()\n"),
        Invalid(
            NET + "program = torch.export.export(model.eval(), (x,))\nmodule = program.module()\nmodule.eval()\n",
            ("19:1 too late: torch.export.export has fixed the mode, and this raises NotImplementedError: ...",),
        ),
        Invalid(
            NET + "traced = torch.jit.trace(model, x)\ntraced.eval()\n",
            ("18:1 too late: torch.jit.trace has fixed train mode in the graph, and eval() changes nothing there",),
        ),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        for place, events in context.evaluation.events(SwitchedTooLate).items():
            event = everywhere(context, events)
            if event is None:
                continue
            if event.raises:
                message = f"too late: {event.name} has fixed the mode, and this raises {event.raises}"
            else:
                message = f"too late: {event.name} has fixed train mode in the graph, and eval() changes nothing there"
            yield Finding(place, message, (Related(event.exported, "exported here"),))
