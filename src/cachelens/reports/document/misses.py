"""Why requests read less than they could have: causes, by tokens and by requests."""

from __future__ import annotations

from cachelens.model.result import MissCause
from cachelens.reports import figures, terms
from cachelens.reports.document import charts
from cachelens.reports.document.blocks import Block, Cell, Chart, Prose, Table
from cachelens.reports.document.cells import count, words
from cachelens.reports.document.results import Results
from cachelens.reports.document.simulated import named, recorded
from cachelens.reports.simulate_shape import MissV1, ScenarioV1, SimulateV1

_MOST_WORKLOADS = 12


def blocks(results: Results) -> tuple[Block, ...]:
    """Return for each simulation the causes, drawn for each workload."""
    found: list[Block] = []
    for number, source in enumerate(results.of(SimulateV1), start=1):
        now = recorded(source.result)
        misses = now.totals.misses if now is not None and now.totals is not None else ()
        if now is None or not any(miss.requests for miss in misses):
            found.append(Prose(lines=(f"{source.path}: no request missed anything that the replay knows of.",)))
            continue
        found.append(_chart(f"misses-{number}", source.path, now, [miss for miss in misses if miss.requests]))
    return tuple(found)


def _chart(identifier: str, path: str, now: ScenarioV1, misses: list[MissV1]) -> Chart:
    misses = sorted(misses, key=lambda miss: (-miss.tokens, -miss.requests, miss.cause))
    causes = [miss.cause for miss in misses]
    rows: list[charts.Row] = [
        {
            "workload": named(row.workload),
            "cause": miss.cause,
            "tokens": miss.tokens,
            "requests": miss.requests,
            "told": f"{named(row.workload)}, {miss.cause}: {figures.tokens(miss.tokens)} tokens "
            f"in {figures.plural(miss.requests, 'request')}",
        }
        for row in now.workloads[:_MOST_WORKLOADS]
        for miss in row.totals.misses
        if miss.requests
    ]
    spec = charts.spec(
        rows,
        {"step": 28},
        mark={"type": "bar", "stroke": "var(--paper)"},
        encoding={
            "y": charts.sorted_names("workload", [named(row.workload) for row in now.workloads[:_MOST_WORKLOADS]]),
            "x": {
                "field": "tokens",
                "type": "quantitative",
                "title": "tokens that could have been read",
                "axis": {"format": "~s"},
            },
            "color": charts.colour("cause", "cause", causes),
            "order": {"field": "tokens", "sort": "descending"},
            "description": {"field": "told"},
        },
    )
    first = misses[0]
    says = (
        f"Most tokens were missed for one cause: {first.cause}, {figures.tokens(first.tokens)} tokens in "
        f"{figures.plural(first.requests, 'request')}: {terms.CAUSES[MissCause(first.cause)]}."
    )
    return Chart(
        id=identifier,
        title="Misses by cause and workload",
        says=says,
        spec=spec,
        table=_table(identifier, path, misses),
    )


def _table(identifier: str, path: str, misses: list[MissV1]) -> Table:
    return Table(
        id=identifier,
        caption=f"Misses as recorded, {path}",
        headings=("cause", "requests", "tokens", "meaning", "first different segment"),
        rows=tuple(
            (
                words(miss.cause),
                count(miss.requests),
                Cell(text=figures.tokens(miss.tokens), rank=miss.tokens),
                words(terms.CAUSES[MissCause(miss.cause)]),
                words(_where(miss)),
            )
            for miss in misses
        ),
        words_in=(0, 3, 4),
    )


def _where(miss: MissV1) -> str:
    return ", ".join(
        f"#{row.index}{f' ({row.kind})' if row.kind else ''} in {figures.plural(row.requests, 'request')}"
        for row in miss.segments
    )
