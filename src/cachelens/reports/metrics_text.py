"""The text report of metrics: what the terminal shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.text import Text

from cachelens.model.metrics import Figures, Group, MetricsResult, Verdict, Workload
from cachelens.reports import metrics_words as words
from cachelens.reports import terms
from cachelens.reports.adaptive import Column, Row, Table, lay_out
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import count, money, plural, share, tokens
from cachelens.reports.page import BAD, HEADING, QUIET, WARN, page_width, safe, wrapped, write

_SHARED = (
    Column(label="requests", heading=("requests",), tier=1),
    Column(label="input tokens", heading=("input", "tokens"), tier=2),
    Column(label=terms.TOKEN_HIT_RATE, heading=("token", "hit rate")),
    Column(label=terms.REQUEST_HIT_RATE, heading=("request", "hit rate"), tier=1),
    Column(label=terms.COST, heading=("cost",), tier=1),
)
_OVER_TIME = Column(label="over time", heading=("hit rate", "over time"), left=True)
_COLOURS = {Verdict.BELOW_RED_LINE: BAD, Verdict.BELOW_TARGET: WARN}
_NEXT = (
    "Next: `cachelens audit LOGS` names what breaks the prefix, `--fail-on red-line` makes the red line an exit code, "
    "`--format json|csv|prometheus|otlp` is for programs."
)


class MetricsText:
    """One screen for the person who watches the cache."""

    id = "metrics-text"

    def render(self, result: MetricsResult, options: ReportOptions) -> str:
        """Return the report for a terminal of `options.width` columns."""
        return write(self._lines(result, options), options)

    def _lines(self, result: MetricsResult, options: ReportOptions) -> Iterator[Text]:
        width = page_width(options)
        yield from wrapped(safe(words.summary(result), HEADING), width)
        yield from wrapped(safe(words.headline(result), _COLOURS.get(result.verdict, "")), width)
        yield Text()
        yield from _workloads(result, options, width)
        for heading, groups in (("Model", result.models), ("Tenant", result.tenants), ("Replica", result.replicas)):
            yield from _groups(heading, groups, options, width)
        sections: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
            ("Time to first token", lambda: words.ttft(result.total)),
            ("What it cost", lambda: words.costs(result)),
            ("What was written", lambda: iter([words.unread(result)])),
            ("To know", lambda: words.notes(result)),
        )
        for heading, sentences in sections:
            yield from _section(heading, list(sentences()), width)
        if options.detail:
            yield from _section("Prices", list(result.prices), width)
        yield from wrapped(Text(_NEXT, style=QUIET), width)


def _section(heading: str, sentences: Sequence[str], width: int) -> Iterator[Text]:
    if sentences:
        yield from wrapped(Text(heading, style=HEADING), width)
        for sentence in sentences:
            yield from wrapped(safe(sentence), width, indent=2)
        yield Text()


def _workloads(result: MetricsResult, options: ReportOptions, width: int) -> Iterator[Text]:
    ordered = words.judged(result.workloads)
    shown = ordered[: max(1, options.top_workloads)]
    rows = tuple(
        Row(
            name=safe(workload.name or terms.UNNAMED),
            cells=(
                *_cells(workload.figures),
                Text(words.spark(workload.timeline, result.first_us or 0, result.last_us or 0)),
            ),
            remarks=tuple(_remarks(workload, result)),
        )
        for workload in shown
    )
    yield from lay_out(Table(heading="Workload", columns=(*_SHARED, _OVER_TIME), rows=rows), width)
    yield from _more(len(ordered) - len(shown), "more workload", width)
    yield Text()


def _remarks(workload: Workload, result: MetricsResult) -> Iterator[Text]:
    said = words.verdict(workload, result.thresholds)
    if said:
        yield safe(said, _COLOURS.get(workload.verdict, ""))
    for shift in words.shifts(workload.timeline):
        yield safe(shift)
    heading = words.trend(workload.timeline)
    if heading:
        yield safe(heading)


def _groups(heading: str, groups: Sequence[Group], options: ReportOptions, width: int) -> Iterator[Text]:
    if len(groups) < 2:  # noqa: PLR2004 - one group is the total again
        return
    shown = groups[: max(1, options.top_workloads)]
    rows = tuple(Row(name=safe(group.name or terms.UNNAMED), cells=_cells(group.figures)) for group in shown)
    yield from lay_out(Table(heading=heading, columns=_SHARED, rows=rows), width)
    yield from _more(len(groups) - len(shown), f"more {heading.lower()}", width)
    yield Text()


def _more(number: int, noun: str, width: int) -> Iterator[Text]:
    if number > 0:
        text = f"and {plural(number, noun)}; `--format csv` lists all"
        yield from wrapped(Text(text, style=QUIET), width, indent=2)


def _cells(figures: Figures) -> tuple[Text, ...]:
    hit_rate = words.reported(share(figures.token_hit_rate), figures.token_hit_rate)
    requests = "" if figures.request_hit_rate is None else share(figures.request_hit_rate)
    return tuple(
        map(
            Text,
            (count(figures.requests), tokens(figures.input_tokens), hit_rate, requests, money(figures.cost)),
        )
    )
