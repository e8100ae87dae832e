"""Recorded usage: hit rates and cost over time, each workload against the two thresholds, time to first token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.metrics import Figures, Group, MetricsResult, Verdict, Workload
from cachelens.reports import figures, terms
from cachelens.reports import metrics_words as said
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Listing, Missing, Prose, Table
from cachelens.reports.document.cells import amount, count, length, words
from cachelens.reports.document.restored import restored
from cachelens.reports.document.results import Results
from cachelens.reports.document.watched_time import over_time
from cachelens.reports.metrics_shape import MetricsV1

_MOST_ROWS = 400
_SIGNS = {Verdict.BELOW_RED_LINE: "bad", Verdict.BELOW_TARGET: "warn"}


def blocks(results: Results) -> tuple[Block, ...]:
    """Return for each measurement its headline, charts and tables."""
    return tuple(
        block
        for number, source in enumerate(results.of(MetricsV1), start=1)
        for block in _measured(number, source.path, restored(source.result, MetricsResult))
    )


def _measured(number: int, path: str, result: MetricsResult) -> Iterator[Block]:
    yield Prose(lines=(f"{path}: {said.summary(result)}.", f"As recorded: {said.headline(result)}."))
    rated = [row for row in said.judged(result.workloads) if row.figures.token_hit_rate is not None]
    if rated:
        yield _against(f"metrics-thresholds-{number}", rated, result)
    yield _workloads(f"metrics-workloads-{number}", path, result)
    if result.timeline is None:
        yield Missing(why=f"{path}: the log has no times", how="name their field with `--map timestamp=FIELD`")
    else:
        yield from over_time(number, path, result.timeline, result)
    yield from _groups(number, result)
    lines = [*(f"Time to first token: {line}." for line in said.ttft(result.total)), *said.costs(result)]
    yield Listing(title="Time, cost and writes", items=(*lines, said.unread(result)))


def _against(identifier: str, rated: Sequence[Workload], result: MetricsResult) -> Chart:
    shown = rated[: 2 * charts.SERIES]
    names = [row.name or terms.UNNAMED for row in shown]
    limits = result.thresholds
    rows: list[charts.Row] = [
        {
            "workload": name,
            "rate": row.figures.token_hit_rate,
            "shown": figures.share(row.figures.token_hit_rate),
            "told": f"{name}: {figures.share(row.figures.token_hit_rate)}; {row.verdict.replace('-', ' ')}",
        }
        for name, row in zip(names, shown, strict=True)
    ]
    rules = [
        {
            "mark": {"type": "rule", "strokeDash": dash, "strokeWidth": 2, "aria": False},
            "encoding": {"x": {"datum": at}},
        }
        for at, dash in ((limits.red_line, [2, 2]), (limits.target, [6, 3]))
    ]
    return Chart(
        id=identifier,
        title="Workloads against the thresholds",
        says=f"Recorded token hit rate of each workload; dotted: the {figures.share(limits.red_line)} red line, "
        f"dashed: the {figures.share(limits.target)} target.",
        spec=charts.spec(
            rows,
            {"step": 26},
            layer=[
                {
                    "mark": {"type": "bar", "height": {"band": 0.7}, "color": "var(--c1)"},
                    "encoding": {
                        "x": charts.share_axis("rate", terms.TOKEN_HIT_RATE),
                        "y": charts.sorted_names("workload", names),
                        "description": {"field": "told"},
                    },
                },
                *rules,
            ],
        ),
        table=None,
    )


def _workloads(identifier: str, path: str, result: MetricsResult) -> Table:
    ordered = said.judged(result.workloads)
    return Table(
        id=identifier,
        caption=f"Workloads of {path}, as recorded",
        headings=("workload", "verdict", *_HEADINGS),
        rows=tuple(
            (
                words(row.name or terms.UNNAMED),
                words(row.verdict.replace("-", " "), _SIGNS.get(row.verdict, "")),
                *_figures(row.figures),
            )
            for row in ordered[:_MOST_ROWS]
        ),
        words_in=(0, 1),
        left_out=max(0, len(ordered) - _MOST_ROWS),
    )


_HEADINGS = (
    *("requests", "input tokens", terms.TOKEN_HIT_RATE, terms.REQUEST_HIT_RATE, "cost"),
    *("TTFT P50 of hits", "P95 of hits", "P50 of misses"),
)


def _figures(row: Figures) -> tuple[Cell, ...]:
    hits, misses = row.ttft_hits, row.ttft_misses
    rates = (row.token_hit_rate, row.request_hit_rate)
    return (
        count(row.requests),
        Cell(text=figures.tokens(row.input_tokens), rank=row.input_tokens),
        *(Cell(text=said.reported(figures.share(rate), rate), rank=rate) for rate in rates),
        amount(row.cost),
        _time(None if hits is None else hits.p50_us),
        _time(None if hits is None else hits.p95_us),
        _time(None if misses is None else misses.p50_us),
    )


def _time(microseconds: int | None) -> Cell:
    return Cell(text="-") if microseconds is None else length(microseconds)


def _groups(number: int, result: MetricsResult) -> Iterator[Table]:
    kinds: tuple[tuple[str, Sequence[Group]], ...] = (
        ("model", result.models),
        ("tenant", result.tenants),
        ("replica", result.replicas),
        ("day", result.days),
    )
    for name, groups in kinds:
        if len(groups) > 1:
            yield Table(
                id=f"metrics-{name}-{number}",
                caption=f"By {name}, as recorded",
                headings=(name, *_HEADINGS),
                rows=tuple((words(row.name or terms.UNNAMED), *_figures(row.figures)) for row in groups[:_MOST_ROWS]),
                left_out=max(0, len(groups) - _MOST_ROWS),
            )
