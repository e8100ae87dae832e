"""`cachelens pricing check` as text: the rows that are due, and how many of all."""

from __future__ import annotations

from cachelens.model.pricing import DueList
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plural
from cachelens.reports.lines import folded, line_width


class PricingCheckText:
    """A line an entry, and a last one with the count."""

    id = "pricing-check-text"

    def render(self, result: DueList, options: ReportOptions) -> str:
        """Return the lines."""
        rows = [f"{row.file}:{row.line}: {row.kind} {row.id}, {plural(row.days, 'day')}" for row in result.due]
        days = plural(result.older_than, "day")
        total = f"{len(result.due)} of {result.entries} entries were last checked over {days} before {result.day}."
        return "".join(f"{line}\n" for row in (*rows, total) for line in folded(row, line_width(options)))
