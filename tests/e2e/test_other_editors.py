"""Neovim, Emacs and Vim, run without a screen: each shows a problem and a hover, and saves what its own fix made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, ROOT, NeedTool, run_editor

DRIVERS = Path(__file__).parent / "editors"
EXAMPLE = ROOT / "examples/wrong/one_of_each.py"
ACTION = "Replace `out_channels` with `out_channels * 2`"
ALE = Path("/usr/share/vim-ale")

Drive = Callable[[list[str]], dict[str, Any]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return Path(shutil.copy(EXAMPLE, folder))


@pytest.fixture
def drive(tmp_path: Path, file: Path, server_command: list[str], editor_environment: dict[str, str]) -> Drive:
    """Run an editor with its driver, and return what the driver saw."""

    def run(command: list[str]) -> dict[str, Any]:
        result = tmp_path / "result.json"
        job = {
            "file": str(file),
            "server": server_command,
            "message": "BatchNorm2d(8) receives 16 channels",
            "action": ACTION,
            "patience": PATIENCE,
            "result": str(result),
        }
        output = run_editor(command, editor_environment | {"JOB": json.dumps(job)}, 4 * PATIENCE)
        assert result.exists(), output
        seen = json.loads(result.read_text())
        assert "problem" not in seen, f"{seen}\n{output}"
        print(seen)
        return seen

    return run


def test_neovim(drive: Drive, file: Path, need_tool: NeedTool) -> None:
    seen = drive([need_tool("nvim"), "--headless", "-u", "NONE", "-i", "NONE", "-n", "-S", str(DRIVERS / "neovim.lua")])
    assert seen["diagnostic"]["source"] == "bn-lint"
    assert seen["menu"][0].endswith(ACTION)
    _check(seen, file)


def test_emacs(drive: Drive, file: Path, need_tool: NeedTool) -> None:
    seen = drive([need_tool("emacs"), "--batch", "-q", "-l", str(DRIVERS / "emacs.el")])
    assert seen["menu"][0] == ACTION
    _check(seen, file)


def test_vim(drive: Drive, file: Path, need_tool: NeedTool) -> None:
    if not ALE.exists():
        pytest.skip("vim-ale is not installed")
    _check(
        drive([need_tool("vim"), "-Nu", "NONE", "-i", "NONE", "-n", "--not-a-term", "-S", str(DRIVERS / "vim.vim")]),
        file,
    )


def _check(seen: dict[str, Any], file: Path) -> None:
    assert seen["diagnostic"]["line"] == 14
    assert "`nn.BatchNorm2d(out_channels)`" in seen["hover"]
    assert "| `Net()` | N, 16, H, W | 8 | **does not fit** |" in seen["hover"]
    assert file.read_text() == EXAMPLE.read_text().replace(
        "nn.BatchNorm2d(out_channels)", "nn.BatchNorm2d(out_channels * 2)"
    )
