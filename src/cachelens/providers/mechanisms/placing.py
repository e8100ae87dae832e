"""Marks under a provider's rules: what can carry one, where an automatic one stands, how many count."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from cachelens.model.prompt import SegmentKind
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.store import MARKABLE
from cachelens.prompts.trace import Nodes
from cachelens.providers.mechanisms.base import I32, I64, Mask, Problem, Unavailable, said
from cachelens.providers.mechanisms.lifetimes import I8, Lifetimes, resolved
from cachelens.providers.profile import AutomaticMark, RequestMarks
from cachelens.providers.vocabulary import MarkConflict, Uncacheable


def _nothing(nodes: Nodes) -> Mask:
    return np.zeros(len(nodes.parent), dtype=np.bool_)


_CANNOT: Mapping[Uncacheable, Callable[[Nodes], Mask]] = {
    Uncacheable.THINKING: lambda nodes: nodes.kind == SegmentKind.THINKING,
    Uncacheable.EMPTY_TEXT: lambda nodes: (nodes.kind == SegmentKind.TEXT) & ((nodes.flags & MARKABLE) == 0),
    Uncacheable.TOOL: lambda nodes: nodes.kind == SegmentKind.TOOL,
    # Neither is a block: no log can hold a mark there, and no boundary places one.
    Uncacheable.CITATION: _nothing,
    Uncacheable.INSTRUCTIONS: _nothing,
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """Marks of all requests with everything resolved, shallow before deep within a request."""

    start: I64
    """Shape (requests + 1,): where each request's marks begin."""
    node: I32
    ttl: I8
    """Number of a label in `Lifetimes`, never the provider's default."""
    writes: Mask
    """False for places that are only looked up."""
    reach: I64
    """Positions that a read may step through from the mark, the marked one included."""

    def only(self, keep: Mask) -> Marks:
        """Return some of the marks."""
        start, chosen = kept(self.start, keep)
        return Marks(
            start=start,
            node=np.ascontiguousarray(self.node[chosen]),
            ttl=self.ttl[chosen],
            writes=self.writes[chosen],
            reach=self.reach[chosen],
        )


def rules_of(problem: Problem) -> RequestMarks:
    """Return the rules for marks; `Unavailable` where callers cannot mark."""
    if problem.profile.marks is None:
        raise Unavailable(f"{problem.profile.id} takes no marks")
    return problem.profile.marks


def requests_of(start: I64) -> I64:
    """Return for each mark the request that it belongs to."""
    counts = np.diff(start)
    return np.repeat(np.arange(len(counts)), counts)


def placed(problem: Problem, known: Lifetimes) -> tuple[MarkPlan, list[str]]:
    """Return the marks that count, their lifetimes resolved, and notes on what the provider would not have taken."""
    plan, notes = _on_cacheable(problem, problem.marks)
    ttl, more = resolved(problem, known, plan.ttl, requests_of(plan.start))
    most = rules_of(problem).max
    notes += [*more, *problem.breach(np.diff(plan.start) > most, f"with more than {most} marks")]
    plan, more = _with_automatic_marks(problem, known, dataclasses.replace(plan, ttl=ttl))
    notes += [*more, *_order(problem, known, plan)]
    from_end = np.repeat(plan.start[1:], np.diff(plan.start)) - np.arange(len(plan.node))
    return _some(plan, from_end <= most), notes


def _on_cacheable(problem: Problem, plan: MarkPlan) -> tuple[MarkPlan, list[str]]:
    """Pass over marks on what cannot carry one."""
    nodes = problem.trace.nodes
    refused = np.zeros(len(nodes.parent), dtype=np.bool_)
    for word in rules_of(problem).uncacheable:
        refused |= _CANNOT[word](nodes)
    gone = refused[plan.node]
    if not gone.any():
        return plan, []
    requests = np.zeros(len(problem.trace), dtype=np.bool_)
    requests[requests_of(plan.start)[gone]] = True
    number = problem.count(requests & plan.as_sent)
    note = f"{problem.profile.id}: {said(number)} with a mark on what cannot carry one; it is passed over"
    return _some(plan, ~gone), [note] if number else []


def _with_automatic_marks(problem: Problem, known: Lifetimes, plan: MarkPlan) -> tuple[MarkPlan, list[str]]:
    """Add the request-level mark, where the log shows one, at the last block that can carry it."""
    trace, rules = problem.trace, rules_of(problem)
    asked = (np.asarray(trace.requests["auto_mark"]) >= 0) & plan.as_sent
    if not problem.count(asked):
        return plan, []
    if rules.automatic is None:
        number = said(problem.count(asked))
        return plan, [f"{problem.profile.id}: {number} with a mark at the top level, which does nothing there"]
    leaf = trace.requests["leaf"]
    last = trace.markable[leaf]
    if not rules.automatic.walk_back_if_ineligible:
        last = np.where(last == leaf, last, 0).astype(np.int32)
    own = np.zeros(len(trace), dtype=np.int8)
    own[asked], notes = resolved(problem, known, np.asarray(trace.requests["auto_mark"])[asked], np.flatnonzero(asked))
    notes += _conflicts(problem, rules.automatic, plan, asked, last, own)
    wanted = asked & (last > plan.deepest)
    where = plan.start[1:][wanted]
    start = plan.start.copy()
    start[1:] += np.cumsum(wanted)
    node = np.insert(plan.node, where, last[wanted]).astype(np.int32)
    return dataclasses.replace(plan, start=start, node=node, ttl=np.insert(plan.ttl, where, own[wanted])), notes


def _conflicts(problem: Problem, rules: AutomaticMark, plan: MarkPlan, asked: Mask, last: I32, own: I8) -> list[str]:
    """Return notes on automatic marks that meet an explicit one, or find no slot left."""
    counts = np.diff(plan.start)
    deepest = np.zeros(len(counts), dtype=np.int8)
    deepest[counts > 0] = plan.ttl[plan.start[1:][counts > 0] - 1]
    meets = asked & (last > 0) & (last == plan.deepest)
    full = asked & (last > plan.deepest) & (counts + rules.consumes_slot > rules_of(problem).max)
    notes: list[str] = []
    for requests, answer, what in (
        (
            meets & (deepest == own),
            rules.same_ttl_mark_present,
            "with a mark at the top level and one on the last block",
        ),
        (meets & (deepest != own), rules.other_ttl_mark_present, "with two TTLs for the last block"),
        (full, rules.no_slot_left, "with a mark at the top level and no slot left for it"),
    ):
        if answer is MarkConflict.ERROR:
            notes += problem.breach(requests, what)
    return notes


def _order(problem: Problem, known: Lifetimes, plan: MarkPlan) -> list[str]:
    """Return a note on requests that have a longer TTL behind a shorter one, where that is refused."""
    if not rules_of(problem).longer_ttl_first or len(plan.node) == 0:
        return []
    request, life = requests_of(plan.start), known.microseconds[plan.ttl]
    wrong = (request[1:] == request[:-1]) & (life[1:] > life[:-1])
    requests = np.zeros(len(problem.trace), dtype=np.bool_)
    requests[request[1:][wrong]] = True
    return problem.breach(requests, "with a longer TTL behind a shorter one")


def _some(plan: MarkPlan, keep: Mask) -> MarkPlan:
    start, chosen = kept(plan.start, keep)
    return dataclasses.replace(plan, start=start, node=plan.node[chosen], ttl=plan.ttl[chosen])


def kept(start: I64, keep: Mask) -> tuple[I64, I64]:
    """Return where each request's marks begin once only some are kept, and the positions of those."""
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(keep)])
    return before[start], np.flatnonzero(keep)
