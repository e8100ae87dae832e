"""Automatic boundary: the service marks the end of the latest message itself; callers may add marks.

An entry matches only at exactly the place where it was written. Rules: the `automatic-boundary` profiles.
"""

from __future__ import annotations

import numpy as np

from cachelens.prompts.columns import EXPLICIT_MODE
from cachelens.providers.mechanisms.base import I32, I64, Outcome, Problem, last_input_message, message_positions
from cachelens.providers.mechanisms.explicit import latest_marks, resolved_ttls, run_entries


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace, rules = problem.trace, problem.profile.marks
    most = rules.max if rules else 4
    start, chosen = latest_marks(problem.marks, most)
    node = problem.marks.node[chosen]
    ttl = resolved_ttls(problem, problem.marks.ttl[chosen])
    writes = np.ones(len(node), dtype=np.bool_)
    latest = _latest_message(problem)
    default = resolved_ttls(problem, np.zeros(len(trace), dtype=np.int8))
    start, node, ttl, writes = _append(start, node, ttl, writes, latest, default)
    start, node, ttl, writes = _prepend_lookups(problem, start, node, ttl, writes)
    return run_entries(
        problem,
        start=start,
        node=np.ascontiguousarray(node, dtype=np.int32),
        ttl=ttl,
        writes=writes,
        lookback=problem.profile.read.earlier_message_ends + 1,
        positions=np.stack([message_positions(trace)] * 2),
        variant=np.zeros(len(trace), dtype=np.int64),
        walkable=(trace.nodes.flags & 1) != 0,
    )


def _latest_message(problem: Problem) -> I32:
    """Return the node that the service marks by itself, 0 where it does not."""
    trace, plan = problem.trace, problem.marks
    latest = last_input_message(trace)[trace.requests["leaf"]].copy()
    if plan.recorded:
        latest[(trace.requests["flags"] & EXPLICIT_MODE) != 0] = 0
    elif not plan.follows_end:
        latest[:] = 0
    return latest


def _append(
    start: I64, node: np.ndarray, ttl: np.ndarray, writes: np.ndarray, extra: I32, extra_ttl: np.ndarray
) -> tuple[I64, np.ndarray, np.ndarray, np.ndarray]:
    """Put one more mark behind each request's marks, where it lies deeper than all of them."""
    deepest = np.zeros(len(start) - 1, dtype=np.int64)
    some = np.diff(start) > 0
    deepest[some] = node[start[1:][some] - 1]
    wanted = extra > deepest
    where = start[1:][wanted]
    moved = start.copy()
    moved[1:] += np.cumsum(wanted)
    return (
        moved,
        np.insert(node, where, extra[wanted]),
        np.insert(ttl, where, extra_ttl[wanted]),
        np.insert(writes, where, np.ones(int(wanted.sum()), dtype=np.bool_)),
    )


def _prepend_lookups(
    problem: Problem, start: I64, node: np.ndarray, ttl: np.ndarray, writes: np.ndarray
) -> tuple[I64, np.ndarray, np.ndarray, np.ndarray]:
    """Let each request that caches at all also look at the end of its first system or developer block."""
    system = problem.trace.system_end[problem.trace.requests["leaf"]]
    some = np.diff(start) > 0
    first = np.zeros(len(start) - 1, dtype=np.int64)
    first[some] = node[start[:-1][some]]
    wanted = some & (system > 0) & (system < first)
    where = start[:-1][wanted]
    moved = start.copy()
    moved[1:] += np.cumsum(wanted)
    lent = ttl[where] if len(ttl) else ttl[:0]
    return (
        moved,
        np.insert(node, where, system[wanted]),
        np.insert(ttl, where, lent),
        np.insert(writes, where, np.zeros(int(wanted.sum()), dtype=np.bool_)),
    )
