from __future__ import annotations

from collections.abc import Iterable

from bn_lint.rule import FileContext, Finding, Invalid, Rule, Severity, Valid


class SyntaxErrorRule(Rule):
    """The file is not valid Python.

    ## What it does
    Reports the first place at which the file cannot be parsed. Statements that do parse are still checked.

    ## Why is this bad
    Python will not import the file, and what stands in the broken statement is not checked.

    ## Example
    ```python
    model = nn.Sequential(nn.Conv2d(3, 8, 3)
    ```

    ## Use instead
    ```python
    model = nn.Sequential(nn.Conv2d(3, 8, 3))
    ```
    """

    code = "BN001"
    name = "syntax-error"
    severity = Severity.ERROR
    every_file = True
    examples = (
        Valid("x = (1, 2)\n"),
        Invalid("x = (1, 2\n", ("1:5 ...",)),
        Invalid("import torch\n\ndef f(:\n    pass\n", ("3:7 ...",)),
    )

    def check(self, context: FileContext) -> Iterable[Finding]:
        if context.file.well_formed:
            return
        for piece in context.file.pieces:
            problem = piece.fragment.problem
            if problem is not None:
                start = piece.start + problem.offset
                yield Finding(piece.node(0), problem.message, span=(start, start))
                return
