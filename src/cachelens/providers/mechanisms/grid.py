"""Prefix grid: the longest common prefix with earlier requests, floored to a token grid; no caller marks.

Rules: the `prefix-grid` profiles, and as a preview the `units` and `pass-through` profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cachelens.kernels.grid import FOREVER, WRITTEN, replay_grid
from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.marks import PROVIDER_DEFAULT
from cachelens.providers.mechanisms.base import I64, SECOND, Mask, Outcome, Problem, Unavailable
from cachelens.providers.mechanisms.lifetimes import assumed, lifetimes, resolved
from cachelens.providers.profile import ReadRules
from cachelens.providers.vocabulary import ExactResend, Formula, GridOrigin, TtlRefresh

_RESEND: Mapping[ExactResend | None, int] = {
    None: 0,
    ExactResend.GRID: 0,
    ExactResend.WHOLE_PROMPT: 1,
    ExactResend.ALL_BUT_ONE: 2,
}


class _Lives(NamedTuple):
    """How long what each request writes lives."""

    microseconds: I64
    labels: Mapping[str, Mask]
    """Label to the requests that have it."""
    bound: str
    """What is not published about it."""
    notes: list[str]


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace, rules = problem.trace, problem.profile
    plan = problem.marks
    follows = plan.follows | plan.as_sent
    limit = np.where(follows, -1, plan.deepest).astype(np.int64)
    lives, oldest = _lives(problem), _oldest(problem)
    billed = rules.billing.formula is Formula.THREE_WAY
    mine = lives.microseconds[problem.order]
    rows = replay_grid(
        *problem.requests(),
        problem.enabled & (follows | (limit > 0)),
        limit,
        lives.microseconds,
        rules.read.grid_tokens or 1,
        rules.read.first_step or 1,
        rules.read.reported_rounding or 1,
        _RESEND[rules.read.exact_resend],
        np.ascontiguousarray(trace.nodes.parent),
        problem.ends,
        trace.system_end,
        oldest,
        _hidden(rules.read),
        rules.ttl.refresh is not TtlRefresh.NEVER,
        rules.ttl.locked_at_first_write,
        bool(len(mine)) and bool((mine != mine[0]).any() or (oldest[problem.order] < FOREVER).any()),
        billed,
    )
    written = rows[:, WRITTEN]
    return Outcome(
        read=rows[:, 0],
        write={
            label: np.where(requests, written, 0)
            for label, requests in lives.labels.items()
            if billed and label in WRITE_TTLS
        },
        unread=rows[:, 1],
        cause=rows[:, 3],
        missed=rows[:, 4],
        where=rows[:, 5],
        bound=lives.bound,
        notes=tuple(lives.notes),
    )


def _hidden(rules: ReadRules) -> int:
    """Return how many tokens before the prompt the grid starts."""
    match rules.grid_origin:
        case GridOrigin.PROMPT:
            return 0
        case GridOrigin.HIDDEN_SYSTEM:
            return rules.hidden_tokens or 0


def _oldest(problem: Problem) -> I64:
    """Return the age at which each request no longer reads an entry, by the platform that it ran on."""
    result = np.full(len(problem.trace), FOREVER, dtype=np.int64)
    for platform, seconds in problem.profile.ttl.platform_max_s.items():
        result[problem.on_platform(platform)] = seconds * SECOND
    return result


def _lives(problem: Problem) -> _Lives:
    """Return the lifetime that each request asks for, or has by default."""
    rules, size = problem.profile.ttl, len(problem.trace)
    if not rules.options and not rules.any_duration:
        stated = assumed(problem)
        if problem.ttl and not stated:
            raise Unavailable(
                f"{problem.profile.id} publishes no TTL, and {problem.ttl!r} is not one such as 5m or 24h"
            )
        unknown = f"{problem.profile.id} publishes no TTL"
        note = f"{unknown}; {problem.ttl} is your assumption" if stated else f"{unknown}: at most this much is read"
        longest = FOREVER if rules.max_s is None else rules.max_s * SECOND
        return _Lives(np.full(size, stated or longest, dtype=np.int64), {}, note, [])
    known = lifetimes(problem)
    sent = np.maximum(problem.trace.requests["auto_mark"], PROVIDER_DEFAULT).astype(np.int8)
    asked = np.where(problem.marks.as_sent, sent, problem.marks.deepest_ttl)
    number, notes = resolved(problem, known, asked, np.arange(size))
    labels = {label: number == known.labels.index(label) for label in known.classes}
    return _Lives(known.microseconds[number], labels, "", notes)
