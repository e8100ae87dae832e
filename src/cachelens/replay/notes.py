"""What a reader must know of a log and its replay to judge the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cachelens.model.result import Note
from cachelens.prompts.columns import NO_TIME, OPAQUE
from cachelens.prompts.marks import marks_assumed
from cachelens.providers.vocabulary import Mechanism
from cachelens.replay.bills import tariff, unpriced_writes
from cachelens.replay.engine import Replayer
from cachelens.replay.sums import Replayed


def notes_of(replayer: Replayer, recorded: Replayed, dropped: Sequence[str]) -> tuple[Note, ...]:
    """Return the notes on a log; `dropped` are price modifiers that were recorded and are not priced."""
    notes = [Note(code=code, text=text) for code, text in _about(replayer, recorded)]
    if dropped:
        notes.append(Note(code="modifiers", text=f"not priced: {', '.join(dropped)}"))
    return tuple(notes)


def _about(replayer: Replayer, recorded: Replayed) -> Iterator[tuple[str, str]]:
    """Yield code and text of each note."""
    trace = replayer.trace
    for name, requests in recorded.assignment.unknown:
        be = "is" if requests == 1 else "are"
        fate = f"{be} left out" if recorded.assignment.facts else f"{be} not priced"
        verb = "has" if requests == 1 else "have"
        what = f"{_requests(requests)} of {name or 'no named model'} {verb} no price or rule and {fate}"
        near = f"near: {', '.join(found)}; " if name and (found := replayer.book.near(name)) else ""
        yield "unknown-model", f"{what} ({near}add the model with --pricing, or choose one with --model)"
    untimed = int(((trace.requests["flags"] & NO_TIME) != 0).sum())
    if not trace.meta.get("timed", True):
        yield "no-times", "the log has no times: gaps are unknown, so nothing expires"
    elif untimed:
        what = f"{_requests(untimed)} without a time {'is' if untimed == 1 else 'are'} taken"
        yield "no-times", f"{what} to follow the one before at once: gaps there are unknown"
    silent = int((recorded.covered & (trace.column("output") < 0)).sum())
    if silent and recorded.assignment.facts:
        yield "no-output", f"{_requests(silent)} record no output tokens: their output is in no cost"
    opaque = int(((trace.requests["flags"] & OPAQUE) != 0).sum())
    if opaque:
        kept = int(recorded.kept.sum())
        tail = f"; for {kept:,} the recorded usage is kept" if kept else ""
        verb = "shows" if opaque == 1 else "show"
        yield "lengths-only", f"{_requests(opaque)} {verb} only their length: what they share is unknown{tail}"
    assumed = int(marks_assumed(trace).sum())
    if assumed and any(profile.mechanism is Mechanism.EXPLICIT_BREAKPOINTS for profile in recorded.profiles):
        what = f"{_requests(assumed)} come from a format that has no cache marks"
        yield "marks-assumed", f"{what}: as-recorded assumes one at the end of each"
    rates = tariff(trace, recorded.assignment, recorded.explicit, trace.column("input"))
    unpriced = int(unpriced_writes(trace, rates).sum())
    if unpriced:
        what = f"{_requests(unpriced)} record cache writes of a class that their model has no price for"
        yield "write-class", f"{what}; they are left out of the validation"
    for remark in recorded.remarks:
        yield "not-offered", remark
    if len(replayer.outside) and int(np.max(replayer.outside)) > 0:
        what = "first requests of sessions that read entries from outside this log keep those reads"
        yield "outside", f"{what} in every scenario of the same model and provider"


def _requests(count: int) -> str:
    return f"{count:,} request{'' if count == 1 else 's'}"
