#!/usr/bin/env python3
"""Write docs/rules.md from the rules. `--check`: write nothing, exit 1 where it is not what it should be."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from bn_lint.engine.registry import all_rules
from bn_lint.rule import Rule

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"
_FAMILIES = {
    "BN0": "Files that cannot be checked",
    "BN1": "Channels: does each normalisation layer get the channels and rank it was built for?",
    "BN2": "Mode: is the module in eval mode, all of it, where it is exported or compiled?",
    "BN3": "Statistics: are the running statistics and parameters present, finite, representable?",
    "BN4": "Export: does the export call ask for something TensorRT cannot do or does wrongly?",
    "BN5": "Versions: do the versions have a known BatchNorm defect, or not belong together?",
    "BN9": "Verify: what a real export, build or run reported",
}


def page() -> str:
    """The index by family, then each rule's page under its name."""
    rules = list(all_rules().values())
    text = "# Rules\n\n`bn-lint rule CODE` shows the same text.\n"
    for prefix, heading in _FAMILIES.items():
        rows = [_row(rule) for rule in rules if rule.code.startswith(prefix)]
        if rows:
            text += f"\n**{heading}**\n\n" + "\n".join(rows) + "\n"
    return text + "".join(f"\n{_section(rule)}" for rule in rules)


def _section(rule: Rule) -> str:
    """A rule's page, one level deeper; its heading is the name alone, which links from diagnostics end in."""
    _, _, rest = rule.page().rstrip().partition("\n")
    return f"## {rule.name}\n\n{rule.code}. {re.sub(r'(?m)^## ', '### ', rest.lstrip())}\n"


def _row(rule: Rule) -> str:
    return f"- {rule.code} [{rule.name}](#{rule.name}): {rule.severity.value}{', fix' * rule.fixable()}"


def main() -> int:
    wanted = page()
    if "--check" in sys.argv[1:]:
        stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != wanted
        print("docs/rules.md: run scripts/rule_pages.py\n" * stale, end="")
        return stale
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
