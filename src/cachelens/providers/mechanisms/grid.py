"""Prefix grid: the longest common prefix with earlier requests, floored to a token grid; no caller marks.

Rules: the `prefix-grid` profiles, and as a preview the `units` profiles.
"""

from __future__ import annotations

import numpy as np

from cachelens.kernels.grid import FOREVER, replay_grid
from cachelens.model.usage import WRITE_TTLS
from cachelens.providers.mechanisms.base import I64, SECOND, Outcome, Problem, seconds_of
from cachelens.providers.vocabulary import ExactResend

_RESEND = {None: 0, ExactResend.GRID: 0, ExactResend.WHOLE_PROMPT: 1, ExactResend.ALL_BUT_ONE: 2}


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace, rules = problem.trace, problem.profile
    plan = problem.marks
    follows = plan.recorded or plan.follows_end
    limit = np.full(len(trace), -1, dtype=np.int64) if follows else plan.deepest.astype(np.int64)
    ttl, label, bound = _lifetimes(problem)
    rows = replay_grid(
        problem.order,
        problem.scope,
        np.ascontiguousarray(trace.requests["leaf"]),
        trace.column("arrived"),
        problem.visible(),
        problem.basis,
        problem.minimum,
        problem.outside,
        problem.previous,
        problem.neighbour,
        problem.enabled & (follows | (limit > 0)),
        limit,
        ttl,
        rules.read.grid_tokens or 1,
        rules.read.first_step or 1,
        rules.read.reported_rounding or 1,
        _RESEND[rules.read.exact_resend],
        np.ascontiguousarray(trace.nodes.parent),
        problem.ends,
        trace.system_end,
    )
    billed = rules.billing.formula == "three-way" and label in WRITE_TTLS
    return Outcome(
        read=rows[:, 0],
        write={label: rows[:, 1]} if billed else {},
        unread=np.zeros(len(trace), dtype=np.int64),
        cause=rows[:, 5],
        missed=rows[:, 6],
        where=rows[:, 7],
        bound=bound,
    )


def _lifetimes(problem: Problem) -> tuple[I64, str, str]:
    """Return each request's idle lifetime, the label, and what is not published about it."""
    rules, size = problem.profile.ttl, len(problem.trace)
    if problem.ttl:
        stated = rules.options.get(problem.ttl)
        if stated is None and not rules.options:
            assumed = seconds_of(problem.ttl)
            if assumed is not None:
                note = f"{problem.profile.id} publishes no TTL; {problem.ttl} is your assumption"
                return np.full(size, assumed * SECOND, dtype=np.int64), problem.ttl, note
        return np.full(size, problem.ttl_seconds(problem.ttl) * SECOND, dtype=np.int64), problem.ttl, ""
    if not rules.options:
        longest = rules.max_s
        ttl = FOREVER if longest is None else longest * SECOND
        return (
            np.full(size, ttl, dtype=np.int64),
            "",
            f"{problem.profile.id} publishes no TTL: at most this much is read",
        )
    arrived = problem.trace.column("arrived")
    ends = (int(arrived[0]), int(arrived[-1])) if problem.trace.dated else (None,)
    labels = [rules.default_at(at) for at in ends]
    if labels[0] == labels[-1]:
        return np.full(size, rules.options[labels[0]] * SECOND, dtype=np.int64), labels[0], ""
    each = [rules.options[rules.default_at(at)] * SECOND for at in arrived.tolist()]
    return np.array(each, dtype=np.int64), labels[-1], ""
