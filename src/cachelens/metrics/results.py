"""From counters to a result: names in order, verdicts, and what the reader has to know."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens import __version__
from cachelens.metrics.collecting import OTHERS, Collector, Groups
from cachelens.metrics.writes import unread_of
from cachelens.model.metrics import Figures, Group, MetricsResult, Thresholds, Unread, Verdict, Workload
from cachelens.model.result import InputSummary, Note, SkipCount


def result_of(
    collector: Collector, thresholds: Thresholds, inputs: tuple[InputSummary, ...], skips: tuple[SkipCount, ...]
) -> MetricsResult:
    """Put the result together; everything was flushed."""
    unread = collector.writes.result()
    workloads = _workloads(collector, thresholds, unread)
    timeline = collector.timelines.all()
    total = collector.total.figures()
    sums = [(part.written_tokens, part.unread_tokens) for part in unread.values()]
    return MetricsResult(
        version=__version__,
        inputs=inputs,
        skips=skips,
        first_us=collector.first_us,
        last_us=collector.last_us,
        thresholds=thresholds,
        verdict=_worst(workloads),
        total=total,
        unread_writes=unread_of(*map(sum, zip(*sums, strict=True))) if sums else None,
        timeline=timeline,
        workloads=workloads,
        models=_named(collector.models),
        tenants=_named(collector.tenants),
        days=tuple(sorted(_named(collector.days), key=lambda group: group.name)),
        replicas=tuple(sorted(_named(collector.replicas), key=lambda group: group.name)),
        sessions=collector.sessions.result(),
        prices=tuple(
            f"{row.id} (checked {row.checked}{', used before its start' if row.extrapolated else ''})"
            for _, row in sorted(collector.prices.used.items())
        ),
        notes=tuple(Note(code=code, text=text) for code, text in _notes(collector, total)),
    )


def verdict_of(figures: Figures, thresholds: Thresholds) -> Verdict:
    """Say how a workload stands to its thresholds."""
    if figures.token_hit_rate is None:
        return Verdict.NOT_REPORTED
    if figures.requests - figures.silent_requests < thresholds.fewest:
        return Verdict.TOO_FEW
    if figures.token_hit_rate < thresholds.red_line:
        return Verdict.BELOW_RED_LINE
    return Verdict.BELOW_TARGET if figures.token_hit_rate < thresholds.target else Verdict.ON_TARGET


def _worst(workloads: tuple[Workload, ...]) -> Verdict:
    """Return the worst verdict; of those without objection, one that was judged counts first."""
    order = (
        Verdict.BELOW_RED_LINE,
        Verdict.BELOW_TARGET,
        Verdict.ON_TARGET,
        Verdict.TOO_FEW,
        Verdict.NOT_REPORTED,
    )
    return min((workload.verdict for workload in workloads), key=order.index)


def _workloads(collector: Collector, thresholds: Thresholds, unread: dict[str, Unread]) -> tuple[Workload, ...]:
    rows = [(name, counters.figures()) for name, counters in collector.workloads.counters.items()]
    rows.sort(key=lambda row: (-row[1].input_tokens, row[0]))
    return tuple(
        Workload(
            name=name,
            figures=figures,
            unread_writes=unread.get(name),
            timeline=collector.timelines.of(name),
            verdict=verdict_of(figures, thresholds),
        )
        for name, figures in rows
    )


def _named(groups: Groups) -> tuple[Group, ...]:
    """Return the groups by input tokens; none where the log does not name any."""
    rows = [Group(name=name, figures=counters.figures()) for name, counters in groups.counters.items()]
    if not any(row.name for row in rows):
        return ()
    return tuple(sorted(rows, key=lambda row: (-row.figures.input_tokens, row.name)))


def _notes(collector: Collector, total: Figures) -> Iterator[tuple[str, str]]:
    silent = total.silent_requests
    if silent:
        who = "no request says" if silent == total.requests else f"{silent:,} of {total.requests:,} requests do not say"
        yield "silent-requests", f"{who} what was read from cache: they are in no hit rate"
    if total.cost is not None and total.cost_at_most:
        yield "cost-at-most", "requests that do not say what they read are priced as if they had read nothing"
    for model, requests in sorted(collector.prices.unknown.items(), key=lambda row: (-row[1], row[0])):
        yield "no-price", f"no price for {model or 'requests without a model'}: {_requests(requests)} not in the cost"
    for modifier in collector.prices.dropped:
        yield "modifier-dropped", f"no price for {modifier}: priced as if it were not there"
    if collector.without_time:
        yield "no-time", f"{_requests(collector.without_time)} without a time: in the sums, not in the timeline"
    for kind, groups in (
        ("workloads", collector.workloads),
        ("models", collector.models),
        ("tenants", collector.tenants),
        ("replicas", collector.replicas),
        ("days", collector.days),
    ):
        if OTHERS in groups.counters:
            yield "many-groups", f"more than {groups.most:,} {kind}: those that came later are counted as {OTHERS}"


def _requests(number: int) -> str:
    return f"{number:,} request" if number == 1 else f"{number:,} requests"
