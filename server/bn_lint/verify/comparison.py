"""The same model under several interpreters: one table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from bn_lint.verify.diagnose import Verified

_PACKAGES = (
    ("torch",),
    ("torch-tensorrt", "torch-tensorrt-rtx"),
    ("tensorrt", "tensorrt-rtx"),
)


def comparison(pythons: Sequence[str], verified: Sequence[Verified]) -> Table:
    """A row for each interpreter: its versions, how far the model came, what was found."""
    table = Table()
    for title in ("interpreter", "torch", "torch-tensorrt", "TensorRT", "stages", "outcome", "findings"):
        table.add_column(title, overflow="fold")
    for python, one in zip(pythons, verified, strict=True):
        installed = next(iter(one.result.of("hello")), None) or {}
        versions = [
            ", ".join(f"{installed[name]}{' (RTX)' * name.endswith('rtx')}" for name in names if name in installed)
            for names in _PACKAGES
        ]
        ended = [e for e in one.result.of("stage") if e["state"] in ("passed", "failed")]
        stages = " ".join(e["stage"] if e["state"] == "passed" else f"{e['stage']}!" for e in ended)
        outcome = "not verified" if one.problem else "failed" if one.failed else "passed"
        found = [f"{d.code} line {d.start.line}: {d.message}" for d in one.diagnostics]
        table.add_row(python, *versions, stages, outcome, "\n".join([*found, *([one.problem] if one.problem else [])]))
    return table
