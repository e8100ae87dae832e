"""Capacity curves as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.fleet_curve import CurveResult
from cachelens.reports import fleet_curve_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_prose
from cachelens.reports.fleet_markdown import sentences, table_of


class FleetCurveMarkdown:
    """A comment for the people who size the caches."""

    id = "fleet-curve-markdown"

    def render(self, result: CurveResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log acts as markup."""
        return "\n\n".join(self._blocks(result, options)) + "\n"

    def _blocks(self, result: CurveResult, options: ReportOptions) -> Iterator[str]:
        yield "### CacheLens: capacity curves"
        yield markdown_prose(words.summary(result))
        yield from sentences("", [f"Note: {sentence}." for sentence in result.ignored])
        for grid in words.grids(result, detail=options.detail):
            yield f"**{markdown_prose(grid.title)}**"
            yield table_of(grid)
        yield from sentences("What it says", list(words.sentences(result)))
        yield from sentences("How it was counted", list(words.notes(result)))
