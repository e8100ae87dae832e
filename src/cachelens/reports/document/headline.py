"""The headline: what it costs now, what it would cost at best, and what to do first."""

from __future__ import annotations

from cachelens.model.result import Status
from cachelens.model.stack import PROMPT, Recommendation, Stack
from cachelens.model.whatif import WhatIfResult
from cachelens.reports import figures, layers_words, metrics_words, terms, whatif_words
from cachelens.reports.audit_shape import AuditV1, FindingV1
from cachelens.reports.document.blocks import Block, Figure, Figures, Listing, Prose
from cachelens.reports.document.cells import decimal
from cachelens.reports.document.findings import place
from cachelens.reports.document.restored import restored
from cachelens.reports.document.results import Results
from cachelens.reports.document.simulated import Saving, best, change_of, named, own_best, recorded, savings, steps
from cachelens.reports.document.stacks import stacks
from cachelens.reports.durations import span
from cachelens.reports.fleet_shape import FleetV1
from cachelens.reports.metrics_shape import MetricsV1
from cachelens.reports.simulate_shape import SimulateV1
from cachelens.reports.whatif_shape import WhatIfV1

_MOST, _MOST_STEPS = 5, 3


def blocks(results: Results) -> tuple[Block, ...]:
    """Return the figures of each result, and what to do first."""
    shown = [figure for source in results.of(SimulateV1) for figure in _simulated(source.result)]
    shown += [figure for source in results.of(AuditV1) for figure in _audited(source.result)]
    shown += [figure for source in results.of(FleetV1) for figure in _served(source.result)]
    shown += [figure for source in results.of(MetricsV1) for figure in _metered(source.result)]
    shown += [figure for source in results.of(WhatIfV1) for figure in _priced(source.result)]
    shown += [figure for stack in stacks(results) for figure in _layered(restored(stack.result, Stack))]
    found: list[Block] = [Figures(figures=tuple(shown))] if shown else []
    steps = _first(results)
    if steps:
        found.append(Listing(title="Do first", items=tuple(steps), ordered=True))
    return tuple(found) or (Prose(lines=("These results hold no cost, no finding and no run.",)),)


def _simulated(result: SimulateV1) -> list[Figure]:
    now = recorded(result)
    if now is None or now.totals is None:
        return []
    totals = now.totals
    found = [
        Figure(
            label="cost now",
            text=figures.approx(figures.money(decimal(totals.cost)), estimated=totals.estimated),
            note=_month(totals.cost_per_month),
        )
    ]
    found += _at_best(result, estimated=totals.estimated)
    found.append(Figure(label=terms.TOKEN_HIT_RATE, text=figures.share(totals.token_hit_rate), note="as replayed"))
    if result.validation:
        row = result.validation[0]
        found.append(
            Figure(
                label="replay against record",
                text=figures.change(row.read.error),
                note=f"tokens read, {figures.plural(row.requests, 'request')}",
            )
        )
    return found


def _at_best(result: SimulateV1, *, estimated: bool) -> list[Figure]:
    own, winner = own_best(result), best(result)
    note = "each workload in its own best scenario"
    if own is None and winner is not None and winner.totals is not None:
        own, note = decimal(winner.totals.cost), change_of(winner)
    if own is None:
        return []
    return [Figure(label="cost at best", text=figures.approx(figures.money(own), estimated=estimated), note=note)]


def _month(amount: str | None) -> str:
    return f"{figures.money(decimal(amount))} a month" if amount is not None else "the log is too short to say a month"


def _audited(result: AuditV1) -> list[Figure]:
    rows = result.summary.severities
    note = f"{rows.high} high, {rows.medium} medium, {rows.low} low"
    return [Figure(label="findings", text=figures.count(result.summary.findings), note=note)]


