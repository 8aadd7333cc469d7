#!/usr/bin/env python3
"""Draw docs/images/check.svg: what `bn-lint check` prints on two of the wrong examples."""

from __future__ import annotations

import os
import re
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from bn_lint.engine.check import check_source, read_source
from bn_lint.engine.settings import Settings
from bn_lint.model.workspace import Workspace
from bn_lint.report.full import write_full

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ("unet_skip.py", "one_of_each.py")
SHOWN = ("BN101", "BN202")

# rich's own template, less the fonts that it fetches from the network and the clipping of each line.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
  line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    os.chdir(ROOT)
    settings, workspace = Settings(root=ROOT, select=SHOWN), Workspace()
    console = Console(record=True, width=128, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print("[bold green]$[/] bn-lint check examples/wrong", highlight=False)
    for name in EXAMPLES:
        path = ROOT / "examples" / "wrong" / name
        write_full([check_source(path, read_source(path), settings, workspace)], console)
    picture = console.export_svg(title="bn-lint", theme=MONOKAI, code_format=FORMAT, unique_id="bn-lint")
    picture = re.sub(r' clip-path="url\(#bn-lint-line-\d+\)"', "", picture)
    picture = re.sub(r"<text[^>]*>\n</text>", "", picture).replace("&#160;", "\N{NO-BREAK SPACE}")
    (ROOT / "docs" / "images").mkdir(exist_ok=True)
    (ROOT / "docs" / "images" / "check.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
