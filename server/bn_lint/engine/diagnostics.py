"""A diagnostic: a finding with its rule and its place, in the terms of an editor. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bn_lint.rule import Finding, Fix, Rule, Severity
from bn_lint.source.text import Position, SourceText

RULE_PAGES = "https://github.com/bn-lint/bn-lint/blob/main/docs/rules.md"


def rule_url(name: str) -> str:
    """The page of the rule with this name."""
    return f"{RULE_PAGES}#{name}"


@dataclass(frozen=True)
class RelatedPlace:
    """A place that belongs to the story, with what happens there."""

    path: Path
    start: Position
    end: Position
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """What is reported about one place of one file. Lines count from 1, columns from 0."""

    code: str
    name: str
    severity: Severity
    message: str
    path: Path
    start: Position
    end: Position
    related: tuple[RelatedPlace, ...] = ()
    fix: Fix | None = None
    # Further lines for people: cause, remedy, what a tool has said.
    notes: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The rule's page."""
        return rule_url(self.name)


def locate(rule: Rule, severity: Severity, finding: Finding, source: SourceText) -> Diagnostic:
    """Turn a rule's finding into a diagnostic of the file it was found in."""
    start, end = finding.span or finding.node.span
    related = [
        RelatedPlace(
            place.node.path,
            place.node.piece.file.source.position(place.node.span[0]),
            place.node.piece.file.source.position(place.node.span[1]),
            place.message,
        )
        for place in finding.related
    ]
    return Diagnostic(
        code=rule.code,
        name=rule.name,
        severity=severity,
        message=finding.message,
        path=finding.node.path,
        start=source.position(start),
        end=source.position(end),
        related=tuple(related),
        fix=finding.fix,
    )
