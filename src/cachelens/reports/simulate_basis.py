"""How it was counted, in sentences: token evidence, rules and prices, lines not used, and what to know besides."""

from __future__ import annotations

import datetime as dt

from cachelens.model.result import Evidence, FactRef, SimulateResult, SkipCount, TokenBasis
from cachelens.reports.figures import plural, share
from cachelens.reports.phrases import Phrase, listed
from cachelens.reports.terms import EVIDENCE, TRUSTED, UNRATED

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_REAL_CLOCK_FROM = 631_152_000_000_000
"""1990-01-01 in microseconds: a trace that starts before it counts from its own zero, not from the epoch."""
_SKIPS_SHOWN = 3


def counted(result: SimulateResult, *, detail: bool) -> list[Phrase]:
    """Say how it was counted: tokens, facts, time, lines not used, notes; in full with `detail`."""
    return [
        *map(basis, result.bases),
        *map(Phrase, facts(result.facts)),
        *(fact(row) for row in result.facts if detail),
        *map(Phrase, _period(result)),
        *_skips(result, detail=detail),
        *(Phrase(f"note ({note.code}): {note.text}") for note in result.notes),
    ]


def moment(at_us: int | None) -> str:
    """Write a time as an ISO instant in UTC to the second; empty where unknown, relative or out of range."""
    if at_us is None or at_us < _REAL_CLOCK_FROM:
        return ""
    try:
        return (_EPOCH + dt.timedelta(microseconds=at_us)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""


def basis(row: TokenBasis) -> Phrase:
    """Say how one model's tokens were counted."""
    error = "" if row.median_error is None else f", median error {share(row.median_error)}"
    records = plural(row.recorded_requests, "recorded request")
    wording = {
        Evidence.RECORDED: f"the provider's own counts from the log, {records}",
        Evidence.EXACT: f"counted with the model's own tokenizer {row.tokenizer}{error}",
        Evidence.FITTED: f"{row.ratio:.3f} x {row.tokenizer}, fitted to {records}{error}",
        Evidence.ESTIMATED: f"{row.ratio:.3f} x {row.tokenizer}, a stated ratio not fitted to this log",
    }
    return Phrase(f"tokens [{EVIDENCE[row.evidence]}] ", row.model, f": {wording[row.evidence]}")


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


def fact(row: FactRef) -> Phrase:
    """Write one rule or price in full."""
    held = f"from {row.start}" if row.start else "start not published"
    checked = f"checked {row.checked}" if row.checked else "never checked"
    parts = [held, checked, f"confidence {row.confidence or UNRATED}", row.source, row.note]
    return Phrase(f"{row.kind} ", row.id, f": {', '.join(part for part in parts if part)}")


def skip(row: SkipCount) -> Phrase:
    """Say which lines of a file were not used, from where on, and why; a file as a whole has no line."""
    verb = _verb(row)
    start = f" from line {row.first_line}" if row.first_line else ""
    detail = f" ({row.detail})" if row.detail else ""
    return Phrase(name=row.path, after=f": {plural(row.lines, 'line')} {verb}{start}: {row.reason}{detail}")


def _verb(row: SkipCount) -> str:
    if row.kept:
        return "used in part"
    return "passed over" if row.benign else "skipped"


def _period(result: SimulateResult) -> list[str]:
    first, last = moment(result.first_us), moment(result.last_us)
    return [f"from {first} to {last}"] if first and last else []


def _skips(result: SimulateResult, *, detail: bool) -> list[Phrase]:
    if detail:
        return [skip(row) for row in result.skips]
    files = [row for row in result.skips if not row.first_line and not row.kept]
    faults = [row for row in result.skips if not row.benign and row not in files]
    lines = [skip(row) for row in faults[:_SKIPS_SHOWN]]
    if len(faults) > len(lines):
        lines.append(Phrase(f"and {plural(len(faults) - len(lines), 'more reason')} for skipped lines"))
    passed_over = result.passed_over_lines - sum(row.lines for row in files if row.benign)
    if passed_over:
        lines.append(Phrase(f"{plural(passed_over, 'line')} passed over that hold no request of their own"))
    return [*_whole_files(files), *lines]


def _whole_files(rows: list[SkipCount]) -> list[Phrase]:
    """Say by reason which files were not read, those that promised to be logs first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in sorted(rows, key=lambda row: row.benign):
        groups.setdefault((_verb(row), row.reason), []).append(row.path)
    return [
        Phrase(f"{plural(len(names), 'file')} {verb}: {reason}: ", listed(names, every=False))
        for (verb, reason), names in groups.items()
    ]
