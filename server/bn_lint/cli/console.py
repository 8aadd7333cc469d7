"""The console that tables are printed to."""

from __future__ import annotations

from rich.console import Console

# A program reads whole lines, however long; rich would fold them at 80 columns.
_WIDTH_OF_PIPE = 10_000


def table_console() -> Console:
    """Standard output: as wide as the terminal, or never folded where there is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_PIPE)
