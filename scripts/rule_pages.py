#!/usr/bin/env python3
"""Write docs/rules/ from the rules. `--check`: write nothing, exit 1 where a page is not what it should be."""

from __future__ import annotations

import sys
from pathlib import Path

from bn_lint.engine.registry import all_rules
from bn_lint.rule import Rule

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"
_FAMILIES = {
    "BN0": "Files that cannot be checked",
    "BN1": "Channels: does each normalisation layer get the channels and rank it was built for?",
    "BN2": "Mode: is the module in eval mode, all of it, where it is exported or compiled?",
    "BN3": "Statistics: are the running statistics and parameters present, finite, representable?",
    "BN4": "Export: does the export call ask for something TensorRT cannot do or does wrongly?",
    "BN5": "Versions: do the versions have a known BatchNorm defect, or not belong together?",
    "BN9": "Verify: what a real export, build or run reported",
}


def pages() -> dict[str, str]:
    """The content of every file of the folder, by its name."""
    rules = list(all_rules().values())
    found = {f"{rule.name}.md": rule.page().rstrip() + "\n" for rule in rules}
    found["README.md"] = _index(rules)
    return found


def _index(rules: list[Rule]) -> str:
    text = "# Rules\n\nWritten from the rules by `scripts/rule_pages.py`; `bn-lint rule CODE` shows the same pages.\n"
    for prefix, heading in _FAMILIES.items():
        rows = [_row(rule) for rule in rules if rule.code.startswith(prefix)]
        if rows:
            text += (
                f"\n## {heading}\n\n| code | name | severity | fix | what is wrong |\n| --- | --- | --- | --- | --- |\n"
            )
            text += "\n".join(rows) + "\n"
    return text


def _row(rule: Rule) -> str:
    link = f"[{rule.name}]({rule.name}.md)"
    fix = "yes" if rule.fixable() else ""
    return f"| {rule.code} | {link} | {rule.severity.value} | {fix} | {rule.summary()} |"


def main() -> int:
    wanted = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    if "--check" in sys.argv[1:]:
        stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
        print("\n".join(f"docs/rules/{name}: run scripts/rule_pages.py" for name in stale), end="\n" * bool(stale))
        return bool(stale)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in present.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
