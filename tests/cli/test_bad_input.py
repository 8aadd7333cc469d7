"""Bad input gets one line that says what, where and what to do; never a traceback, and the rest goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.test_check import WRONG


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = 1\ny = '\xff'\n", "bad.py: line 2: byte 0xff is not valid utf-8; save the file as UTF-8 or declare"),
        (b"# coding: nosuch\n", "bad.py: unknown encoding: nosuch; declare a known encoding"),
    ],
)
def test_text_that_cannot_be_decoded(run: Run, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "bad.py").write_bytes(content)
    (tmp_path / "net.py").write_text(WRONG)
    status, out, err = run("check", "bad.py", "net.py")
    assert status == 2
    assert out.startswith("net.py:8:34: BN101")
    assert err.startswith(f"bn-lint: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (1,\n", "1:5: BN001 syntax-error: '(' was never closed"),
        ("x = = 1\n", "1:5: BN001 syntax-error: invalid syntax"),
        ("x = 1\0\n", "1:6: BN001 syntax-error: source code string cannot contain null bytes"),
        ("x = " + "(" * 5000 + ")" * 5000, "1:1: BN001 syntax-error: too many nested parentheses"),
    ],
    ids=["unclosed", "invalid", "null byte", "nested"],
)
def test_a_file_that_does_not_parse(run: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.py").write_text(text)
    status, out, _ = run("check", "bad.py", "--output-format", "concise")
    assert (status, out) == (1, f"bad.py:{said}\n")


def test_intact_statements_of_a_broken_file_are_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(WRONG + "\n\nmodel = Net(\n")
    out = run("check", "bad.py", "--output-format", "concise").out
    assert [line.split()[1] for line in out.splitlines()] == ["BN101", "BN001"]


def test_a_chain_too_long_to_follow_is_left_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("x = " + "+".join("1" * 20_000) + "\n" + WRONG)
    out = run("check", "data.py", "--output-format", "concise").out
    assert [line.split()[1] for line in out.splitlines()] == ["BN101"]


@pytest.mark.parametrize(
    "text",
    ["", "\n", "\f\n" + WRONG, WRONG.replace("    ", "\t"), WRONG.replace("\n", "\r"), WRONG.rstrip(), "\\\n" + WRONG],
    ids=["empty", "blank", "form feed", "tabs", "CR", "no last newline", "continued"],
)
def test_unusual_text_is_read_as_python_reads_it(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "net.py").write_bytes(text.encode())
    assert run("check", "net.py").status == ("BatchNorm" in text)


def test_latin_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n" + WRONG.encode())
    assert run("check", "--fix", "net.py").status == 0
    assert b"'\xe9'" in (tmp_path / "net.py").read_bytes()


def test_paths_that_are_no_files(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "dangling.py").symlink_to("nowhere.py")
    (tmp_path / "net.py").write_text(WRONG)
    assert run("check", "missing.py")[::2] == (
        2,
        "bn-lint: missing.py: no such file or folder\nNo findings in 0 files.\n",
    )
    assert run("check", "pipe.py").err.startswith("bn-lint: pipe.py: not a regular file\n")
    status, out, _ = run("check", ".", "--output-format", "concise")
    assert (status, len(out.splitlines())) == (1, 1)


def test_a_file_without_permission(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(WRONG)
    path.chmod(0)
    if os.access(path, os.R_OK):
        # The superuser reads everything: ask for a file of another kind that nobody may read.
        path = Path("/proc/self/mem")
        assert run("check", path).status == 2
        return
    assert run("check", "net.py").err.startswith("bn-lint: net.py: cannot be read: permission denied\n")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[tool.bn-lint]\nselct = []\n", "pyproject.toml:2: unknown key 'selct' in [tool.bn-lint]; known keys: select"),
        ("[tool.bn-lint]\nselect = ['BN1']\nignore = ['XX1']\n", "pyproject.toml:3: unknown rule code 'XX1'"),
        ("[tool.bn-lint]\nselect = 'BN1'\n", "pyproject.toml:2: [tool.bn-lint] select: expected a list, got a string"),
        ("[tool.bn-lint\n", "pyproject.toml: not valid TOML: expected ']' at the end of a table declaration"),
        ("# \xff\n[tool.bn-lint]\n", "pyproject.toml:1: not valid UTF-8; TOML must be"),
    ],
)
def test_a_broken_configuration(run: Run, tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(toml.encode("latin-1"))
    (tmp_path / "net.py").write_text(WRONG)
    status, out, err = run("check", "net.py")
    assert (status, out) == (2, "")
    assert err.startswith(f"bn-lint: {tmp_path}/{said}")
    assert len(err.splitlines()) == 1


def test_a_configuration_for_somebody_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = 3  # no bn-lint here\n")
    (tmp_path / "net.py").write_text(WRONG)
    assert run("check", "net.py").status == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--select", "BN9999"], "bn-lint: the command line: unknown rule code 'BN9999'"),
        (["check", "--config", "nope.toml"], "bn-lint: {cwd}/nope.toml: cannot be read: no such file or directory"),
        (["check", "--nonsense"], "Usage: "),
        (["nonsense"], "Usage: "),
        (["rule"], "Usage: "),
        (["rule", "BN999"], "bn-lint: no rule 'BN999'; `bn-lint rule --all` lists them"),
    ],
)
def test_a_wrong_command_line(run: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith(said.format(cwd=tmp_path))


def test_fix_never_writes_a_file_that_it_cannot_replace(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(WRONG)
    target = tmp_path / "elsewhere.py"
    path.rename(target)
    path.symlink_to(target)
    assert run("check", "--fix", "net.py").status == 0
    assert path.is_symlink()
    assert target.read_text() == WRONG.replace("(32)", "(64)")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
