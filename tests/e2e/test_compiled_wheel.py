"""The wheel with a compiled evaluator says what the Python files say."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the wheel into."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    # What the compiler makes of it must be right, not fast: -O0 takes a third of the time.
    environment = {**os.environ, "HATCH_BUILD_HOOKS_ENABLE": "1", "CFLAGS": "-O0"}
    done = subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(_ROOT)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    assert "none-any" not in wheel.name
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def _python(site: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) if site is None else {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)


def _answer(site: Path | None, *arguments: str) -> Any:
    done = _python(site, "-m", "bn_lint", *arguments, "--output-format", "json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(900)
def test_the_evaluator_is_compiled(installed: Path) -> None:
    modules = "bn_lint.model.compiler", "bn_lint.model.torch_.functions", "bn_lint.source.lower"
    where = _python(installed, "-c", "\n".join(f"import {name}; print({name}.__file__)" for name in modules))
    assert all(Path(line).suffix in (".so", ".pyd") for line in where.stdout.split()), where
    assert where.stdout.count(str(installed)) == len(modules)


@pytest.mark.timeout(900)
def test_it_says_the_same(installed: Path) -> None:
    paths = [str(_ROOT / name) for name in ("examples", "tests/data", "tests/agreement")]
    found = _answer(installed, "check", "--isolated", *paths)
    assert found
    assert found == _answer(None, "check", "--isolated", *paths)


@pytest.mark.timeout(900)
def test_it_sees_the_same(installed: Path, tmp_path: Path) -> None:
    """A survey runs every entry, classes with symbols for arguments among them, and tells where each stopped."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        pytest.skip("torchvision is not installed")
    folder = tmp_path / "torchvision"  # not where it is: what is installed is excluded
    shutil.copytree(Path(spec.origin).parent, folder, ignore=shutil.ignore_patterns("*.so", "*.pyc"))
    seen = _answer(installed, "debug", "coverage", str(folder / "models"))
    assert seen["summary"]["layers_verified"] > 6000
    assert seen == _answer(None, "debug", "coverage", str(folder / "models"))
