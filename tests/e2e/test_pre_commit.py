"""The pre-commit hook, with the real pre-commit: it installs this repository into an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pre_commit")

ROOT = Path(__file__).parents[2]
# What a hook may weigh: services that run hooks for people cap an environment at a few hundred MiB.
MAX_INSTALLED = 60 * 2**20

WRONG = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        self.norm = nn.BatchNorm2d(32)

    def forward(self, x):
        return self.norm(self.conv(x))
"""
RIGHT = WRONG.replace("BatchNorm2d(32)", "BatchNorm2d(16)")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps its environments: one for all tests here."""
    return tmp_path_factory.mktemp("pre-commit-home")


@pytest.fixture(scope="module")
def hook_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This working tree as it stands, committed: what a user's `repo:` would name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    copy = tmp_path_factory.mktemp("bn-lint")
    for name in listed.stdout.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    _commit_all(copy)
    return copy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's repository with one wrong and one right model."""
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "right.py").write_text(RIGHT)
    _commit_all(tmp_path)
    return tmp_path


@pytest.fixture
def pre_commit(home: Path, project: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", *arguments],
            cwd=project,
            env=_environment(home),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture
def configured(project: Path, hook_repository: Path) -> Callable[[str], None]:
    """Write the project's .pre-commit-config.yaml with the hook and more lines for it."""
    revision = _git(hook_repository, "rev-parse", "HEAD")

    def write(more: str = "") -> None:
        text = f"repos:\n- repo: {hook_repository}\n  rev: {revision}\n  hooks:\n  - id: bn-lint\n{more}"
        (project / ".pre-commit-config.yaml").write_text(text)
        _commit_all(project)

    return write


def test_try_repo_shows_what_is_wrong(pre_commit: Run, hook_repository: Path) -> None:
    tried = pre_commit("try-repo", str(hook_repository), "bn-lint", "--files", "right.py", "wrong.py")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "Failed" in tried.stdout
    assert "exit code: 1" in tried.stdout
    assert "wrong.py:8:36: BN101" in tried.stdout
    assert "BatchNorm2d(32) receives 16 channels" in tried.stdout
    assert "right.py" not in tried.stdout.partition("exit code: 1")[2]


def test_hook_passes_over_clean_and_other_files(
    pre_commit: Run, configured: Callable[[str], None], project: Path
) -> None:
    (project / "notes.md").write_text(WRONG)
    configured("")
    clean = pre_commit("run", "--files", "right.py", "notes.md")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "Passed" in clean.stdout
    others = pre_commit("run", "--files", "notes.md")
    assert others.returncode == 0
    assert "Skipped" in others.stdout


def test_hook_fixes(pre_commit: Run, configured: Callable[[str], None], project: Path) -> None:
    configured("    args: [--fix]\n")
    first = pre_commit("run", "--all-files")
    assert first.returncode == 1, first.stdout + first.stderr
    assert "files were modified by this hook" in first.stdout
    assert (project / "wrong.py").read_text() == RIGHT
    again = pre_commit("run", "--all-files")
    assert again.returncode == 0, again.stdout


def test_hook_honours_the_excludes_of_the_project(
    pre_commit: Run, configured: Callable[[str], None], project: Path
) -> None:
    (project / "pyproject.toml").write_text('[tool.bn-lint]\nexclude = ["wrong.py"]\n')
    configured("")
    run = pre_commit("run", "--all-files")
    assert run.returncode == 0, run.stdout


def test_environment_stays_light(pre_commit: Run, configured: Callable[[str], None], home: Path) -> None:
    configured("")
    assert pre_commit("install-hooks").returncode == 0
    packages = [p for p in home.glob("repo*/py_env*/lib/python*/site-packages/*") if not p.name.startswith("pip")]
    names = {p.name for p in packages}
    assert {"bn_lint", "libcst", "pygls"} <= names
    assert not {"torch", "tensorrt", "onnx", "numpy"} & names
    sizes = {p.name: _size(p) for p in packages}
    total = sum(sizes.values())
    print(f"installed: {total / 2**20:.1f} MiB")
    assert total < MAX_INSTALLED, sorted(sizes.items(), key=lambda item: -item[1])[:10]


def _environment(home: Path) -> dict[str, str]:
    # Left over from a git hook that runs the tests, these would point git at the wrong repository.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT"))}
    return inherited | {"PRE_COMMIT_HOME": str(home), "PYTHONPATH": "", "PRE_COMMIT_COLOR": "never"}


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-c", "core.hooksPath=/dev/null", *arguments]
    return subprocess.run(
        command, cwd=folder, env=_environment(folder), check=True, capture_output=True, text=True
    ).stdout.strip()


def _commit_all(folder: Path) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "--allow-empty", "-m", "state")


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
