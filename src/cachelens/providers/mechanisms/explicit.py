"""Explicit breakpoints: the caller marks blocks, an entry is written only at a mark.

A read starts at a mark and steps back over a limited number of blocks to an entry that an earlier request wrote.
Rules: the `explicit-breakpoints` profiles in `pricing/providers/`.
"""

from __future__ import annotations

import numpy as np

from cachelens.model.prompt import SegmentKind
from cachelens.providers.dates import day_us
from cachelens.providers.mechanisms.base import I64, Outcome, Problem, block_positions
from cachelens.providers.mechanisms.entry_cache import run_entries
from cachelens.providers.mechanisms.lifetimes import lifetimes
from cachelens.providers.mechanisms.placing import Marks, placed

_REASONING = (SegmentKind.THINKING,)


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    known = lifetimes(problem)
    plan, notes = placed(problem, known)
    reach = problem.profile.read.lookback_positions or 1
    marks = Marks(
        start=plan.start,
        node=np.ascontiguousarray(plan.node),
        ttl=plan.ttl,
        writes=np.ones(len(plan.node), dtype=np.bool_),
        reach=np.full(len(plan.node), reach, dtype=np.int64),
    )
    return run_entries(
        problem,
        known,
        marks,
        positions=_positions(problem),
        bare_positions=_positions(problem, skip=_REASONING),
        variant=_variant(problem),
        enterable=np.ones(len(problem.trace.nodes.parent), dtype=np.bool_),
        notes=notes,
    )


def _positions(problem: Problem, *, skip: tuple[SegmentKind, ...] = ()) -> I64:
    """Return look-back positions, before and since runs of one kind count as one."""
    collapse = problem.profile.read.run_collapse
    plain = block_positions(problem.trace, collapse=(), skip=skip)
    return np.stack([plain, block_positions(problem.trace, collapse=collapse.kinds, skip=skip) if collapse else plain])


def _variant(problem: Problem) -> I64:
    """Return 1 for requests sent since runs of one kind count as one position."""
    collapse = problem.profile.read.run_collapse
    if collapse is None:
        return np.zeros(len(problem.trace), dtype=np.int64)
    since = day_us(collapse.start) if collapse.start and problem.trace.dated else 0
    return (problem.trace.column("arrived") >= since).astype(np.int64)
