from __future__ import annotations

from bn_lint.rule import Severity, VerifyRule


class StatisticsNotFiniteOrNotTrained(VerifyRule):
    """A BatchNorm holds statistics that it cannot normalise with.

    ## What it does
    Reports NaN and infinite values in the statistics or parameters of a layer, a negative variance, a scale that
    the data type cannot hold, a layer that answers NaN to finite input; and, as a warning, layers that still have
    their initial statistics in a model of which other layers were trained or loaded.

    ## Why is this bad
    The engine builds, and answers NaN or noise. Layers that are left at their initial values are the trace of a
    checkpoint whose names do not match, loaded with `strict=False`.

    ## Example
    ```python
    model.load_state_dict(torch.load("checkpoint.pt"), strict=False)
    ```

    ## Use instead
    ```python
    model.load_state_dict(torch.load("checkpoint.pt"))
    ```
    """

    code = "BN907"
    name = "statistics-not-finite-or-not-trained"
    severity = Severity.ERROR
