"""`bn-lint debug exports`: the table of export calls."""

from __future__ import annotations

import json

from click.testing import CliRunner

from bn_lint.cli.app import app
from bn_lint.model.torch_.exports import EXPORT_SITES


def test_every_call_and_condition_has_a_row() -> None:
    result = CliRunner().invoke(app, ["debug", "exports", "--output-format", "json"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)
    assert len(rows) == sum(len(site.behaviours) for site in EXPORT_SITES)
    assert {name for row in rows for name in row["calls"]} == {name for site in EXPORT_SITES for name in site.names}


def test_the_text_says_what_the_message_says() -> None:
    text = CliRunner().invoke(app, ["debug", "exports"]).output
    assert "| `torch.jit.freeze` |  |  | freezing raises `Freezing is currently only implemented" in text
    assert "not reported: the TorchScript exporter switches the model to eval mode and back" in text
    assert "(wants train mode)" in text
