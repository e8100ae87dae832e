"""The text report of what a change of templates costs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cachelens.model.change import ChangeResult, Difference
from cachelens.reports import audit_diff_words as words
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.audit_escaping import inert
from cachelens.reports.base import ReportOptions
from cachelens.reports.page import BAD, GOOD, HEADING, QUIET, page_width, wrapped, write

_COLUMNS = (
    Column(label="requests", heading=("requests",), tier=2),
    Column(label="changed requests", heading=("changed",), tier=2),
    Column(label="cost before", heading=("cost", "before"), tier=1),
    Column(label="cost after", heading=("cost", "after"), tier=1),
    Column(label="change", heading=("change",)),
    Column(label=f"{words.HIT_RATE} before", heading=("hit rate", "before")),
    Column(label=f"{words.HIT_RATE} after", heading=("hit rate", "after")),
)


class AuditDiffText:
    """One screen for the person who reviews a change."""

    id = "audit-diff-text"

    def render(self, result: ChangeResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: ChangeResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(Text(inert(f"{words.headline(result)}."), style=_style(result.total)), width)
        yield from wrapped(Text(inert(f"{words.scope(result)}."), style=QUIET), width)
        if (result.causes or result.reasons) and result.tied:
            yield Text()
            yield Text("Because", style=HEADING)
            for cause in result.causes:
                said = f"`{cause.expression}` ({words.place(cause)}) {words.moved(cause)}"
                yield from wrapped(Text(inert(f"{words.workload(cause.workload)}: {said}.")), width, indent=2)
            for reason in result.reasons:
                said = f"{words.workload(reason.workload)}: {words.because(reason)}."
                yield from wrapped(Text(inert(said)), width, indent=2)
        if result.workloads:
            yield Text()
            yield from _table(result, options, width)
        if result.notes:
            yield Text()
            yield Text("Left out, or taken for granted", style=HEADING)
            for note in result.notes:
                yield from wrapped(Text(inert(f"{words.noted(note)}.")), width, indent=2)
        for line in words.unread(result):
            yield from wrapped(Text(inert(line), style=QUIET), width)


def _style(total: Difference) -> str:
    if not total.delta:
        return HEADING
    return BAD if total.delta > 0 else GOOD


def _table(result: ChangeResult, options: ReportOptions, width: int) -> Iterator[Text]:
    shown = result.workloads[: max(0, options.top_workloads)]
    rows = tuple(
        Row(name=Text(inert(words.workload(row.workload))), cells=tuple(map(Text, words.figures(result, row))))
        for row in shown
    )
    yield from lay_out(Table(heading="Workload", columns=_COLUMNS, rows=rows), width)
    if words.more(len(result.workloads), len(shown)):
        yield from wrapped(Text(words.more(len(result.workloads), len(shown)), style=QUIET), width, indent=2)
