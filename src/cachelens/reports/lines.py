"""Plain lines without colour: aligned columns and folded sentences, safe for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import visible

NARROW = 80
"""Columns that lines of prose and addresses read best in, also in a wider terminal."""


def line_width(options: ReportOptions) -> int:
    """Return the columns to use: those of the terminal, at most `NARROW`."""
    return max(20, min(options.width, NARROW))


def columns(rows: Sequence[Sequence[str]], *, left: int) -> Iterator[str]:
    """Align cells: the first `left` columns to the left, the others to the right."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + " ".join(cells).rstrip()


def folded(text: str, width: int, *, first: str = "", rest: str = "    ") -> list[str]:
    """Break a sentence at blanks; addresses and names stay whole."""
    return textwrap.wrap(
        visible(text),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
