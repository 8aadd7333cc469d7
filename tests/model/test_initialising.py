"""Calls that only initialise parameters are left out; those that do more are not, however they are reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from bn_lint.engine.check import check_source
from bn_lint.engine.settings import Settings
from bn_lint.model import initialising
from bn_lint.model.values import MISSING
from bn_lint.model.workspace import Workspace
from bn_lint.source.text import SourceText

_NET = """\
from functools import partial
import torch.nn as nn


def each(fn, module, name="", include_root=False):
    for child_name, child in module.named_children():
        child_name = ".".join((name, child_name)) if name else child_name
        each(fn=fn, module=child, name=child_name, include_root=True)
    if include_root:
        fn(module=module, name=name)
    return module


def widen(module):
    FUNCTION


def _init(module, name="", scheme=None):
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight)
    elif hasattr(module, "init_weights"):
        module.init_weights()


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1)
        self.bn = nn.BatchNorm2d(8)

    def init_weights(self):
        METHOD

    def forward(self, x):
        return self.bn(self.conv(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.head = nn.Conv2d(8, 8, 1)
        self.bn = nn.BatchNorm2d(8)
        self.start_weights()

    def start_weights(self):
        CALL

    def forward(self, x):
        return self.bn(self.head(self.block(x)))
"""
_WIDER = "self.conv = nn.Conv2d(3, 16, 1)"
_CALLS = "each(partial(_init, scheme='jax'), self)", "self.apply(partial(_init))", "for m in self.modules(): _init(m)"


@pytest.fixture
def skipped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    call, loop, applied = initialising.call, initialising.loop, initialising.applied

    def spied(name: str, result: object) -> object:
        if result not in (False, MISSING):
            names.append(name)
        return result

    monkeypatch.setattr(initialising, "call", lambda f, fn, a, k: spied(fn.name, call(f, fn, a, k)))
    monkeypatch.setattr(initialising, "loop", lambda f, needs, module: spied("for", loop(f, needs, module)))
    monkeypatch.setattr(initialising, "applied", lambda f, fn, module: spied("apply", applied(f, fn, module)))
    return names


def _codes(text: str, workspace: Workspace) -> set[str]:
    path = Path("/nowhere/net.py")
    return {d.code for d in check_source(path, SourceText(text), Settings(root=path.parent), workspace).diagnostics}


def _net(
    call: str, method: str = "nn.init.zeros_(self.bn.weight)", function: str = "module.weight.data.zero_()"
) -> str:
    # A function that apply calls for the model itself is not to call what calls apply.
    net = _NET.replace("start_weights", "init_weights") if "each(" in call else _NET
    return net.replace("CALL", call).replace("METHOD", method).replace("FUNCTION", function)


@pytest.mark.parametrize("call", _CALLS)
def test_left_out(call: str, skipped: list[str]) -> None:
    assert _codes(_net(call), Workspace()) == set()
    assert {"each", "apply", "for", "init_weights", "start_weights"} & set(skipped)
    assert "_init" not in skipped  # not one by one


@pytest.mark.parametrize("call", _CALLS)
@pytest.mark.parametrize(
    "more", [{"method": _WIDER}, {"method": "widen(self)", "function": _WIDER.replace("self", "module")}]
)
def test_does_more(call: str, more: dict[str, str], skipped: list[str]) -> None:
    """A method that only some module has, or what it calls, replaces a layer."""
    assert _codes(_net(call, **more), Workspace()) == {"BN101"}
    assert not {"each", "apply", "for"} & set(skipped)


def test_a_layer_that_is_called_is_no_initialiser(skipped: list[str]) -> None:
    _codes(_net("widen(self.block)", function="module(3)"), Workspace())
    assert skipped == []


@pytest.mark.parametrize("call", _CALLS)
def test_an_edit_of_what_was_left_out(call: str) -> None:
    workspace = Workspace()
    for method, expected in (("pass", set[str]()), (_WIDER, {"BN101"}), ("pass", set[str]())):
        assert _codes(_net(call, method), workspace) == expected
