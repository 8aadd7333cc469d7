"""The fix for a missing eval(), in every form that an export call is written in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bn_lint.engine.check import FileReport, check_source
from bn_lint.engine.fixing import fix_all
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

Lint = Callable[..., FileReport]

HEAD = """\
import pytorch_lightning as pl
import torch
from torch import nn


class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.bn(x)


class Holder:
    def __init__(self):
        self.net = Net()


x = torch.randn(2, 4)
model = Net()
models = {"a": model}
holder = Holder()
"""
SAFE = [
    ("torch.export.export(model, (x,))", "model.eval()\ntorch.export.export(model, (x,))"),
    ("program = torch.export.export(model, (x,))", "model.eval()\nprogram = torch.export.export(model, (x,))"),
    ("torch.export.export(holder.net, (x,))", "holder.net.eval()\ntorch.export.export(holder.net, (x,))"),
    ("torch.export.export(mod=model, args=(x,))", "model.eval()\ntorch.export.export(mod=model, args=(x,))"),
    ("torch.export.export(args=(x,), mod=Net())", "torch.export.export(args=(x,), mod=Net().eval())"),
    ("torch.export.export(Net(), (x,))", "torch.export.export(Net().eval(), (x,))"),
    ("torch.export.export(Net().float().cpu(), (x,))", "torch.export.export(Net().float().cpu().eval(), (x,))"),
    ('torch.export.export(models["a"], (x,))', 'torch.export.export(models["a"].eval(), (x,))'),
    (
        "print(1); torch.export.export(model, (x,)); print(2)",
        "print(1); model.eval(); torch.export.export(model, (x,)); print(2)",
    ),
    ("if x.ndim: torch.export.export(model, (x,))", "if x.ndim: model.eval(); torch.export.export(model, (x,))"),
    ("torch.jit.trace(model.forward, x)", "model.eval()\ntorch.jit.trace(model.forward, x)"),
    ('model.to_onnx("net.onnx", x)', 'model.eval()\nmodel.to_onnx("net.onnx", x)'),
    ('Net().to_onnx("net.onnx", x)', 'Net().eval().to_onnx("net.onnx", x)'),
    ("torch.export.export(\n    model,\n    (x,),\n)", "model.eval()\ntorch.export.export(\n    model,\n    (x,),\n)"),
    (
        "with torch.no_grad():\n    torch.export.export(model, (x,))",
        "with torch.no_grad():\n    model.eval()\n    torch.export.export(model, (x,))",
    ),
    ("torch.jit.trace(model, x).save('net.pt')", "model.eval()\ntorch.jit.trace(model, x).save('net.pt')"),
    (
        "export = lambda: torch.export.export(model, (x,))\nexport()",
        "export = lambda: torch.export.export(model.eval(), (x,))\nexport()",
    ),
    (
        "programs = [torch.export.export(m, (x,)) for m in [model]]",
        "programs = [torch.export.export(m.eval(), (x,)) for m in [model]]",
    ),
    (
        "if x is None:\n    pass\nelif torch.export.export(model, (x,)):\n    pass",
        "if x is None:\n    pass\nelif torch.export.export(model.eval(), (x,)):\n    pass",
    ),
    ("torch.export.export((lambda: model)(), (x,))", "torch.export.export((lambda: model)().eval(), (x,))"),
]
LOOPS = [
    (
        "for step in range(2):\n    torch.export.export(model, (x,))",
        "for step in range(2):\n    model.eval()\n    torch.export.export(model, (x,))",
    ),
    (
        "for m in (model, Net()):\n    torch.export.export(m, (x,))",
        "for m in (model, Net()):\n    m.eval()\n    torch.export.export(m, (x,))",
    ),
]
ALL = [*SAFE, *LOOPS]


def _fixed(code: str, lint: Lint, *, unsafe: bool) -> tuple[str, int]:
    def check(source: SourceText) -> FileReport:
        return lint(source.text, select=("BN201",))

    result = fix_all(check(SourceText(HEAD + code)), check, unsafe=unsafe)
    return result.report.source.text.removeprefix(HEAD), len(result.report.diagnostics)


@pytest.mark.parametrize(("before", "after"), SAFE, ids=[before.partition("\n")[0] for before, _ in SAFE])
def test_form(before: str, after: str, lint: Lint) -> None:
    assert _fixed(before + "\n", lint, unsafe=False) == (after + "\n", 0)


@pytest.mark.parametrize(("before", "after"), LOOPS, ids=["same model", "loop variable"])
def test_in_a_loop_it_is_unsafe(before: str, after: str, lint: Lint) -> None:
    assert _fixed(before + "\n", lint, unsafe=False) == (before + "\n", 1)
    assert _fixed(before + "\n", lint, unsafe=True) == (after + "\n", 0)


@pytest.mark.parametrize("before", [before for before, _ in ALL], ids=[b.partition("\n")[0] for b, _ in ALL])
def test_in_an_indented_function_with_windows_line_ends(before: str, lint: Lint) -> None:
    body = "\n".join("    " + line for line in before.splitlines())
    code = f"def main():\n{body}\n\n\nmain()\n"
    text, left = _fixed(code.replace("\n", "\r\n"), lint, unsafe=True)
    assert left == 0
    compile(text.replace("\r\n", "\n"), "fixed.py", "exec")


HELPER = """\
import torch


def save_onnx(model, path):
    torch.onnx.export(model, torch.randn(2, 4), path, dynamo=True)
"""
CALLER = """\
from torch import nn

from helper import save_onnx

net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
save_onnx(net, "train.onnx")
save_onnx(net.eval(), "eval.onnx")
"""


def test_an_export_in_another_file_is_reported_where_the_model_goes_in(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(HELPER)
    settings = Settings(root=tmp_path, select=("BN2",))
    workspace = Workspace()
    found = check_source(tmp_path / "caller.py", SourceText(CALLER), settings, workspace).diagnostics
    assert [(d.start.line, d.code) for d in found] == [(6, "BN201")]
    assert found[0].fix is None
    assert any(place.path.name == "helper.py" and place.start.line == 5 for place in found[0].related)
    assert check_source(tmp_path / "helper.py", SourceText(HELPER), settings, workspace).diagnostics == ()


def test_a_fix_that_does_not_help_is_left_out(lint: Lint) -> None:
    text = f"{HEAD}\nNet.train = lambda self, mode=True: self\ntorch.export.export(model, (x,))\n"
    report = lint(text, select=("BN201",))
    assert [d.fix is not None for d in report.diagnostics] == [True]
    fixed = fix_all(report, lambda source: lint(source.text, select=("BN201",)))
    assert (fixed.applied, fixed.report.source.text) == (0, text)