def _served(result: FleetV1) -> list[Figure]:
    rated = [run for run in result.runs if run.token_hit_rate is not None and run.policy not in result.ceilings]
    if not rated:
        return []
    largest = max(run.replicas for run in rated)
    top = max((run for run in rated if run.replicas == largest), key=lambda run: run.token_hit_rate or 0.0)
    timed = f", TTFT P95 {span(top.timing.ttft.p95)}" if top.timing is not None and top.timing.ttft is not None else ""
    return [
        Figure(
            label=f"best of {figures.plural(largest, 'replica')}",
            text=figures.share(top.token_hit_rate),
            note=f"of tokens read, {top.policy}{timed}",
        )
    ]


def _metered(result: MetricsV1) -> list[Figure]:
    rate = result.total.token_hit_rate
    low = [row for row in result.workloads if row.verdict == "below-red-line"]
    note = f"{figures.plural(len(low), 'workload')} of {len(result.workloads)} below the red line"
    cost = figures.money(decimal(result.total.cost))
    return [
        Figure(label="recorded token hit rate", text=metrics_words.reported(figures.share(rate), rate), note=note),
        Figure(label="recorded cost", text=f"at most {cost}" if result.total.cost_at_most else cost),
    ]


def _priced(result: WhatIfV1) -> list[Figure]:
    cell = restored(result, WhatIfResult).best
    if cell is None or cell.cost is None:
        return []
    return [
        Figure(
            label="cheapest a day" if result.traffic.unit == "day" else "cheapest what-if",
            text=whatif_words.estimate(cell, figures.money(cell.cost)),
            note=whatif_words.name(cell),
        )
    ]


def _layered(stack: Stack) -> list[Figure]:
    served = [row for row in stack.layers if row.layer != PROMPT and not row.left_out]
    note = ", ".join(f"{row.layer} serves {figures.count(row.requests_served)}" for row in served)
    found = [Figure(label="reach the model", text=figures.count(stack.reach_model), note=note)] if served else []
    if stack.semantic is not None:
        point = next(row for row in stack.semantic.curve if row.threshold == stack.semantic.threshold)
        text = _BUILD[stack.semantic.recommendation]
        found.append(Figure(label="semantic cache", text=text, note=f"wrong {layers_words.rate(point.gated)}"))
    return found


_BUILD = {
    Recommendation.BUILD: "supported",
    Recommendation.RAISE: "not at this threshold",
    Recommendation.DO_NOT: "do not build",
    Recommendation.UNPROVEN: "not proven safe",
    Recommendation.NO_HITS: "nothing to gain",
}


def _first(results: Results) -> list[str]:
    """Name what saves most, then the faults that cost most; of those without a price, the gravest."""
    saved = [(saving, source.result) for source in results.of(SimulateV1) for saving in savings(source.result)]
    saved.sort(key=lambda row: (-row[0].amount, row[0].workload))
    found = [_saving(saving, result) for saving, result in saved[:_MOST]]
    faults = [
        row
        for source in results.of(AuditV1)
        for row in source.result.findings
        if row.cost is not None or row.severity in ("high", "medium")
    ]
    faults.sort(key=lambda row: decimal(row.cost) or 0, reverse=True)
    return found + [_fault(row) for row in faults[: max(2, _MOST - len(found))]]


def _saving(saving: Saving, result: SimulateV1) -> str:
    totals, status = saving.totals, Status(saving.scenario.status)
    amount = figures.approx(figures.money(saving.amount), estimated=totals.estimated)
    caveats = [terms.PART_KNOWN[status]] if terms.PART_KNOWN[status] else []
    caveats += ["answers are not compared"] if saving.scenario.model != terms.AS_RECORDED else []
    text = (
        f"{named(saving.workload)}: {change_of(saving.scenario)}: saves {amount} ({figures.change(totals.delta_share)})"
    )
    asked = steps(result, saving)
    more = [f"and {len(asked) - _MOST_STEPS} more"] if len(asked) > _MOST_STEPS else []
    return "; ".join((text, *caveats, *asked[:_MOST_STEPS], *more))


def _fault(row: FindingV1) -> str:
    lost = f", lost {figures.money(decimal(row.cost))}" if row.cost is not None else ""
    return f"{row.rule} ({row.severity}) at {place(row)}{lost}: {row.advice or row.message}"
