"""Tables as headings and words, laid out for a terminal or written in Markdown."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text

from cachelens.reports.adaptive import Column, Row, Table
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.markdown import figure, table
from cachelens.reports.page import GOOD, HEADING, safe


class Head(NamedTuple):
    """A column: its full term, its heading line by line, and how soon it makes room."""

    label: str
    heading: tuple[str, ...]
    tier: int = 0


class Line(NamedTuple):
    """A row; `is_best` marks the one that is advised, `above` is a heading over it and those that follow."""

    name: str
    cells: tuple[str, ...]
    is_best: bool = False
    above: str = ""


class Grid(NamedTuple):
    """A table; nothing in it is escaped yet."""

    title: str
    heading: str
    columns: tuple[Head, ...]
    lines: tuple[Line, ...]
    note: str = ""
    """What it leaves out."""


def as_table(grid: Grid) -> Table:
    """Return the table for a terminal."""
    return Table(
        heading=grid.heading,
        columns=tuple(Column(label=column.label, heading=column.heading, tier=column.tier) for column in grid.columns),
        rows=tuple(
            Row(
                name=safe(line.name, GOOD if line.is_best else ""),
                cells=tuple(map(Text, line.cells)),
                above=safe(line.above, HEADING),
            )
            for line in grid.lines
        ),
        keep_names=True,
    )


def as_markdown(grid: Grid) -> str:
    """Return the table in Markdown; what stands above rows becomes a first column where there is any."""
    grouped = any(line.above for line in grid.lines)
    rows, above = [], ""
    for line in grid.lines:
        above = line.above or above
        name = markdown_prose(line.name)
        cells = [f"**{name}**" if line.is_best else name, *(figure(cell) for cell in line.cells)]
        rows.append([markdown_name(above), *cells] if grouped else cells)
    headings = [grid.heading, *(column.label for column in grid.columns)]
    return table(["Model", *headings], rows, words_in=(0, 1)) if grouped else table(headings, rows)
