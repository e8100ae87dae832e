"""The text report of a what-if: what the terminal shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from cachelens.model.whatif import WhatIfResult
from cachelens.reports import whatif_advice as advice
from cachelens.reports import whatif_grids as grids
from cachelens.reports import whatif_words as words
from cachelens.reports.adaptive import lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plural
from cachelens.reports.grids import Grid, as_table
from cachelens.reports.page import GOOD, HEADING, QUIET, page_width, safe, wrapped, write

_NEXT = (
    "Next: `--prompt-tokens 500,5000,50000` and `--traffic 0.1,1,10` vary prompt and traffic, `--at DATE` the prices; "
    "`--format csv` writes the whole grid, `--format json` every figure."
)


class WhatIfText:
    """One screen for the one who decides."""

    id = "whatif-text"

    def render(self, result: WhatIfResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: WhatIfResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        for line in words.summary(result):
            yield from wrapped(safe(line, HEADING), width)
        for line in (words.parts(result), words.sampled(result)):
            yield from wrapped(safe(line), width) if line else []
        yield Text()
        for line in words.headlines(result):
            yield from wrapped(safe(line, GOOD), width)
        yield Text()
        for grid in grids.grids(result):
            yield from _grid(grid, width)
        legend = list(grids.legend(result))
        for line in legend:
            yield from wrapped(safe(line, QUIET), width, indent=2)
        if legend:
            yield Text()
        yield from self._answers(result, None if options.detail else options.top_workloads, width)
        for grid in grids.changes(result):
            yield from _grid(grid, width)
        for heading, sentences in words.sections(result, detail=options.detail):
            yield from _section(heading, sentences, width)
        yield from wrapped(Text(_NEXT, style=QUIET), width)

    def _answers(self, result: WhatIfResult, most: int | None, width: int) -> Iterator[Text]:
        if not result.answers:
            return
        yield from wrapped(Text("What pays, by prices and rules alone", style=HEADING), width)
        for row in result.answers[:most]:
            yield from wrapped(safe(f"{row.card.model}: {advice.card(row.card)}"), width, indent=2)
            for sentence in advice.sentences(row):
                yield from wrapped(safe(sentence), width, indent=4)
        if more := len(result.answers[most:]) if most else 0:
            yield from wrapped(Text(f"and {plural(more, 'model')} more: --detail"), width, indent=2)
        yield Text()


def _grid(grid: Grid, width: int) -> Iterator[Text]:
    yield from wrapped(safe(grid.title, HEADING), width)
    yield from lay_out(as_table(grid), width)
    yield Text()


def _section(heading: str, sentences: Sequence[str], width: int) -> Iterator[Text]:
    yield from wrapped(safe(heading, HEADING), width)
    for sentence in sentences:
        yield from wrapped(safe(sentence), width, indent=2)
    yield Text()
