"""The head of the text report: what was read, and how far the replay agrees with the record."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.result import SimulateResult, ValidationRow
from cachelens.reports import pick
from cachelens.reports import simulate_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import approx, change, money, plural, share, tokens
from cachelens.reports.page import HEADING, QUIET, page_width, safe, wrapped


def summary(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Write the one line that says what was read."""
    yield from wrapped(safe(", ".join(words.summary(result)), HEADING), page_width(options))


def validation(result: SimulateResult, options: ReportOptions) -> Iterator[Text]:
    """Set predicted against recorded reads, writes and money."""
    width = page_width(options)
    row = words.main_validation(result)
    if row is None:
        yield from wrapped(Text(words.NOT_VALIDATED), width)
        return
    estimated = pick.is_validation_estimated(row, result)
    yield from lay_out(_validation_table(row, estimated=estimated), width)
    if words.outside(row):
        yield from wrapped(safe(words.outside(row)), width, indent=2)
    others, more = words.other_validation(result, every=options.detail)
    for other in others:
        yield from wrapped(safe(words.validation_short(other).text), width, indent=2)
    if more:
        yield from wrapped(Text(more, style=QUIET), width, indent=2)


def _validation_table(row: ValidationRow, *, estimated: bool) -> Table:
    per_request = "" if row.mean_abs_read_error is None else share(row.mean_abs_read_error)
    lines = (
        ("tokens read", tokens(row.predicted_read), tokens(row.recorded_read), row.read_error, per_request),
        ("tokens written", tokens(row.predicted_write), tokens(row.recorded_write), row.write_error, ""),
        ("cost", money(row.predicted_cost), money(row.recorded_cost), row.cost_error, ""),
    )
    return Table(
        heading=f"Validation on {plural(row.requests, 'request')}",
        columns=(
            Column(label="predicted", heading=("predicted",)),
            Column(label="recorded", heading=("recorded",)),
            Column(label="total error", heading=("total error",)),
            Column(label="mean error per request", heading=("per request",), tier=1),
        ),
        rows=tuple(
            Row(
                name=Text(f"  {name}"),
                cells=(
                    Text(approx(predicted, estimated=estimated)),
                    Text(recorded),
                    Text(change(error), style=HEADING),
                    Text(remark),
                ),
            )
            for name, predicted, recorded, error, remark in lines
        ),
    )
