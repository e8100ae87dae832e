"""Validation: how close the replay of what happened comes to the usage that was recorded."""

from __future__ import annotations

from cachelens.reports import figures
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Missing, Table
from cachelens.reports.document.cells import change, count, money, words
from cachelens.reports.document.results import Results
from cachelens.reports.simulate_shape import SimulateV1, ValidationV1

_MEASURES = ("tokens read", "tokens written", "cost")
_MOST_GROUPS = 12


def blocks(results: Results) -> tuple[Block, ...]:
    """Return predicted against recorded for each simulation."""
    found: list[Block] = []
    for number, source in enumerate(results.of(SimulateV1), start=1):
        rows = source.result.validation
        if not rows:
            found.append(
                Missing(
                    why=f"{source.path}: the log records no cache usage to compare with",
                    how="export logs with the provider's usage counts (docs/formats.md), then simulate again",
                )
            )
            continue
        found.append(_chart(f"validation-{number}", source.path, rows))
    return tuple(found)


def _chart(identifier: str, path: str, rows: tuple[ValidationV1, ...]) -> Chart:
    drawn: list[charts.Row] = []
    for row in rows[:_MOST_GROUPS]:
        for measure, error in zip(_MEASURES, (row.read.error, row.write.error, row.cost.error), strict=True):
            if error is not None:
                told = f"{row.group}, {measure}: {figures.change(error)} on {figures.plural(row.requests, 'request')}"
                drawn.append({"group": row.group, "measure": measure, "error": error, "told": told})
    spec = charts.spec(
        drawn,
        {"step": 30},
        layer=[
            {"mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": {"x": {"datum": 0}}},
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.9},
                "encoding": {
                    "x": {
                        "field": "error",
                        "type": "quantitative",
                        "title": "(predicted - recorded) / recorded",
                        "axis": {"format": "+.0%"},
                    },
                    "y": charts.sorted_names("group", [row.group for row in rows[:_MOST_GROUPS]]),
                    "color": charts.colour("measure", "", _MEASURES),
                    "shape": {"field": "measure", "type": "nominal", "title": "", "scale": {"domain": list(_MEASURES)}},
                    "description": {"field": "told"},
                },
            },
        ],
    )
    first = rows[0]
    says = (
        f"On {figures.plural(first.requests, 'request')} with recorded usage ({first.group}): tokens read "
        f"{figures.change(first.read.error)}, tokens written {figures.change(first.write.error)}, "
        f"cost {figures.change(first.cost.error)} against what was recorded."
    )
    return Chart(
        id=identifier, title="Predicted against recorded", says=says, spec=spec, table=_table(identifier, path, rows)
    )


def _table(identifier: str, path: str, rows: tuple[ValidationV1, ...]) -> Table:
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        for measure, check in zip(_MEASURES[:2], (row.read, row.write), strict=True):
            cells.append(
                (
                    words(row.group),
                    words(measure),
                    count(check.predicted),
                    count(check.recorded),
                    change(check.error),
                    count(row.requests),
                )
            )
        cost = row.cost
        cells.append(
            (
                words(row.group),
                words("cost"),
                money(cost.predicted),
                money(cost.recorded),
                change(cost.error),
                count(row.requests),
            )
        )
    return Table(
        id=identifier,
        caption=f"Predicted against recorded, {path}",
        headings=("group", "measure", "predicted", "recorded", "error", "requests"),
        rows=tuple(cells),
        words_in=(0, 1),
    )
