"""What the channel rules say beyond their own examples: one finding a defect, the trail, what counts as certain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bn_lint.engine.check import FileReport
from bn_lint.engine.fixing import fix_all
from bn_lint.source.text import SourceText

Lint = Callable[..., FileReport]

_HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"


def _net(init: str, forward: str, parameters: str = "") -> str:
    lines = [f"class Net(nn.Module):\n    def __init__(self{parameters}):\n        super().__init__()"]
    lines += [f"        {line}" for line in init.splitlines()]
    lines += ["", "    def forward(self, x):", *(f"        {line}" for line in forward.splitlines())]
    return _HEAD + "\n".join(lines) + "\n"


def _said(report: FileReport) -> list[str]:
    return [f"{d.code} {d.message}" for d in report.diagnostics]


def test_what_follows_from_a_mistake_is_not_reported(lint: Lint) -> None:
    init = (
        "self.conv = nn.Conv2d(3, 16, 1)\nself.bn = nn.BatchNorm2d(24)\n"
        "self.conv2 = nn.Conv2d(24, 16, 1)\nself.bn2 = nn.BatchNorm2d(16)\nself.bn3 = nn.BatchNorm2d(40)"
    )
    forward = "y = self.bn(self.conv(x))\nx = self.bn2(self.conv2(y))\nreturn self.bn3(torch.cat([x, y], 1))"
    assert _said(lint(_net(init, forward), select=("BN1",))) == ["BN101 BatchNorm2d(24) receives 16 channels"]


def test_trail_goes_through_splits_joins_and_moved_axes(lint: Lint) -> None:
    init = (
        "self.left = nn.Conv2d(3, 16, 1)\nself.right = nn.Conv2d(3, 8, 1)\nself.bn = nn.BatchNorm2d(32)\n"
        "self.late = nn.BatchNorm2d(8)"
    )
    forward = (
        "a, b = self.left(x).chunk(2, dim=1)\nx = self.bn(torch.cat([a, self.right(x)], dim=1))\n"
        "return self.late(F.relu(a).permute(0, 2, 3, 1))"
    )
    first, second = lint(_net(init, forward), select=("BN101", "BN105")).diagnostics
    assert first.message == "BatchNorm2d(32) receives 16 channels"
    assert [place.message for place in first.related] == [
        "16 channels come from Conv2d",
        "8 channels after chunk",
        "8 channels come from Conv2d",
        "16 channels after torch.cat",
        "BatchNorm2d is applied here",
        "when built by Net()",
    ]
    assert "8 channels after permute" in [place.message for place in second.related]


# Ways that an unknown condition may go; the layer has to be wrong on each of them.
@pytest.mark.parametrize(
    ("width", "certain"),
    [
        ("8 if a else 16", False),
        ("8 if a else 24", True),
        ("16 + (8 if a else 0) + (8 if b else 0)", False),
        ("20 + (8 if a else 0) + (8 if b else 0)", True),
    ],
)
def test_certain_is_what_no_condition_avoids(lint: Lint, width: str, certain: bool) -> None:
    init = f"self.conv = nn.Conv2d(3, 16, 1)\nself.bn = nn.BatchNorm2d({width})"
    report = lint(_net(init, "return self.bn(self.conv(x))", ", a, b"), select=("BN101",))
    assert bool(report.diagnostics) is certain, _said(report)


@pytest.mark.parametrize(
    ("widths", "found"),
    [
        # A Linear's output may be (N, C) or (N, L, C); the second layer says which.
        ((32, 64), []),
        ((48, 64), ["BN101 BatchNorm1d(48) receives 32 channels"]),
        ((32, 48), ["BN101 BatchNorm1d(48) receives 64 channels"]),
        # One width for both: L may be just that, and it runs.
        ((48, 48), []),
    ],
)
def test_rank_of_an_input_that_is_not_known(lint: Lint, widths: tuple[int, int], found: list[str]) -> None:
    init = (
        f"self.a = nn.Linear(10, 32)\nself.bn1 = nn.BatchNorm1d({widths[0]})\n"
        f"self.b = nn.Linear(32, 64)\nself.bn2 = nn.BatchNorm1d({widths[1]})"
    )
    report = lint(_net(init, "return self.bn2(self.b(F.relu(self.bn1(self.a(x)))))"), select=("BN101", "BN102"))
    assert _said(report) == found


def test_fix_before_the_layer_in_its_own_statement(lint: Lint) -> None:
    code = _net(
        "self.body = nn.Sequential(nn.Conv2d(3, width * 2, 1), nn.BatchNorm2d(width), nn.Conv2d(width, 4, 1))",
        "return self.body(x)",
        ", width=8",
    )

    def check(source: SourceText) -> FileReport:
        return lint(source.text, select=("BN101",))

    fixed = fix_all(check(SourceText(code)), check)
    assert fixed.report.source.text == code.replace("width * 2", "width")


_LOOP = (
    "layers, width = [], 3\nfor v in widths:\n    layers += [nn.Conv2d(width, {}, 3), nn.BatchNorm2d(v)]\n"
    "    width = v\nself.body = nn.Sequential(*layers)"
)


@pytest.mark.parametrize("wrong", ["width", "8"])
def test_the_fix_that_leaves_no_other_layer_wrong_is_taken(lint: Lint, wrong: str) -> None:
    (found,) = lint(_net(_LOOP.format(wrong), "return self.body(x)", ", widths=(8, 16)"), select=("BN101",)).diagnostics
    assert found.fix is not None
    assert found.fix.title == f"Replace `{wrong}` with `v`"


@pytest.mark.parametrize(("config", "fix", "safe"), [("16", "config", True), ("'a'", "16", False)])
def test_a_number_that_a_parameter_may_change(lint: Lint, config: str, fix: str, safe: bool) -> None:
    code = _net("self.bn = nn.BatchNorm2d(8)", "return self.bn(x)", ", config")
    code += f"body = nn.Sequential(nn.Conv2d(3, 16, 1), Net({config}))\nbody(torch.zeros(2, 3, 8, 8))\n"
    (found,) = lint(code, select=("BN101",)).diagnostics
    assert found.fix is not None
    assert (found.fix.title, found.fix.safe) == (f"Replace `8` with `{fix}`", safe)


def test_linear_of_the_codes_own(lint: Lint) -> None:
    init = "self.conv = nn.Conv2d(3, 6, 1)\nself.bn = nn.BatchNorm2d(6)\nself.fc = Own(8, 4)"
    code = _net(init, "return self.fc(self.bn(self.conv(x)).mean((2, 3)))")
    own = "class Own(nn.Linear):\n    def forward(self, x):\n        return F.linear(x, self.weight)\n\n\n"
    report = lint(code.replace("class Net", own + "class Net"), select=("BN104",))
    assert _said(report) == ["BN104 Own(8, ...) receives the 6 channels of BatchNorm2d, line 15"]


@pytest.mark.parametrize(
    "forward",
    [
        "mask = x.mean((0, 2, 3)) > 0\nreturn self.bn(self.conv(x)[:, mask])",
        "return self.bn(self.conv(x)[:, : x.size(2)])",
        "return self.bn(x.new_zeros(self.padding))",
        "y = torch.empty(0)\ny = torch.cat([y, self.conv(x)[:, :8]], 1) if x.sum() > 0 else x\nreturn self.bn(y)",
        "return self.bn(F.pad(self.conv(x), self.padding))",
        "v, _ = torch.sort(self.conv(x)[:, :8], dim=1)\nreturn self.bn(v)",
        "a, b, c = torch.tensor_split(self.conv(x)[:, :8], 3, dim=1)\nreturn self.bn(torch.cat([a, b, c], 1))",
    ],
)
def test_shapes_that_are_not_known_are_not_guessed(lint: Lint, forward: str) -> None:
    init = "self.padding = padding\nself.conv = nn.Conv2d(3, 16, 1)\nself.bn = nn.BatchNorm2d(8)"
    assert _said(lint(_net(init, forward, ", padding"), select=("BN1",))) == []


def test_a_fix_that_moves_the_mistake_to_the_next_layer_is_unsafe(lint: Lint) -> None:
    init = "self.stem = stem()\nself.bn = nn.BatchNorm2d(32)\nself.out = nn.Conv2d(32, 8, 1)"
    code = _net(init, "return self.out(self.bn(self.stem(x)))").replace(
        "class Net", "def stem():\n    return nn.Conv2d(3, 64, 3)\n\n\nclass Net"
    )
    for text, safe in ((code, False), (code.replace("(32, 8, 1)", "(64, 8, 1)"), True)):
        (found,) = lint(text, select=("BN1",)).diagnostics
        assert found.code == "BN101"
        assert found.fix is not None
        assert found.fix.safe is safe


@pytest.mark.parametrize(
    ("width", "call", "fixed"),
    [("32", "norm(64)", "norm(32)"), ("width", "norm(width * 2)", "norm(width)")],
)
def test_the_call_of_a_helper_is_mended(lint: Lint, tmp_path: Path, width: str, call: str, fixed: str) -> None:
    helper = "from torch import nn\n\n\ndef norm(c):\n    return nn.BatchNorm2d(c)\n"
    (tmp_path / "blocks.py").write_text(helper)
    init = f"self.conv = nn.Conv2d(3, {width}, 1)\nself.bn = {call}"
    source = "from blocks import norm\n" + _net(init, "return self.bn(self.conv(x))", ", width=16")
    report = lint(source, select=("BN1",))
    after = fix_all(report, lambda text: lint(text.text, select=("BN1",)))
    assert after.report.source.text == source.replace(call, fixed)
    assert [place.path.name for place in report.diagnostics[0].related if "constructed" in place.message] == [
        "blocks.py"
    ]
