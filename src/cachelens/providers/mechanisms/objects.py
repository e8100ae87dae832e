"""Stored object: the caller stores a prefix under a name, with a lifetime of its own and hourly rent.

Replayed is one policy: every prompt head that requests share is stored on first use and again whenever it has
run out. A create call bills the stored tokens once as plain input, apart from the request that reads them.
"""

from __future__ import annotations

import numpy as np

from cachelens.kernels.grid import replay_objects
from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.marks import PROVIDER_DEFAULT
from cachelens.providers.mechanisms.base import I64, SECOND, Outcome, Problem, Unavailable


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace = problem.trace
    if (problem.marks.as_sent | problem.marks.follows)[problem.order].any():
        raise Unavailable(f"{problem.profile.id} stores a fixed prefix, not a growing conversation")
    seconds = _seconds(problem)
    target = np.where(problem.enabled, problem.marks.deepest, 0).astype(np.int32)
    rows = replay_objects(
        problem.order,
        problem.scope,
        target,
        trace.column("arrived"),
        problem.basis,
        problem.minimum,
        seconds * SECOND,
        problem.ends,
    )
    nothing = np.zeros(len(trace), dtype=np.int64)
    return Outcome(
        read=rows[:, 0],
        write={},
        unread=nothing,
        cause=nothing,
        missed=nothing,
        where=nothing,
        stored=rows[:, 1],
        stored_seconds=seconds,
    )


def _seconds(problem: Problem) -> I64:
    """Return the lifetime of what each request would store: the scenario's, else that of its mark, else the default."""
    default = problem.ttl or problem.profile.ttl.default_at(None)
    if not default:
        raise Unavailable(f"{problem.profile.id} publishes no default lifetime: name one with --ttl")
    asked = problem.marks.deepest_ttl
    seconds = np.full(len(problem.trace), problem.ttl_seconds(default), dtype=np.int64)
    for number in np.unique(asked[asked != PROVIDER_DEFAULT]).tolist() if not problem.ttl else ():
        seconds[asked == number] = problem.ttl_seconds(TTL_LABELS[number])
    return seconds
