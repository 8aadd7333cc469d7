"""`bn-lint check` on real files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

WRONG = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 3)
        self.bn = nn.BatchNorm2d(32)

    def forward(self, x):
        return self.bn(self.conv(x))
"""
RIGHT = WRONG.replace("(32)", "(64)")


def test_findings_are_printed_with_their_story(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(WRONG)
    status, out, err = run("check", "net.py")
    assert status == 1
    lines = out.splitlines()
    assert lines[0] == "net.py:8:34: BN101 [*] num-features-mismatch: BatchNorm2d(32) receives 64 channels"
    assert "8 |         self.bn = nn.BatchNorm2d(32)" in lines
    assert "  |                                  ^^" in lines
    assert "   = 64 channels come from Conv2d  (net.py:7:21)" in lines
    assert "   = when built by Net()  (net.py:4:1)" in lines
    assert err == "Found 1 problem. [*] 1 fixable with --fix.\n"


def test_a_clean_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(RIGHT)
    assert run("check", "net.py") == (0, "", "No findings in 1 file.\n")


def test_json_has_ruffs_shape(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(WRONG)
    status, out, err = run("check", "--output-format", "json", ".")
    assert (status, err) == (1, "")
    [row] = json.loads(out)
    assert row["code"] == "BN101"
    assert row["name"] == "num-features-mismatch"
    assert Path(row["filename"]).name == "net.py"
    assert row["location"] == {"row": 8, "column": 34}
    assert row["end_location"] == {"row": 8, "column": 36}
    assert row["severity"] == "error"
    assert row["url"].endswith("/rules.md#num-features-mismatch")
    assert [r["location"]["row"] for r in row["related"]] == [7, 11, 4]
    assert row["fix"]["applicability"] == "safe"
    assert row["fix"]["edits"] == [
        {"content": "64", "location": {"row": 8, "column": 34}, "end_location": {"row": 8, "column": 36}}
    ]


def test_fix_writes_the_file_and_keeps_its_form(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    status, _, err = run("check", "--fix", "net.py")
    assert (status, err) == (0, "Applied 1 fix. No findings in 1 file.\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_diff_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(WRONG)
    status, out, err = run("check", "--diff", "net.py")
    assert (status, err) == (1, "Would apply 1 fix.\n")
    assert "-        self.bn = nn.BatchNorm2d(32)\n+        self.bn = nn.BatchNorm2d(64)\n" in out
    assert path.read_text() == WRONG


def test_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bn_lint", "check", "-", "--stdin-filename", "net.py"]
    done = subprocess.run(command, input=WRONG, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("net.py:8:34: BN101")
    fixed = subprocess.run([*command, "--fix"], input=WRONG, capture_output=True, text=True, cwd=tmp_path)
    assert (fixed.returncode, fixed.stdout) == (0, RIGHT)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(WRONG)
    done = subprocess.run(
        f"{sys.executable} -m bn_lint check {tmp_path} | head -c 1", shell=True, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--select", "BN1"], 1),
        (["--select", "BN2"], 0),
        (["--ignore", "BN101"], 0),
        (["--ignore", "BN1", "--extend-select", "BN101"], 1),
        (["--exclude", "net.py"], 1),
        (["--exclude", "net.py", "--force-exclude"], 0),
        (["--exit-zero"], 0),
    ],
)
def test_selection(run: Run, tmp_path: Path, options: list[str], status: int) -> None:
    (tmp_path / "net.py").write_text(WRONG)
    assert run("check", "net.py", *options).status == status


def test_configuration_holds_for_its_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.bn-lint]\nexclude = ["vendored/"]\n'
        '[tool.bn-lint.per-file-ignores]\n"legacy_*.py" = ["BN101"]\n'
        '[tool.bn-lint.severity]\nBN101 = "warning"\n'
    )
    (tmp_path / "vendored").mkdir()
    for name in ("net.py", "legacy_net.py", "vendored/net.py"):
        (tmp_path / name).write_text(WRONG)
    status, out, _ = run("check", "--output-format", "json")
    assert status == 1
    assert [(Path(row["filename"]).name, row["severity"]) for row in json.loads(out)] == [("net.py", "warning")]
    assert len(json.loads(run("check", "--isolated", "--output-format", "json").out)) == 3


def test_gitignore_is_honoured(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("/generated/\n!generated/kept.py\n*_old.py\n")
    for name in ("generated/net.py", "net.py", "net_old.py", "sub/.gitignore", "sub/net.py", "sub/skip.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("skip.py\n" if path.name == ".gitignore" else WRONG)
    out = run("check", "--output-format", "concise").out
    assert [line.partition(":")[0] for line in out.splitlines()] == ["net.py", "sub/net.py"]


@pytest.mark.parametrize(
    "comment",
    ["# bn-lint: ignore[BN101]", "# bn-lint: ignore", "# noqa: BN101", "# noqa: E501, BN101", "# noqa"],
)
def test_suppressed_on_the_line(run: Run, tmp_path: Path, comment: str) -> None:
    (tmp_path / "net.py").write_text(WRONG.replace("(32)", f"(32)  {comment}"))
    assert run("check", "net.py").status == 0


@pytest.mark.parametrize("comment", ["# bn-lint: ignore[BN102]", "# noqa: E501", "# bn-lint: ignored"])
def test_not_suppressed_by_what_speaks_of_something_else(run: Run, tmp_path: Path, comment: str) -> None:
    (tmp_path / "net.py").write_text(WRONG.replace("(32)", f"(32)  {comment}"))
    assert run("check", "net.py").status == 1


def test_suppressed_for_the_file_and_on_the_line_above(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# bn-lint: file-ignore[BN1]\n" + WRONG)
    above = WRONG.replace("        self.bn =", "        # bn-lint: ignore[BN101]\n        self.bn =")
    (tmp_path / "b.py").write_text(above)
    assert run("check").status == 0
