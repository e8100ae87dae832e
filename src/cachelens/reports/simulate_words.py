"""The sentences of a simulation report, shared by text and Markdown. Not yet escaped for either."""

from __future__ import annotations

from cachelens.model.result import MissCount, ScenarioResult, SimulateResult, Totals, ValidationRow
from cachelens.reports import durations, pick
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import approx, change, count, money, plural, share, tokens
from cachelens.reports.phrases import Phrase
from cachelens.reports.terms import AS_RECORDED

_FAR = 0.05
"""Difference of two token hit rates from which on both are shown."""


def span(result: SimulateResult) -> str:
    """Write how long the log is."""
    days = result.days
    if days is None:
        same = result.first_us is not None and result.first_us == result.last_us
        return durations.ONE_MOMENT if same else "span unknown"
    return durations.days_span(days)


def summary(result: SimulateResult) -> list[str]:
    """List what was read, as the parts of one line."""
    return [
        plural(result.requests, "request"),
        plural(result.sessions, "session"),
        plural(result.workloads, "workload"),
        span(result),
        plural(len(result.inputs), "file"),
        f"{plural(result.skipped_lines, 'line')} skipped",
    ]


def main_validation(result: SimulateResult) -> ValidationRow | None:
    """Return the row over all requests that can be checked; the first row if none is called `all`."""
    rows = result.validation
    return next((row for row in rows if row.group == "all"), rows[0] if rows else None)


_MOST_GROUPS = 8
"""Groups of the validation that are shown unless all are asked for."""


def other_validation(result: SimulateResult, *, every: bool) -> tuple[list[ValidationRow], str]:
    """Return the groups to show beside the main one, and a sentence on those left out; empty where there are none.

    Groups of which nothing was compared, as all their reads came from outside the log, are never shown.
    """
    main = main_validation(result)
    rows = [row for row in result.validation if row is not main and row.requests]
    shown = rows if every or len(rows) <= _MOST_GROUPS + 1 else rows[:_MOST_GROUPS]
    left = len(rows) - len(shown)
    return shown, f"and {count(left)} more: `--detail` shows all" if left else ""


NOT_VALIDATED = (
    "Not validated: no request shows both its prompt and its recorded cache counts, so nothing below has been checked "
    "against what really happened."
)


def outside(row: ValidationRow) -> str:
    """Say what was read from entries that this log cannot know about; empty when nothing was."""
    if not row.outside_requests:
        return ""
    return (
        f"outside the log: {plural(row.outside_requests, 'request')} read {tokens(row.outside_tokens)} "
        "tokens written before or outside it; neither error nor merit"
    )


def validation_short(row: ValidationRow) -> Phrase:
    """Write one group's errors in a line."""
    errors = (
        f" ({plural(row.requests, 'request')}): reads {change(row.read_error)}, "
        f"writes {change(row.write_error)}, cost {change(row.cost_error)}"
    )
    return Phrase(name=row.group, after=errors)


def workload_flag(totals: Totals, options: ReportOptions) -> str:
    """Say in words how a token hit rate stands against the red line and the target; empty when it is met.

    Empty too where it says nothing: with too few requests, or when even a perfect cache could have read nothing.
    """
    rate = totals.token_hit_rate
    if rate is None or totals.requests < options.fewest_flagged or _nothing_to_read(totals):
        return ""
    if rate < options.red_line:
        return f"below the {options.red_line:.0%} red line"
    if rate < options.target:
        return f"below the {options.target:.0%} target"
    return ""


def recorded_rate(totals: Totals, result: SimulateResult) -> str:
    """Give the token hit rate that the log has, where the replay comes out far from it; else empty.

    Behind response caches there is nothing to compare with: the record is of all traffic.
    """
    recorded, replayed = totals.recorded_hit_rate, totals.token_hit_rate
    if result.stack is not None or recorded is None or replayed is None or abs(recorded - replayed) < _FAR:
        return ""
    return f"recorded hit rate {share(recorded)}"


def _nothing_to_read(totals: Totals) -> bool:
    perfect, without = totals.cost_perfect, totals.cost_no_cache
    return perfect is not None and without is not None and perfect >= without


def written_classes(totals: Totals) -> str:
    """Name the TTL classes of the written tokens: `1h`, or with counts when there are several."""
    classes = [(label, number) for label, number in sorted(totals.write_tokens.items()) if number]
    if len(classes) == 1:
        return classes[0][0]
    return ", ".join(f"{label} {tokens(number)}" for label, number in classes)


def scenario_remarks(scenario: ScenarioResult, result: SimulateResult) -> list[str]:
    """Say what a scenario leaves out of the log, and what rent its cost holds."""
    totals = scenario.total
    if totals is None:
        return []
    remarks = []
    if not pick.is_comparable(scenario, result):
        remarks.append(f"{count(totals.requests)} of {count(max(result.requests, totals.requests))} requests")
    if scenario.name == AS_RECORDED and (recorded := recorded_rate(totals, result)):
        remarks.append(recorded)
    if totals.storage_cost:
        remarks.append(f"rent {approx(money(totals.storage_cost), estimated=pick.is_estimated(totals, result))} within")
    return remarks


def divergence(miss: MissCount) -> str:
    """Say which segment differed first, in how many requests; empty where that is not known."""
    if not miss.segments:
        return ""
    (first, times), *others = [
        (f"#{index} ({kind})" if kind else f"#{index}", requests) for index, requests, kind in pick.places(miss)
    ]
    more = "".join(f", {place} in {count(requests)}" for place, requests in others)
    return f"first different segment: {first} in {plural(times, 'request')}{more}"


def no_month(result: SimulateResult, totals: Totals) -> str:
    """Say why a cost is not projected to a month; empty where it is."""
    if totals.cost_per_month is not None:
        return ""
    if totals.cost is None:
        return "the cost is unknown"
    if result.days is None:
        return "the log has no usable times" if result.first_us is None else "the log holds one moment only"
    return "the log spans less than a day" if result.days < 1 else "not worked out"
