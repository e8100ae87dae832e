"""The laws of the table: every line fits, every figure is whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from cachelens.reports.adaptive import Column, Row, Table, lay_out

FIGURES = st.text("0123456789$,.~-%kM", max_size=20)
NAMES = st.text("abc/-_ 顧é🧪", max_size=90)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    size = draw(st.integers(1, 6))
    columns = tuple(
        Column(label=f"figure {index}", heading=("two", "lines")[index % 2 :], tier=draw(st.integers(0, 2)))
        for index in range(size)
    )
    cells = st.lists(FIGURES, min_size=size, max_size=size)
    rows = draw(st.lists(st.tuples(NAMES, cells), min_size=1, max_size=4))
    built = tuple(Row(name=Text(name), cells=tuple(map(Text, figures))) for name, figures in rows)
    return Table(heading="Things", columns=columns, rows=built, keep_names=draw(st.booleans()))


@given(tables(), st.integers(min_value=2, max_value=140))
def test_no_line_is_longer_than_the_width(table: Table, width: int) -> None:
    assert max(cell_len(line.plain) for line in lay_out(table, width)) <= width


@given(tables(), st.integers(min_value=30, max_value=140))
def test_no_figure_is_cut(table: Table, width: int) -> None:
    text = "\n".join(line.plain for line in lay_out(table, width))
    for row in table.rows:
        for cell in row.cells:
            assert cell.plain in text


@given(tables(), st.integers(min_value=20, max_value=140))
def test_a_kept_name_is_never_shortened(table: Table, width: int) -> None:
    kept = Table(heading="", columns=table.columns, rows=table.rows, keep_names=True)
    text = "".join("".join(line.plain.split()) for line in lay_out(kept, width))
    for row in table.rows:
        assert "".join(row.name.plain.split()) in text
