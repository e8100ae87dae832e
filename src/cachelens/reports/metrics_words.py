"""The sentences of the metrics report, and the order of what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.metrics import Figures, MetricsResult, Shift, Thresholds, Timeline, Verdict, Workload
from cachelens.reports.durations import instant, of_log, span
from cachelens.reports.figures import money, plural, share, tokens

NOT_REPORTED = "not reported"
BARS = "▁▂▃▄▅▆▇█"
EMPTY = "·"
"""Stands for a span without a request that says what it read."""
SPARKS = 24
_POINTS = 100
_MOST_SHIFTS = 3
_LEAST_POINTS = 5
"""Smaller trends, over the whole log, are left to programs."""
_DAY = 86_400_000_000


def reported(shown: str, value: object) -> str:
    """Return a figure, or that the log does not say."""
    return NOT_REPORTED if value is None else shown


def spark(timeline: Timeline | None, first_us: int, last_us: int, width: int = SPARKS) -> str:
    """Draw the token hit rate over time, from 0% (lowest bar) to 100% (highest), in `width` equal spans at most."""
    if timeline is None:
        return ""
    length = max(1, -(-(last_us - first_us + timeline.width_us) // width))
    length = -(-length // timeline.width_us) * timeline.width_us
    begin = first_us // timeline.width_us * timeline.width_us
    count = (last_us - begin) // length + 1
    sums = [[0.0, 0] for _ in range(count)]
    for point in timeline.points:
        if point.token_hit_rate is not None and begin <= point.start_us <= last_us:
            slot = sums[(point.start_us - begin) // length]
            slot[0] += point.token_hit_rate * point.requests
            slot[1] += point.requests
    return "".join(EMPTY if not weight else BARS[min(7, int(total / weight * 8))] for total, weight in sums)


def summary(result: MetricsResult) -> str:
    """Say what was read."""
    parts = [plural(result.total.requests, "request"), plural(len(result.workloads), "workload")]
    if result.sessions is not None:
        parts.insert(1, plural(result.sessions.sessions, "session"))
    if result.first_us is not None and result.last_us is not None:
        parts.append(of_log(result.first_us, result.last_us))
    parts.append(plural(len(result.inputs), "file"))
    passed = sum(row.lines for row in result.skips if not row.benign and not row.kept)
    parts.append(f"{plural(passed, 'line')} skipped")
    return ", ".join(parts)


def headline(result: MetricsResult) -> str:
    """Say how the whole stands."""
    total = result.total
    if total.token_hit_rate is None:
        return f"token hit rate {NOT_REPORTED}: no request says what it read from cache"
    cost = "" if total.cost is None else f", cost {'at most ' if total.cost_at_most else ''}{money(total.cost)}"
    whole = "" if total.silent_requests else f" of {tokens(total.input_tokens)} input"
    return (
        f"token hit rate {share(total.token_hit_rate)} ({tokens(total.read_tokens)}{whole} tokens read from cache), "
        f"request hit rate {share(total.request_hit_rate)}{cost}"
    )


def verdict(workload: Workload, thresholds: Thresholds) -> str:
    """Say how a workload stands; empty where there is nothing to object to."""
    match workload.verdict:
        case Verdict.BELOW_RED_LINE:
            return f"below the {_percent(thresholds.red_line)} red line"
        case Verdict.BELOW_TARGET:
            return f"below the {_percent(thresholds.target)} target"
        case Verdict.TOO_FEW:
            return f"fewer than {thresholds.fewest} requests say what they read: not judged"
        case Verdict.NOT_REPORTED | Verdict.ON_TARGET:
            return ""


def _percent(threshold: float) -> str:
    """Write a threshold with the digits that it was given with: `40%`, `12.5%`."""
    return f"{threshold * _POINTS:.10g}%"


def shifts(timeline: Timeline | None) -> Iterator[str]:
    """Name the changes of level, the clearest first."""
    found = [] if timeline is None else sorted(timeline.shifts or (), key=lambda shift: -shift.score)
    for shift in found[:_MOST_SHIFTS]:
        yield _shift(shift)
    if len(found) > _MOST_SHIFTS:
        yield f"and {plural(len(found) - _MOST_SHIFTS, 'smaller change')}, in `--format json`"


def _shift(shift: Shift) -> str:
    verb = "fell" if shift.after < shift.before else "rose"
    return f"{verb} from {share(shift.before)} to {share(shift.after)} at {instant(shift.at_us)}"


def trend(timeline: Timeline | None) -> str:
    """Name a trend, where there is one and no change of level explains it."""
    if timeline is None or timeline.trend is None or timeline.shifts or not timeline.trend.significant:
        return ""
    days = (timeline.points[-1].start_us - timeline.points[0].start_us) / _DAY
    points = timeline.trend.per_day * _POINTS
    if abs(points) * days < _LEAST_POINTS:
        return ""
    return f"{'rises' if points > 0 else 'falls'} by {abs(points):.2g} points a day (p = {timeline.trend.p_value:.2g})"


def ttft(figures: Figures) -> Iterator[str]:
    """Write the times to first token, of hits and of misses."""
    for name, times in (("hits", figures.ttft_hits), ("misses", figures.ttft_misses)):
        if times is not None:
            yield f"{name} P50 {span(times.p50_us)}, P95 {span(times.p95_us)} ({plural(times.count, 'request')})"


def unread(result: MetricsResult) -> str:
    """Say how much was written and never read."""
    found = result.unread_writes
    if result.total.written_tokens is None:
        return f"Writes: {NOT_REPORTED}."
    if found is None:
        return f"Writes never read: {NOT_REPORTED}, as no request that writes names its session (`--session-key`)."
    within = "" if found.written_tokens == result.total.written_tokens else " in requests that name their session"
    return (
        f"Writes never read: at least {tokens(found.unread_tokens)} of {tokens(found.written_tokens)} tokens written"
        f"{within} ({share(found.share)})."
    )


def costs(result: MetricsResult) -> Iterator[str]:
    """Write what sessions and days cost."""
    if result.total.cost is None:
        yield "Cost: unknown, no request has a price."
        return
    sessions = result.sessions
    if sessions is not None and sessions.cost_mean is not None:
        yield (
            f"Per session: mean {money(sessions.cost_mean)}, P50 {money(sessions.cost_p50)}, "
            f"P95 {money(sessions.cost_p95)}, dearest {money(sessions.dearest[0].cost)}."
        )
    priced = [day for day in result.days if day.figures.cost is not None]
    if priced:
        last = priced[-1]
        dearest = max(priced, key=lambda day: (day.figures.cost or 0, day.name))
        yield (
            f"Per day: {money(dearest.figures.cost)} on the dearest, {dearest.name}; {money(last.figures.cost)} on the "
            f"last, {last.name}; {plural(len(priced), 'day')} in all."
        )


def notes(result: MetricsResult) -> Iterator[str]:
    """Write what the reader has to know."""
    for note in result.notes:
        yield f"{note.text[0].upper()}{note.text[1:]}."
    yield from _skipped(result)


def _skipped(result: MetricsResult) -> Iterator[str]:
    for row in result.skips:
        if not row.benign:
            where = f" line {row.first_line}" if row.first_line else ""
            what = "in part not used" if row.kept else "skipped"
            yield f"{plural(row.lines, 'line')} {what}, the first in {row.path}{where}: {row.reason}."


def judged(workloads: Sequence[Workload]) -> list[Workload]:
    """Return the workloads, those with something to object to first, then by input tokens."""
    return sorted(workloads, key=lambda row: -row.verdict.rank)
