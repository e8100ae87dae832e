"""The Markdown report of a fleet: tables for a pull request or a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.fleet import FleetResult
from cachelens.reports import fleet_advice, fleet_grids
from cachelens.reports import fleet_words as words
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import markdown_name, markdown_prose
from cachelens.reports.grids import Grid
from cachelens.reports.layers_markdown import stack_blocks
from cachelens.reports.markdown import bullets, figure, table


class FleetMarkdown:
    """A comment for the people who run the replicas."""

    id = "fleet-markdown"

    def render(self, result: FleetResult, options: ReportOptions) -> str:
        """Return GitHub Flavored Markdown in which no text from a log acts as markup."""
        return "\n\n".join(self._blocks(result, options)) + "\n"

    def _blocks(self, result: FleetResult, options: ReportOptions) -> Iterator[str]:
        yield "### CacheLens: fleet"
        yield markdown_prose(", ".join(words.summary(result)))
        yield markdown_prose(f"{words.setting(result)}. {words.ceiling(result)}")
        yield from sentences("", list(words.warnings(result)))
        if result.stack is not None:
            yield "**Response caches in front**"
            yield from stack_blocks(result.stack)
        for grid in (
            *fleet_grids.grids(result, detail=options.detail),
            *fleet_grids.targets(result),
            *fleet_grids.interference(result, options.top_workloads),
        ):
            yield f"**{markdown_prose(grid.title)}**"
            yield table_of(grid)
            if grid.note:
                yield markdown_prose(grid.note)
        yield from sentences("What it says", list(fleet_advice.advice(result)))
        yield from sentences("Rules of thumb, on this log", list(fleet_advice.rules_of_thumb(result)))
        yield from sentences("How it was counted", list(words.notes(result)))


def sentences(heading: str, said: Sequence[str]) -> Iterator[str]:
    """Yield a heading and a list below it; nothing where nothing is said."""
    if not said:
        return
    if heading:
        yield f"**{heading}**"
    yield bullets([markdown_prose(sentence) for sentence in said])


def table_of(grid: Grid) -> str:
    """Write a grid as a table."""
    rows = [
        [
            markdown_name(line.name) + (" **best**" if line.is_best else ""),
            *(figure(markdown_prose(cell)) for cell in line.cells),
        ]
        for line in grid.lines
    ]
    return table((grid.heading, *(cell.label for cell in grid.columns)), rows)
