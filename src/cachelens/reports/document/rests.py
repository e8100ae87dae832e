"""How long prefixes and sessions rest between two uses, held against the lifetimes that providers offer."""

from __future__ import annotations

from cachelens.reports import figures
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Missing, Table
from cachelens.reports.document.cells import count, share, words
from cachelens.reports.document.results import KINDS, Results
from cachelens.reports.durations import span
from cachelens.reports.simulate_shape import PauseBinV1, PausesV1, SimulateV1

_MARKS = {300_000_000: "5 minutes", 3_600_000_000: "an hour"}
"""Lifetimes that most providers offer, and their names."""
_WHAT = {"prefix": "same tools and system prompt", "session": "same session"}
_WHY = "the result has no pauses: its log has no times or no request twice, or an earlier version wrote it"


def blocks(results: Results) -> tuple[Block, ...]:
    """Return the pauses of each simulation."""
    found: list[Block] = []
    for number, source in enumerate(results.of(SimulateV1), start=1):
        pauses = source.result.pauses
        if not pauses:
            found.append(Missing(why=f"{source.path}: {_WHY}", how=KINDS["simulate"].make))
            continue
        found.append(_chart(f"pauses-{number}", source.path, pauses))
    return tuple(found)


def _bin(row: PauseBinV1, before: PauseBinV1 | None) -> str:
    if row.up_to_us is None:
        return f"over {_short(before.up_to_us or 0)}" if before is not None else "any"
    return f"to {_short(row.up_to_us)}"


def _short(microseconds: int) -> str:
    seconds = microseconds // 1_000_000
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _chart(identifier: str, path: str, some: tuple[PausesV1, ...]) -> Chart:
    names = [_bin(row, before) for before, row in zip((None, *some[0].bins), some[0].bins, strict=False)]
    kinds = [_WHAT[one.what] for one in some]
    rows: list[charts.Row] = [
        {
            "bin": name,
            "what": _WHAT[one.what],
            "pauses": row.pauses,
            "told": f"{_WHAT[one.what]}, {name}: {figures.plural(row.pauses, 'pause')}, "
            f"{figures.tokens(row.tokens)} tokens; {figures.share(row.share_so_far)} are no longer",
        }
        for one in some
        for name, row in zip(names, one.bins, strict=True)
    ]
    marks: list[charts.Row] = [
        {"bin": name, "label": f"{_MARKS[row.up_to_us]} \u2502"}
        for name, row in zip(names, some[0].bins, strict=True)
        if row.up_to_us in _MARKS
    ]
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": {**charts.sorted_names("bin", names, "pause"), "axis": {"labelAngle": -40}},
            "xOffset": {"field": "what", "sort": kinds},
            "y": {
                "field": "pauses",
                "type": "quantitative",
                "title": "pauses",
                "axis": {"tickCount": 5, "format": "~s"},
            },
            "color": charts.colour("what", "between requests of the", kinds),
            "description": {"field": "told"},
        },
    }
    lifetimes = {
        "data": {"values": [dict(mark) for mark in marks]},
        "mark": {"type": "text", "align": "right", "baseline": "top", "dx": 24, "dy": 2, "aria": False},
        "encoding": {
            "x": charts.sorted_names("bin", names),
            "y": {"value": 0},
            "text": {"field": "label"},
        },
    }
    rules = {
        "data": {"values": [dict(mark) for mark in marks]},
        "mark": {"type": "rule", "strokeDash": [5, 4], "xOffset": 22, "aria": False},
        "encoding": {"x": charts.sorted_names("bin", names)},
    }
    return Chart(
        id=identifier,
        title="Pauses between uses",
        says=_says(some),
        spec=charts.spec(rows, 220, layer=[bars, rules, lifetimes]),
        table=_table(identifier, path, some, names),
    )


def _says(some: tuple[PausesV1, ...]) -> str:
    said = []
    for one in some:
        within = ", ".join(
            f"{figures.share(row.share_so_far)} within {_MARKS[row.up_to_us]}"
            for row in one.bins
            if row.up_to_us in _MARKS
        )
        middle = f", half within {span(one.median_us)}" if one.median_us is not None else ""
        said.append(f"{_WHAT[one.what].capitalize()}: {figures.plural(one.pauses, 'pause')}, {within}{middle}")
    return f"From the start of a request to the start of the next of the same model. {'; '.join(said)}."


def _table(identifier: str, path: str, some: tuple[PausesV1, ...], names: list[str]) -> Table:
    rows = [
        (
            words(_WHAT[one.what]),
            Cell(text=name, rank=float("inf") if row.up_to_us is None else row.up_to_us),
            count(row.pauses),
            share(row.share_so_far),
            Cell(text=figures.tokens(row.tokens), rank=row.tokens),
        )
        for one in some
        for name, row in zip(names, one.bins, strict=True)
    ]
    return Table(
        id=identifier,
        caption=f"Pauses between uses, {path}",
        headings=("between requests of the", "pause", "pauses", "no longer", "tokens that hang on them"),
        rows=tuple(rows),
        words_in=(0, 1),
        folded=True,
    )
