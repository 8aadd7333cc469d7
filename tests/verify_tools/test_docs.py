"""The pages say what the code does."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from bn_lint.cli.app import app
from bn_lint.engine.settings import DEFAULT_EXCLUDE, _Table
from bn_lint.report import FORMATS
from bn_lint.verify.doctor.versions import FITS
from bn_lint.verify.settings import Entry

DOCS = Path(__file__).parents[2] / "docs"
CONFIGURATION = (DOCS / "configuration.md").read_text()
VERIFY = (DOCS / "verify.md").read_text()


@pytest.mark.parametrize("struct", [_Table, Entry])
def test_every_key_has_its_row(struct: type[_Table] | type[Entry]) -> None:
    for name in struct.__struct_encode_fields__:
        assert f"\n| `{name}` |" in CONFIGURATION


def test_every_option_of_check_has_its_row() -> None:
    context = click.Context(app)
    check = app.get_command(context, "check")
    assert check is not None
    for parameter in check.params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[-1]}" in CONFIGURATION, parameter.name


def test_every_command_and_format_has_its_row() -> None:
    for name in app.list_commands(click.Context(app)):
        assert f"`bn-lint {name}" in CONFIGURATION
    for name in FORMATS:
        assert f"\n| `{name}` |" in CONFIGURATION
    for pattern in DEFAULT_EXCLUDE:
        assert f"`{pattern}`" in CONFIGURATION


def test_the_table_of_releases_is_the_one_that_doctor_uses() -> None:
    for fit in FITS:
        assert f"| {fit.torch_tensorrt} | {fit.torch} | {fit.tensorrt} | {fit.cuda} | {fit.python} |" in VERIFY
