"""The names that an option of `cachelens fleet` takes, as text."""

from __future__ import annotations

from cachelens.model.fleet import NameList
from cachelens.reports.base import ReportOptions
from cachelens.reports.lines import folded, line_width


class FleetList:
    """A name and what it is in a line or two, and below it what else belongs to it."""

    id = "fleet-list"

    def render(self, result: NameList, options: ReportOptions) -> str:
        """Return the list; `options.width` sets how long lines are."""
        width = line_width(options)
        names = max((len(row.id) for row in result.rows), default=0) + 2
        margin = " " * names
        lines = [result.title, ""]
        for row in result.rows:
            lines += folded(row.summary, width, first=row.id.ljust(names), rest=margin)
            if row.details:
                lines += folded(", ".join(row.details), width, first=f"{margin}  ", rest=f"{margin}  ")
        return "\n".join([*lines, "", *folded(result.reading, width, rest="")]) + "\n"
