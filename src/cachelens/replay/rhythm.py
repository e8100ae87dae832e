"""How the traffic and its hit rate run over time: equal stretches, changes of level, and pauses between uses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cachelens.model.result import LevelChange, PauseBin, Pauses, TimePoint, TimeSeries
from cachelens.prompts.columns import NO_TIME
from cachelens.prompts.trace import Trace
from cachelens.replay.assign import predecessors
from cachelens.replay.grouping import sum_by
from cachelens.replay.levels import levels
from cachelens.replay.sums import Replayed

I64 = npt.NDArray[np.int64]
_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86_400 * _SECOND
STEPS = (
    *(_SECOND, 5 * _SECOND, 15 * _SECOND, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 28 * _DAY, 91 * _DAY, 364 * _DAY),
)
"""Lengths of a stretch of time, of which the shortest is taken that gives few enough."""
MOST_POINTS = 96
MOST_SERIES = 6
"""Workloads that get a series of their own, by input tokens."""
EDGES = (
    *(_SECOND, 5 * _SECOND, 15 * _SECOND, 30 * _SECOND, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
)
"""Lengths of pauses that bins end at: the TTLs that providers offer are among them."""


def over_time(trace: Trace, replayed: Replayed) -> tuple[TimeSeries, ...]:
    """Return the replayed hit rate of all requests, and of the largest workloads, in equal stretches of time.

    Nothing where the log has no times.
    """
    span = trace.span
    known = _timed(trace) & replayed.covered & ~replayed.unknown
    if span is None or span[1] <= span[0] or not known.any():
        return ()
    step = next((step for step in STEPS if span[1] // step - span[0] // step < MOST_POINTS), STEPS[-1])
    workload, names = trace.column("workload"), trace.strings["workload"]
    size = sum_by(np.where(known, workload, -1), replayed.total, len(names)).tolist()
    largest = sorted((number for number in range(len(names)) if size[number]), key=lambda k: (-size[k], names[k]))
    found = [_series("", trace, replayed, known, step)]
    if len(largest) > 1:
        found += [
            _series(names[number], trace, replayed, known & (workload == number), step)
            for number in largest[:MOST_SERIES]
        ]
    return tuple(found)


def _series(name: str, trace: Trace, replayed: Replayed, members: npt.NDArray[np.bool_], step: int) -> TimeSeries:
    at = trace.column("arrived")[members] // step
    stretches, number = np.unique(at, return_inverse=True)
    number = number.reshape(-1)
    requests = np.bincount(number).tolist()
    sent = sum_by(number, replayed.total[members], len(stretches))
    read = sum_by(number, replayed.read[members], len(stretches))
    has_input = sent > 0
    found = levels(read[has_input], sent[has_input])
    starts = stretches[has_input]
    return TimeSeries(
        workload=name,
        step_us=step,
        points=tuple(
            TimePoint(
                start_us=int(start) * step,
                requests=count,
                input_tokens=tokens,
                read_tokens=hits,
                token_hit_rate=hits / tokens if tokens else None,
            )
            for start, count, tokens, hits in zip(
                stretches.tolist(), requests, sent.tolist(), read.tolist(), strict=True
            )
        ),
        changes=tuple(
            LevelChange(at_us=int(starts[one.at]) * step, before=one.before, after=one.after, p_value=one.p_value)
            for one in found
        ),
    )


def pauses(trace: Trace, replayed: Replayed) -> tuple[Pauses, ...]:
    """Return how long it is between two requests with the same tools and system prompt, and of the same session.

    From start to start, as lifetimes run; requests of different models share nothing. Nothing without times.
    """
    known = np.flatnonzero(_timed(trace))
    if trace.span is None or not len(known):
        return ()
    model = replayed.assignment.of.astype(np.int32)
    head = trace.head[trace.requests["leaf"]].astype(np.int64)
    tokens = replayed.total
    reusable = np.minimum(trace.nodes.end[head].astype(np.int64), tokens)
    of_head = _pauses("prefix", trace, predecessors(model, head, known[head[known] > 0]), reusable)
    session = trace.column("session")
    before = predecessors(model, session, known[session[known] >= 0])
    of_session = _pauses("session", trace, before, np.minimum(tokens[before], tokens))
    return tuple(one for one in (of_head, of_session) if one.pauses)


def _pauses(what: str, trace: Trace, before: I64, tokens: I64) -> Pauses:
    later = np.flatnonzero(before >= 0)
    arrived = trace.column("arrived")
    lengths = arrived[later] - arrived[before[later]]
    place = np.searchsorted(np.array(EDGES), lengths, side="left")
    bins = len(EDGES) + 1
    counts, stakes = np.bincount(place, minlength=bins), sum_by(place, tokens[later], bins)
    total = len(later)
    up_to = np.cumsum(counts).tolist()
    return Pauses(
        what=what,
        pauses=total,
        median_us=int(np.sort(lengths)[(total - 1) // 2]) if total else None,
        bins=tuple(
            PauseBin(up_to_us=edge, pauses=count, tokens=stake, share_so_far=within / total if total else 0.0)
            for edge, count, stake, within in zip((*EDGES, None), counts.tolist(), stakes.tolist(), up_to, strict=True)
        ),
    )


def _timed(trace: Trace) -> npt.NDArray[np.bool_]:
    """Say which requests have a time of their own."""
    if not trace.meta.get("timed", True):
        return np.zeros(len(trace), dtype=np.bool_)
    known: npt.NDArray[np.bool_] = ((trace.requests["flags"] & NO_TIME) == 0) & (trace.column("arrived") >= 0)
    return known
