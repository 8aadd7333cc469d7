"""`bn-lint rule`: explain a rule."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from bn_lint.engine.errors import UserError
from bn_lint.engine.registry import all_rules
from bn_lint.rule import Rule


@click.command("rule")
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List every rule.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(code: str | None, every: bool, output_format: str) -> None:
    """Explain the rule with this CODE or name, or list them --all."""
    if every == (code is not None):
        raise click.UsageError("give a rule code, or --all")
    rules = list(all_rules().values()) if code is None else [_find(code)]
    console = Console()
    if output_format == "json":
        rows = [_as_json(rule) for rule in rules]
        console.file.write(json.dumps(rows if code is None else rows[0], indent=2) + "\n")
    elif code is None:
        console.print(_table(rules))
    else:
        page = rules[0].page()
        if sys.stdout.isatty():
            console.print(Markdown(page))
        else:
            console.file.write(page + "\n")


def _find(code: str) -> Rule:
    for rule in all_rules().values():
        if code.upper() == rule.code or code.lower() == rule.name:
            return rule
    raise UserError(f"no rule {code!r}; `bn-lint rule --all` lists them")


def _table(rules: list[Rule]) -> Table:
    table = Table(box=None, header_style="bold")
    for heading in ("code", "name", "severity", "fix", "what is wrong"):
        table.add_column(heading, no_wrap=heading != "what is wrong")
    for rule in rules:
        fix = "fix" if rule.fixable() else ""
        table.add_row(rule.code, rule.name, rule.severity.value, fix, rule.summary())
    return table


def _as_json(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary(),
        "severity": rule.severity.value,
        "fixable": rule.fixable(),
        "explanation": rule.documentation(),
    }
