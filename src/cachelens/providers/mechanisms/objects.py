"""Stored object: the caller stores a prefix under a name, with a lifetime of its own and hourly rent.

Replayed is one policy: every prompt head that requests share is stored on first use and again whenever it has
run out. A create call bills the stored tokens once as plain input, apart from the request that reads them.
"""

from __future__ import annotations

import numpy as np

from cachelens.kernels.grid import replay_objects
from cachelens.providers.mechanisms.base import SECOND, Outcome, Problem, Unavailable


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace, rules = problem.trace, problem.profile.ttl
    if problem.marks.recorded or problem.marks.follows_end:
        raise Unavailable(f"{problem.profile.id} stores a fixed prefix, not a growing conversation")
    label = problem.ttl or rules.default_at(None)
    if not label:
        raise Unavailable(f"{problem.profile.id} publishes no default lifetime: name one with --ttl")
    seconds = problem.ttl_seconds(label)
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
