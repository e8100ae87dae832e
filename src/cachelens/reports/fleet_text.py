"""The text report of a fleet: what the terminal shows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.fleet import FleetResult
from cachelens.reports import fleet_advice, fleet_grids
from cachelens.reports import fleet_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.grids import Grid
from cachelens.reports.layers_text import stack_sections
from cachelens.reports.page import GOOD, HEADING, QUIET, WARN, page_width, safe, wrapped, write

_NEXT = (
    "Next: `--detail` shows every fleet and policy in full, `--format csv` the grid for plots, `--format json` every "
    "figure and replica, `-o FILE` writes to a file."
)


class FleetText:
    """One screen for the person who runs the replicas."""

    id = "fleet-text"

    def render(self, result: FleetResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: FleetResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(safe(", ".join(words.summary(result)), HEADING), width)
        yield from wrapped(safe(words.setting(result)), width)
        yield from wrapped(safe(words.ceiling(result)), width)
        for warning in words.warnings(result):
            yield from wrapped(safe(warning, WARN), width)
        yield Text()
        if result.stack is not None:
            yield from stack_sections(result.stack, options)
        for grid in self._grids(result, options):
            yield from wrapped(safe(grid.title, HEADING), width)
            yield from lay_out(table_of(grid, detail=options.detail), width)
            yield from wrapped(safe(grid.note, QUIET), width) if grid.note else ()
            yield Text()
        sections = (
            ("What it says", list(fleet_advice.advice(result))),
            ("Rules of thumb, on this log", list(fleet_advice.rules_of_thumb(result))),
            ("How it was counted", list(words.notes(result))),
        )
        for heading, sentences in sections:
            if sentences:
                yield from wrapped(Text(heading, style=HEADING), width)
                for sentence in sentences:
                    yield from wrapped(safe(sentence), width, indent=2)
                yield Text()
        yield from wrapped(Text(_NEXT, style=QUIET), width)

    def _grids(self, result: FleetResult, options: ReportOptions) -> Iterator[Grid]:
        yield from fleet_grids.grids(result, detail=options.detail)
        yield from fleet_grids.targets(result)
        yield from fleet_grids.interference(result, options.top_workloads)


def table_of(grid: Grid, *, detail: bool) -> Table:
    """Lay names out in one line each; figures that find no room are left out, unless every detail is asked for."""
    names = [f"{line.name} {words.BEST_SIGN}" if line.is_best else line.name for line in grid.lines]
    left_out = None if detail else tuple(Text() for _ in grid.columns)
    return Table(
        heading=grid.heading,
        columns=tuple(Column(label=cell.label, heading=cell.heading, tier=cell.tier) for cell in grid.columns),
        rows=tuple(
            Row(
                name=safe(name, GOOD if line.is_best else ""),
                cells=tuple(safe(cell) for cell in line.cells),
                details=left_out,
            )
            for name, line in zip(names, grid.lines, strict=True)
        ),
        keep_names=True,
        names_first=True,
    )
