"""Explicit breakpoints: the caller marks blocks, an entry is written only at a mark.

A read starts at a mark and steps back over a limited number of blocks to an entry that an earlier request wrote.
Rules: the `explicit-breakpoints` profiles in `pricing/providers/`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.kernels.entries import replay_entries
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.marks import PROVIDER_DEFAULT, MarkPlan
from cachelens.providers.dates import day_us
from cachelens.providers.mechanisms.base import I64, SECOND, Outcome, Problem, Unavailable, block_positions
from cachelens.providers.vocabulary import RefreshScope

_LONG = 3600
"""Lifetimes from here on are the long class of the mixed-TTL bill."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """Marks of all requests with everything resolved, shallow before deep within a request."""

    start: I64
    """Shape (requests + 1,): where each request's marks begin."""
    node: npt.NDArray[np.int32]
    ttl: npt.NDArray[np.int8]
    """Number of a label in `TTL_LABELS`, never the provider's default."""
    writes: npt.NDArray[np.bool_]
    """False for places that are only looked up."""
    reach: I64
    """Positions that a read may step through from the mark, the marked one included."""


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    plan = _on_cacheable(problem, with_automatic_marks(problem))
    start, chosen = latest_marks(plan, problem.profile.marks.max if problem.profile.marks else 4)
    reach = problem.profile.read.lookback_positions or 1
    marks = Marks(
        start=start,
        node=np.ascontiguousarray(plan.node[chosen]),
        ttl=resolved_ttls(problem, plan.ttl[chosen]),
        writes=np.ones(len(chosen), dtype=np.bool_),
        reach=np.full(len(chosen), reach, dtype=np.int64),
    )
    return run_entries(
        problem,
        marks,
        positions=_positions(problem),
        variant=_variant(problem),
        enterable=np.ones(len(problem.trace.nodes.parent), dtype=np.bool_),
    )


def _positions(problem: Problem) -> I64:
    collapse = problem.profile.read.run_collapse
    plain = block_positions(problem.trace, collapse=())
    return np.stack([plain, block_positions(problem.trace, collapse=collapse.kinds if collapse else ())])


def _variant(problem: Problem) -> I64:
    """Return 1 for requests sent since runs of one kind count as one position."""
    collapse = problem.profile.read.run_collapse
    if collapse is None:
        return np.zeros(len(problem.trace), dtype=np.int64)
    since = day_us(collapse.start) if collapse.start and problem.trace.dated else 0
    return (problem.trace.column("arrived") >= since).astype(np.int64)


def with_automatic_marks(problem: Problem) -> MarkPlan:
    """Add the request-level mark, where the log shows one, at the last block that can carry it."""
    plan, trace = problem.marks, problem.trace
    auto = trace.requests["auto_mark"]
    if not plan.recorded or not (auto >= 0).any():
        return plan
    last = trace.markable[trace.requests["leaf"]]
    wanted = (auto >= 0) & (last > plan.deepest)
    where = plan.start[1:][wanted]
    added = np.cumsum(wanted)
    start = plan.start.copy()
    start[1:] += added
    return dataclasses.replace(
        plan,
        start=start,
        node=np.insert(plan.node, where, last[wanted]).astype(np.int32),
        ttl=np.insert(plan.ttl, where, auto[wanted].astype(np.int8)),
    )


def _on_cacheable(problem: Problem, plan: MarkPlan) -> MarkPlan:
    """Leave out marks on tools where the provider passes over them."""
    rules = problem.profile.marks
    if rules is None or "tool" not in rules.uncacheable:
        return plan
    start, chosen = _kept(plan.start, problem.trace.nodes.kind[plan.node] != SegmentKind.TOOL)
    return dataclasses.replace(plan, start=start, node=plan.node[chosen], ttl=plan.ttl[chosen])


def latest_marks(plan: MarkPlan, most: int) -> tuple[I64, I64]:
    """Keep each request's last `most` marks; return new starts and the kept positions."""
    from_end = np.repeat(plan.start[1:], np.diff(plan.start)) - np.arange(len(plan.node))
    return _kept(plan.start, from_end <= most)


def _kept(start: I64, keep: npt.NDArray[np.bool_]) -> tuple[I64, I64]:
    """Return where each request's marks begin once only some are kept, and the positions of those."""
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(keep)])
    return before[start], np.flatnonzero(keep)


def resolved_ttls(problem: Problem, ttl: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Return label numbers with the scenario's TTL, or the provider's default, filled in."""
    rules = problem.profile.ttl
    if problem.ttl:
        problem.ttl_seconds(problem.ttl)
        return np.full(len(ttl), TTL_LABELS.index(problem.ttl), dtype=np.int8)
    default = rules.default or next(iter(rules.options), "")
    if default not in TTL_LABELS:
        raise Unavailable(f"{problem.profile.id} has no default TTL")
    result = ttl.astype(np.int8).copy()
    result[result == PROVIDER_DEFAULT] = TTL_LABELS.index(default)
    offered = [TTL_LABELS.index(label) for label in rules.options if label in TTL_LABELS]
    result[~np.isin(result, offered)] = TTL_LABELS.index(default)
    return result


def run_entries(
    problem: Problem,
    marks: Marks,
    *,
    positions: I64,
    variant: I64,
    enterable: npt.NDArray[np.bool_],
) -> Outcome:
    """Hand everything to the loop and name its columns."""
    trace, rules = problem.trace, problem.profile
    marks = _of_enabled(problem, marks)
    seconds = [rules.ttl.options.get(label, 0) for label in TTL_LABELS]
    in_key = rules.key.ttl_in_key is not None and rules.key.ttl_in_key.value
    rows = replay_entries(
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
        variant,
        marks.start,
        marks.node,
        marks.ttl,
        marks.writes,
        marks.reach,
        np.array(seconds, dtype=np.int64) * SECOND,
        np.array([value >= _LONG for value in seconds]),
        rules.ttl.refresh_scope is RefreshScope.PATH,
        in_key and rules.key.ttl_in_key is not None and rules.key.ttl_in_key.confidence != "low",
        np.ascontiguousarray(trace.nodes.parent),
        problem.ends,
        positions,
        enterable,
        trace.system_end,
    )
    short, long = _labels(rules.ttl.options)
    write = {short: rows[:, 1]} if long == short else {short: rows[:, 1], long: rows[:, 2]}
    return Outcome(
        read=rows[:, 0],
        write=write,
        unread=rows[:, 3],
        cause=rows[:, 5],
        missed=rows[:, 6],
        where=rows[:, 7],
    )


def _of_enabled(problem: Problem, marks: Marks) -> Marks:
    """Leave out the marks of requests that do not use the cache at all."""
    start, chosen = _kept(marks.start, np.repeat(problem.enabled, np.diff(marks.start)))
    return Marks(
        start=start,
        node=marks.node[chosen],
        ttl=marks.ttl[chosen],
        writes=marks.writes[chosen],
        reach=marks.reach[chosen],
    )


def _labels(options: dict[str, int]) -> tuple[str, str]:
    """Return the labels of the short and the long write class."""
    short = min(options, key=lambda label: options[label])
    long = max(options, key=lambda label: options[label])
    return short, long
