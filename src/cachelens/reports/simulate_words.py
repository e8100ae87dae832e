"""The sentences of a simulation report, shared by text and Markdown. Not yet escaped for either."""

from __future__ import annotations

import datetime as dt

from cachelens.model.result import (
    Evidence,
    FactRef,
    MissCount,
    SimulateResult,
    SkipCount,
    TokenBasis,
    Totals,
    ValidationRow,
)
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import change, count, share, tokens
from cachelens.reports.terms import EVIDENCE, TRUSTED, UNRATED

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_REAL_CLOCK_FROM = 631_152_000_000_000
"""1990-01-01 in microseconds: a trace that starts before it counts from its own zero, not from the epoch."""

_SHORT_DAYS = 0.01


def plural(number: int, noun: str) -> str:
    """Write a number with its noun: `1 request`, `2 requests`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def moment(at_us: int | None) -> str:
    """Write a time as an ISO instant in UTC to the second; empty where unknown, relative or out of range."""
    if at_us is None or at_us < _REAL_CLOCK_FROM:
        return ""
    try:
        return (_EPOCH + dt.timedelta(microseconds=at_us)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""


def span(result: SimulateResult) -> str:
    """Write how long the log is."""
    days = result.days
    if days is None:
        return "span unknown"
    if days < _SHORT_DAYS:
        return "under 15 minutes"
    return f"{days:.2f} days" if days < 1 else f"{days:,.1f} days"


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


NOT_VALIDATED = (
    "Not validated: the log records no cache counts, so nothing below has been checked against what really happened."
)


def outside(row: ValidationRow) -> str:
    """Say what was read from entries that this log cannot know about; empty when nothing was."""
    if not row.outside_requests:
        return ""
    return (
        f"outside the log: {plural(row.outside_requests, 'request')} read {tokens(row.outside_tokens)} "
        "tokens written before or outside it; neither error nor merit"
    )


def validation_short(row: ValidationRow) -> str:
    """Write one group's errors in a line."""
    return (
        f"{row.group} ({plural(row.requests, 'request')}): reads {change(row.read_error)}, "
        f"writes {change(row.write_error)}, cost {change(row.cost_error)}"
    )


def workload_flag(rate: float | None, options: ReportOptions) -> str:
    """Say in words how a token hit rate stands against the red line and the target; empty when it is met."""
    if rate is None:
        return ""
    if rate < options.red_line:
        return f"below the {options.red_line:.0%} red line"
    if rate < options.target:
        return f"below the {options.target:.0%} target"
    return ""


def written_classes(totals: Totals) -> str:
    """Name the TTL classes of the written tokens: `1h`, or with counts when there are several."""
    classes = [(label, number) for label, number in sorted(totals.write_tokens.items()) if number]
    if len(classes) == 1:
        return classes[0][0]
    return ", ".join(f"{label} {tokens(number)}" for label, number in classes)


def divergence(miss: MissCount) -> str:
    """Say which segment differed first, in how many requests; empty where that is not known."""
    if not miss.segments:
        return ""
    (first, times), *others = miss.segments
    more = "".join(f", #{index} in {count(requests)}" for index, requests in others)
    return f"first different segment: #{first} in {plural(times, 'request')}{more}"


def basis(row: TokenBasis) -> str:
    """Say how one model's tokens were counted."""
    error = "" if row.median_error is None else f", median error {share(row.median_error)}"
    records = plural(row.recorded_requests, "recorded request")
    wording = {
        Evidence.RECORDED: f"the provider's own counts from the log, {records}",
        Evidence.EXACT: f"counted with the model's own tokenizer {row.tokenizer}{error}",
        Evidence.FITTED: f"{row.ratio:.3f} x {row.tokenizer}, fitted to {records}{error}",
        Evidence.ESTIMATED: f"{row.ratio:.3f} x {row.tokenizer}, a stated ratio not fitted to this log",
    }
    return f"{row.model}: {wording[row.evidence]}"


def facts(rows: tuple[FactRef, ...]) -> list[str]:
    """Condense the rules and prices: how many, how fresh, and which to doubt."""
    if not rows:
        return []
    rules = sum(row.kind == "rule" for row in rows)
    prices = sum(row.kind == "price" for row in rows)
    checked = sorted(row.checked for row in rows if row.checked)
    dates = f"; oldest check {checked[0]}, newest {checked[-1]}" if checked else "; never checked"
    doubted = [f"{row.id} ({row.confidence or UNRATED})" for row in rows if row.confidence != TRUSTED]
    doubts = f"contested or from one source only: {', '.join(doubted)}" if doubted else "none contested"
    return [f"{plural(rules, 'rule')} and {plural(prices, 'price')} used{dates}", doubts]


def fact(row: FactRef) -> str:
    """Write one rule or price in full."""
    held = f"from {row.start}" if row.start else "start not published"
    checked = f"checked {row.checked}" if row.checked else "never checked"
    parts = [
        f"{row.kind} {row.id}: {held}",
        checked,
        f"confidence {row.confidence or UNRATED}",
        row.source,
        row.note,
    ]
    return ", ".join(part for part in parts if part)


def skip(row: SkipCount) -> str:
    """Say which lines of a file were not used, from where on, and why."""
    verb = "passed over" if row.benign else "skipped"
    detail = f" ({row.detail})" if row.detail else ""
    return f"{row.path}: {plural(row.lines, 'line')} {verb} from line {row.first_line}: {row.reason}{detail}"


_SKIPS_SHOWN = 3


def counted(result: SimulateResult, *, detail: bool) -> list[str]:
    """Say how it was counted: tokens, facts, time, lines not used, notes; in full with `detail`."""
    return [
        *(f"tokens [{EVIDENCE[row.evidence]}] {basis(row)}" for row in result.bases),
        *facts(result.facts),
        *(fact(row) for row in result.facts if detail),
        *_period(result),
        *_skips(result, detail=detail),
        *(f"note ({note.code}): {note.text}" for note in result.notes),
    ]


def _period(result: SimulateResult) -> list[str]:
    first, last = moment(result.first_us), moment(result.last_us)
    return [f"from {first} to {last}"] if first and last else []


def _skips(result: SimulateResult, *, detail: bool) -> list[str]:
    if detail:
        return [skip(row) for row in result.skips]
    faults = [row for row in result.skips if not row.benign]
    lines = [skip(row) for row in faults[:_SKIPS_SHOWN]]
    if len(faults) > len(lines):
        lines.append(f"and {plural(len(faults) - len(lines), 'more reason')} for skipped lines")
    if result.passed_over_lines:
        lines.append(f"{plural(result.passed_over_lines, 'line')} passed over that hold no request of their own")
    return lines
