"""Why tokens were not read, and the frame that the cost stands in."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import MissCount, SimulateResult
from cachelens.reports import pick, simulate_figures, terms
from cachelens.reports import simulate_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import approx, count, tokens
from cachelens.reports.page import page_width

_MISS_COLUMNS = (
    Column(label="requests", heading=("requests",)),
    Column(label="tokens", heading=("tokens",)),
    Column(label="", heading=("",), left=True, tier=1),
)


def misses(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write the causes for the recorded layout, the one with the most tokens first."""
    recorded = pick.baseline(result)
    if recorded is None or recorded.total is None or not pick.misses_by_tokens(recorded.total):
        return
    estimated = pick.is_estimated(recorded.total, result)
    table = Table(
        heading=f"Misses, {terms.AS_RECORDED}",
        columns=_MISS_COLUMNS,
        rows=tuple(_miss_row(miss, estimated=estimated) for miss in pick.misses_by_tokens(recorded.total)),
    )
    yield from lay_out(table, page_width(options))


def _miss_row(miss: MissCount, *, estimated: bool) -> Row:
    where = words.divergence(miss)
    return Row(
        name=Text(miss.cause.value),
        cells=(
            Text(count(miss.requests)),
            Text(approx(tokens(miss.tokens), estimated=estimated)),
            Text(terms.CAUSES[miss.cause]),
        ),
        remarks=(Text(where),) if where else (),
    )


def cost_frame(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Set the cost between no cache at all and a perfect one, now and in the best scenario."""
    frame = simulate_figures.cost_frame(result)
    if not frame:
        return
    (_, amounts), *_ = frame
    remarks = simulate_figures.cost_remarks(result, detail=options.detail)
    table = Table(
        heading="Cost",
        columns=tuple(Column(label=heading, heading=(heading,)) for heading, _ in frame),
        rows=tuple(
            Row(
                name=Text(label),
                cells=tuple(Text(column[label]) for _, column in frame),
                remarks=(Text(remarks[label]),) if label in remarks else (),
            )
            for label in amounts
        ),
    )
    yield from lay_out(table, page_width(options))
