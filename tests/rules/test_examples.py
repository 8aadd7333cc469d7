"""Every example in every rule file is a test: valid code is silent, invalid code reports what it says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bn_lint.engine.check import FileReport
from bn_lint.engine.fixing import fix_all
from bn_lint.engine.registry import all_rules
from bn_lint.rule import Invalid, Rule, Valid, VerifyRule
from bn_lint.source.text import SourceText

Lint = Callable[..., FileReport]

VALID = [(r, e) for r in all_rules().values() for e in r.examples if isinstance(e, Valid)]
INVALID = [(r, e) for r in all_rules().values() for e in r.examples if isinstance(e, Invalid)]


def _ids(cases: list[tuple[Rule, Valid]] | list[tuple[Rule, Invalid]]) -> list[str]:
    return [f"{rule.code}-{number}" for number, (rule, _) in enumerate(cases)]


@pytest.mark.parametrize(("rule", "example"), VALID, ids=_ids(VALID))
def test_valid_example_is_silent(rule: Rule, example: Valid, lint: Lint) -> None:
    assert _shown(lint(example.code, select=(rule.code,))) == []


@pytest.mark.parametrize(("rule", "example"), INVALID, ids=_ids(INVALID))
def test_invalid_example_is_reported(rule: Rule, example: Invalid, lint: Lint) -> None:
    shown = _shown(lint(example.code, select=(rule.code,)))
    assert len(shown) == len(example.findings), shown
    for actual, expected in zip(shown, example.findings, strict=True):
        if expected.endswith("..."):
            assert actual.startswith(expected.removesuffix("..."))
        else:
            assert actual == expected


@pytest.mark.parametrize(("rule", "example"), INVALID, ids=_ids(INVALID))
def test_invalid_example_is_fixed(rule: Rule, example: Invalid, lint: Lint) -> None:
    def check(source: SourceText) -> FileReport:
        return lint(source.text, select=(rule.code,))

    fixed = fix_all(check(SourceText(example.code)), check, unsafe=True)
    assert fixed.report.source.text == (example.fixed or example.code)


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.code)
def test_rule_is_documented(rule: Rule) -> None:
    assert re.fullmatch(r"BN\d{3}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    headings = re.findall(r"^## (.+)$", rule.documentation(), re.MULTILINE)
    assert headings[:4] == ["What it does", "Why is this bad", "Example", "Use instead"]
    if isinstance(rule, VerifyRule):
        return  # what verify reports is tested by running models, in tests/verify
    assert any(isinstance(example, Valid) for example in rule.examples)
    assert any(isinstance(example, Invalid) for example in rule.examples)


def _shown(report: FileReport) -> list[str]:
    return [f"{d.start.line}:{d.start.column + 1} {d.message}" for d in report.diagnostics]
