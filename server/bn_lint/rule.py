"""The rule API: what a rule is made of and what it returns.

A rule is one class in one file. Its docstring is its page, its examples are its tests, `check` is the check.
Rules import this module, `bn_lint.source` and `bn_lint.model`, and nothing else of bn-lint.
"""

from __future__ import annotations

import enum
import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from bn_lint.model.evaluation import Evaluation
from bn_lint.model.workspace import Workspace
from bn_lint.source import ir
from bn_lint.source.names import Names
from bn_lint.source.tree import Node, SourceFile


class Severity(enum.Enum):
    """How sure and how grave: an error breaks or spoils the model whenever the line runs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Edit:
    """Replace the text between two offsets of the checked file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fix:
    """Edits that mend a finding. `safe` means that nothing but the defect changes its meaning."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True)
class Related:
    """A place that belongs to the story of a finding, possibly in another file."""

    node: Node
    message: str


@dataclass(frozen=True)
class Finding:
    """One problem at one node. `span` overrides the node's own span where that is too much or too little."""

    node: Node
    message: str
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Valid:
    """Code that the rule must not report."""

    code: str


@dataclass(frozen=True)
class Invalid:
    """Code that the rule must report.

    `findings` are `line:column message` (both from 1), the message may end in `...`; `fixed` is the code
    after every offered fix, None where none is offered.
    """

    code: str
    findings: tuple[str, ...]
    fixed: str | None = None


class FileContext:
    """What a rule may ask about the file it checks."""

    def __init__(self, file: SourceFile, workspace: Workspace) -> None:
        self.file = file
        self.workspace = workspace

    @cached_property
    def names(self) -> Names:
        """What the names in the file stand for, as far as its imports say."""
        return Names(self.file)

    @cached_property
    def evaluation(self) -> Evaluation:
        """What evaluating the file showed."""
        return self.workspace.evaluate(self.file)

    def trial(self, edits: tuple[Edit, ...], entries: frozenset[str] | None = None) -> Evaluation | None:
        """What evaluating the file would show after edits; None where it would not parse.

        With `entries`, only entries of these names are run.
        """
        text = self.file.source.text
        for edit in sorted(edits, key=lambda e: e.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return self.workspace.trial(self.file, text, entries)

    def nodes(self, *ops: str) -> Iterator[tuple[Node, ir.Node]]:
        """Every IR node with one of these operations, in source order, with its place."""
        for piece in self.file.pieces:
            for node in piece.fragment.nodes(*ops):
                yield Node(piece, node[1]), node


class Rule(ABC):
    """Base of every rule.

    The docstring of a rule is Markdown: a first line that says what is wrong in a few words, then the
    sections `What it does`, `Why is this bad`, `Example`, `Use instead`, and where they apply `Fix safety`
    and `References`.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    examples: ClassVar[tuple[Valid | Invalid, ...]]
    # Whether the rule also looks at files that mention neither a layer nor an export (`may_matter`).
    every_file: ClassVar[bool] = False

    @abstractmethod
    def check(self, context: FileContext) -> Iterable[Finding]:
        """Yield the findings in one file. Unknown is silent: report only what is certain."""

    @classmethod
    def documentation(cls) -> str:
        """The rule's page as Markdown, without its heading."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def summary(cls) -> str:
        """One line that says what is wrong."""
        return cls.documentation().partition("\n")[0]

    @classmethod
    def page(cls) -> str:
        """The rule's whole page as Markdown."""
        fix = " `--fix` can mend it." if cls.fixable() else ""
        return f"# {cls.name} ({cls.code})\n\nSeverity: {cls.severity.value}.{fix}\n\n{cls.documentation()}"

    @classmethod
    def fixable(cls) -> bool:
        """Whether some finding of this rule comes with a fix."""
        return any(isinstance(example, Invalid) and example.fixed is not None for example in cls.examples)


class VerifyRule(Rule):
    """Base of the rules that `bn-lint verify` reports from a real run: each has a page, none reads source."""

    examples = ()

    def check(self, context: FileContext) -> Iterable[Finding]:
        """Nothing: only a run of the model shows it."""
        return ()
