"""A table of figures that always fits: columns that do not become labelled details below their row.

A figure is never cut. A name that is longer than its column gets a line of its own above its figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from rich.cells import cell_len
from rich.text import Text

from cachelens.reports.page import HEADING, QUIET, fit, wrapped

_GAP = " "
_INDENT = 4
_MIN_NAME = 12
"""Columns that a name needs to be told from its neighbours."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of figures."""

    label: str
    """The full term, used in details: `token hit rate`."""
    heading: tuple[str, ...]
    """The same, broken into the lines of the heading."""
    tier: int = 0
    """Columns of the highest tier move below their row first; those of tier 0 stay as long as any does."""
    left: bool = False
    """True for words, which stand at the left of their column."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A name, its figures and what is to be said below."""

    name: Text
    cells: tuple[Text, ...]
    """One per column; an empty cell says nothing and is left out of details."""
    remarks: tuple[Text, ...] = ()
    """Shown below the row, before the details."""
    above: Text = Text()
    """A heading over this row and those that follow it; empty for none."""
    details: tuple[Text, ...] | None = None
    """Cells as they read when labelled below the row, where that differs from `cells`."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under a heading for the names and one for each column."""

    heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    keep_names: bool = False
    """True never cuts a name; False cuts those that do not fit one line."""
    names_first: bool = False
    """True moves columns below before a name has to leave its line, unless names take half of it."""


def lay_out(table: Table, width: int) -> list[Text]:
    """Return the lines of the table, none longer than `width`."""
    wanted = min(_name_size(table), width // 2) if table.names_first else 0
    for tier in sorted({column.tier for column in table.columns}, reverse=True):
        shown = [index for index, column in enumerate(table.columns) if column.tier <= tier]
        sizes = [_column_size(table, index) for index in shown]
        room = width - sum(sizes) - len(_GAP) * len(sizes)
        if room >= max(_MIN_NAME, cell_len(table.heading), wanted):
            return list(_grid(table, shown, sizes, min(room, _name_size(table)), width))
    return list(_cards(table, width))


def _column_size(table: Table, index: int) -> int:
    cells = [cell_len(row.cells[index].plain) for row in table.rows]
    return max(*map(cell_len, table.columns[index].heading), *cells, 0)


def _name_size(table: Table) -> int:
    return max(_MIN_NAME, cell_len(table.heading), *(cell_len(row.name.plain) for row in table.rows), 0)


def _grid(table: Table, shown: Sequence[int], sizes: Sequence[int], room: int, width: int) -> Iterator[Text]:
    yield from _headings(table, shown, sizes, room)
    yield Text("─" * (room + sum(sizes) + len(_GAP) * len(sizes)), style=QUIET)
    for row in table.rows:
        yield from _above(row, width)
        name = row.name
        if cell_len(name.plain) > room:
            yield from wrapped(name, width) if table.keep_names else [fit(name, width)]
            name = Text()
        line = _padded(name, room, left=True)
        for index, size in zip(shown, sizes, strict=True):
            line.append(_GAP)
            line.append_text(_padded(row.cells[index], size, left=table.columns[index].left))
        yield line
        yield from _below(table, row, shown, width)


def _headings(table: Table, shown: Sequence[int], sizes: Sequence[int], room: int) -> Iterator[Text]:
    depth = max((len(table.columns[index].heading) for index in shown), default=1)
    for level in range(depth):
        last = level == depth - 1
        line = _padded(Text(table.heading if last else ""), room, left=True)
        for index, size in zip(shown, sizes, strict=True):
            column = table.columns[index]
            words = ("",) * (depth - len(column.heading)) + column.heading
            line.append(_GAP)
            line.append_text(_padded(Text(words[level]), size, left=column.left))
        line.stylize(HEADING)
        yield line


def _padded(text: Text, size: int, *, left: bool) -> Text:
    blank = " " * (size - cell_len(text.plain))
    return Text.assemble(text, blank) if left else Text.assemble(blank, text)


def _above(row: Row, width: int) -> list[Text]:
    return wrapped(row.above, width) if row.above.plain else []


def _below(table: Table, row: Row, shown: Sequence[int], width: int) -> Iterator[Text]:
    cells = row.cells if row.details is None else row.details
    hidden = [
        Text.assemble(f"{column.label} " if column.label else "", cells[index])
        for index, column in enumerate(table.columns)
        if index not in shown and cells[index].plain
    ]
    parts = [*row.remarks, *hidden]
    if parts:
        yield from wrapped(Text(", ").join(parts), width, indent=_INDENT)


def _cards(table: Table, width: int) -> Iterator[Text]:
    """Write every figure with its label, where columns do not fit."""
    yield from wrapped(Text(table.heading, style=HEADING), width)
    for row in table.rows:
        yield from _above(row, width)
        yield from wrapped(row.name, width) if table.keep_names else [fit(row.name, width)]
        yield from _below(table, row, (), width)
