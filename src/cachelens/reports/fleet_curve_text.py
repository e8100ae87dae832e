"""Capacity curves as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.fleet_curve import CurveResult
from cachelens.reports import fleet_curve_words as words
from cachelens.reports.adaptive import lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.fleet_text import table_of
from cachelens.reports.page import HEADING, QUIET, WARN, page_width, safe, wrapped, write


class FleetCurveText:
    """One screen for the person who sizes the caches."""

    id = "fleet-curve-text"

    def render(self, result: CurveResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: CurveResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(safe(words.summary(result), HEADING), width)
        for sentence in result.ignored:
            yield from wrapped(safe(f"Note: {sentence}.", WARN), width)
        yield Text()
        for grid in words.grids(result, detail=options.detail):
            yield from wrapped(safe(grid.title, HEADING), width)
            yield from lay_out(table_of(grid, detail=True), width)
            yield Text()
        for heading, sentences in (("What it says", words.sentences), ("How it was counted", words.notes)):
            yield from wrapped(Text(heading, style=HEADING), width)
            for sentence in sentences(result):
                yield from wrapped(safe(sentence), width, indent=2)
            yield Text()
        yield from wrapped(Text(words.NEXT, style=QUIET), width)
