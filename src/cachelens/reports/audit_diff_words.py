"""What every format says of the cost of a change: the headline, its causes, and what was left out. Not yet escaped."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.change import Cause, ChangeNote, ChangeResult, Difference, Move, Reason, Why
from cachelens.model.result import Evidence
from cachelens.reports.figures import approx, change, count, money, plural, share, signed_money

HIT_RATE = "token hit rate"


def headline(result: ChangeResult) -> str:
    """Say what the change costs, in one line."""
    if not result.changed:
        return f"No prompt is another than at {result.base}"
    if not result.tied:
        return "What this change costs cannot be told: no changed template was found in the traffic"
    return f"This change: {costs(result, result.total)}, {rates(result.total)}"


def costs(result: ChangeResult, row: Difference) -> str:
    """Say what some requests cost more, a month where that is known."""
    if row.delta is None:
        return "cost unknown, because nothing in the traffic has a price"
    monthly = row.delta_per_month is not None
    amount = signed_money(row.delta_per_month if monthly else row.delta)
    over = "a month" if monthly else "over this traffic"
    return f"{_approx(result, amount)} {over} ({change(row.delta_share)})"


def rates(row: Difference) -> str:
    """Say what share of the input is read from cache, before and after."""
    return f"{HIT_RATE} {share(row.before.token_hit_rate)} -> {share(row.after.token_hit_rate)}"


def scope(result: ChangeResult) -> str:
    """Say what was compared."""
    days = f", {result.days:,.1f} days" if result.days is not None else ""
    found = f"{count(result.tied)} of {plural(result.changed, 'changed template')} found"
    here = f"in {count(result.total.changed)} of {plural(result.requests, 'request')}{days}"
    return f"Compared with {result.base}: {found} {here}; replayed under the same cache rules and prices"


def place(cause: Cause) -> str:
    """Name the place of a cause."""
    return f"{cause.location.path}:{cause.location.line}:{cause.location.column}"


def moved(cause: Cause) -> str:
    """Say what became of a value, to follow its name and place."""
    before, after = count(cause.token_before), count(cause.token_after)
    often = f"changes in {share(cause.share_after)} of requests"
    was = f"in {share(cause.share_before)}"
    match cause.move:
        case Move.NEW:
            return f"now stands at token {after} and {often}"
        case Move.GONE:
            return f"no longer stands at token {before}, where it changed {was} of requests"
        case Move.EARLIER | Move.LATER:
            return f"now stands at token {after}, no longer at token {before}, and {often}"
        case Move.OFTENER | Move.RARER:
            return f"at token {after} now {often}, before {was}"


def because(reason: Reason) -> str:
    """Say why a workload costs more or less, where it is not by a value."""
    before, after = count(reason.tokens_before), count(reason.tokens_after)
    least = count(reason.minimum or 0)
    match reason.why:
        case Why.BELOW_MINIMUM:
            return f"what its requests share fell from {before} to {after} tokens, below the model's minimum of {least}"
        case Why.ABOVE_MINIMUM:
            return f"what its requests share rose from {before} to {after} tokens, to the model's minimum of {least}"
        case Why.SHORTER | Why.LONGER:
            word = "shrank" if reason.why is Why.SHORTER else "grew"
            return f"the fixed text {word}: a request has {after} tokens on average, before {before}"
        case Why.UNKNOWN:
            return "no cause could be told"


def workload(name: str) -> str:
    """Name a workload."""
    return name or "(unnamed)"


def noted(note: ChangeNote) -> str:
    """Say a note with its place."""
    at = f"{note.location.path}:{note.location.line}: " if note.location is not None else ""
    return f"{at}{note.message}"


def unread(result: ChangeResult) -> Iterator[str]:
    """Yield what could not be read of the traffic."""
    for skip in result.skips:
        if not skip.benign:
            yield f"{skip.path}: {plural(skip.lines, 'line')} skipped: {skip.reason}"


def more(rows: int, shown: int) -> str:
    """Count what is not listed; empty where all is."""
    return f"and {plural(rows - shown, 'more workload')}" if rows > shown else ""


def figures(result: ChangeResult, row: Difference) -> tuple[str, ...]:
    """Return the figures of a row: requests, those that changed, costs and hit rates before and after, change."""
    return (
        count(row.requests),
        count(row.changed),
        _approx(result, money(row.before.cost)),
        _approx(result, money(row.after.cost)),
        change(row.delta_share),
        share(row.before.token_hit_rate),
        share(row.after.token_hit_rate),
    )


HEADINGS = ("workload", "requests", "changed", "cost before", "after", "change", f"{HIT_RATE} before", "after")


def _approx(result: ChangeResult, shown: str) -> str:
    return approx(shown, estimated=result.evidence in {Evidence.ESTIMATED, Evidence.FITTED})
