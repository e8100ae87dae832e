"""Automatic boundary: the service marks the end of the latest message itself; callers may add marks.

An entry matches only at exactly the place where it was written. Rules: the `automatic-boundary` profiles.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import EXPLICIT_MODE
from cachelens.prompts.marks import PROVIDER_DEFAULT
from cachelens.prompts.trace import SPLIT, START, Trace
from cachelens.providers.mechanisms.base import I32, I64, Mask, Outcome, Problem, inherited, message_positions
from cachelens.providers.mechanisms.entry_cache import run_entries
from cachelens.providers.mechanisms.lifetimes import I8, Lifetimes, lifetimes, resolved
from cachelens.providers.mechanisms.placing import Marks, requests_of, rules_of
from cachelens.providers.vocabulary import Activation, Eligible

_EXACT = 0
"""Look-back of a mark from which nothing is stepped back."""


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace = problem.trace
    known = lifetimes(problem)
    own = _latest_message(problem)
    callers, notes = _callers(problem, known, own)
    services, more = _services(problem, known, own)
    marks = _joined([callers, services, _system_lookups(problem, own)], len(trace))
    begins = (trace.nodes.flags & START) != 0
    no_message = (trace.nodes.kind == SegmentKind.TOOL)[trace.nodes.parent]
    positions = message_positions(trace)[None, :]
    return run_entries(
        problem,
        known,
        marks,
        positions=positions,
        bare_positions=positions,
        variant=np.zeros(len(trace), dtype=np.int64),
        enterable=begins & ~no_message,
        notes=[*notes, *more],
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """Marks as rows, in any order."""

    request: I64
    node: I32
    ttl: I8
    writes: Mask
    reach: I64


def _latest_message(problem: Problem) -> I32:
    """Return the node that the service marks by itself, 0 where it does not."""
    trace, plan = problem.trace, problem.marks
    latest: I32 = latest_eligible(trace, rules_of(problem).eligible_messages)[trace.requests["leaf"]]
    if problem.profile.activation.default is Activation.DISABLED:
        latest[:] = 0
    else:
        latest[np.where(plan.as_sent, (trace.requests["flags"] & EXPLICIT_MODE) != 0, ~plan.follows)] = 0
    return latest


def _said_by(*roles: Role) -> Callable[[Trace], Mask]:
    """Return what finds the ends of message blocks of some roles."""

    def chosen(trace: Trace) -> Mask:
        nodes = trace.nodes
        result: Mask = np.isin(nodes.role, roles) & ((nodes.flags & SPLIT) == 0) & (nodes.kind >= SegmentKind.TEXT)
        return result

    return chosen


def _ends_leading_system(trace: Trace) -> Mask:
    """Say which nodes are system or developer blocks before the first message; the last on a path ends them."""
    nodes = trace.nodes
    leads = trace.head == np.arange(len(nodes.parent), dtype=np.int32)
    result: Mask = leads & (nodes.kind == SegmentKind.SYSTEM) & ((nodes.flags & SPLIT) == 0)
    return result


_ELIGIBLE: Mapping[Eligible, Callable[[Trace], Mask]] = {
    Eligible.USER: _said_by(Role.USER, Role.NONE),
    Eligible.LAST_TOOL_OUTPUT_OF_GROUP: _said_by(Role.TOOL),
    Eligible.LAST_DEVELOPER_OF_FIRST_GROUP: _ends_leading_system,
}
"""Blocks of the messages whose end is marked; the last of them on a path ends the latest one."""


def latest_eligible(trace: Trace, words: tuple[Eligible, ...]) -> I32:
    """Return for each node the end of the latest message on its path that a service marks, 0 for none."""
    chosen = np.zeros(len(trace.nodes.parent), dtype=np.bool_)
    for word in words:
        chosen |= _ELIGIBLE[word](trace)
    return inherited(trace, chosen)


def _leading_system(trace: Trace) -> I32:
    """Return for each node the end of the leading system or developer messages, 0 for none."""
    end = trace.system_end
    result: I32 = np.where(trace.nodes.kind[end] == SegmentKind.SYSTEM, end, 0).astype(np.int32)
    return result


def _callers(problem: Problem, known: Lifetimes, own: I32) -> tuple[_Rows, list[str]]:
    """Return the caller's marks that are tried: the latest ones are written, unless a turn of the model stands behind.

    A mark that names no lifetime has that of its request as a whole.
    """
    trace, plan, rules = problem.trace, problem.marks, rules_of(problem)
    request, node = requests_of(plan.start), np.asarray(plan.node)
    last_answer = inherited(trace, trace.nodes.role == Role.ASSISTANT)[trace.requests["leaf"]][request]
    in_head = trace.head[node] == node
    free = in_head | (node > last_answer) | rules.earlier_marks_written
    behind = np.cumsum(free[::-1])[::-1]
    behind_next = np.concatenate([behind, [0]])[plan.start[1:]][request] if len(node) else behind
    ttl, notes = resolved(
        problem, known, np.where(plan.ttl == PROVIDER_DEFAULT, _asked_ttl(problem)[request], plan.ttl), request
    )
    tried = _candidates(problem)
    rows = _Rows(
        request=request[tried],
        node=node[tried].astype(np.int32),
        ttl=ttl[tried],
        writes=(free & (behind - behind_next <= _slots(problem, own)[request]))[tried],
        reach=np.full(int(tried.sum()), _EXACT, dtype=np.int64),
    )
    return rows, notes


def _slots(problem: Problem, own: I32) -> I64:
    """Return how many of the caller's marks each request may write."""
    rules = rules_of(problem)
    beside = rules.max - (rules.automatic is None or rules.automatic.consumes_slot)
    if rules.implicit_latest_marks is not None:
        beside = rules.implicit_latest_marks
    return np.where(own > 0, beside, rules.max)


def _candidates(problem: Problem) -> Mask:
    """Say which of the caller's marks are tried at all: the first and the latest so many of each request."""
    plan, rules = problem.marks, problem.profile.read.candidate_marks
    if rules is None:
        return np.ones(len(plan.node), dtype=np.bool_)
    counts = np.diff(plan.start)
    place = np.arange(len(plan.node))
    from_start = place - np.repeat(plan.start[:-1], counts)
    from_end = np.repeat(plan.start[1:], counts) - place
    return (from_start < rules.first) | (from_end <= rules.latest)


def _services(problem: Problem, known: Lifetimes, own: I32) -> tuple[_Rows, list[str]]:
    """Return the service's own marks, from which earlier message ends are tried too."""
    request = np.flatnonzero(own > 0)
    ttl, notes = resolved(problem, known, _asked_ttl(problem)[request], request)
    rows = _Rows(
        request=request,
        node=own[request],
        ttl=ttl,
        writes=np.ones(len(request), dtype=np.bool_),
        reach=np.full(len(request), problem.profile.read.earlier_message_ends + 1, dtype=np.int64),
    )
    return rows, notes


def _asked_ttl(problem: Problem) -> I8:
    """Return the TTL that each request asked for as a whole, which holds for all its marks that name none."""
    asked: I8 = np.maximum(problem.trace.requests["auto_mark"], PROVIDER_DEFAULT).astype(np.int8)
    return np.where(problem.marks.as_sent, asked, problem.marks.deepest_ttl)


def _system_lookups(problem: Problem, own: I32) -> _Rows:
    """Return the end of the leading system messages, which is looked up wherever the service marks."""
    system = _leading_system(problem.trace)[problem.trace.requests["leaf"]]
    request = np.flatnonzero((own > 0) & (system > 0) & (system != own))
    return _Rows(
        request=request,
        node=system[request],
        ttl=np.zeros(len(request), dtype=np.int8),
        writes=np.zeros(len(request), dtype=np.bool_),
        reach=np.full(len(request), _EXACT, dtype=np.int64),
    )


def _joined(rows: list[_Rows], size: int) -> Marks:
    """Put rows together by request, shallow before deep; of two at one place the first row's TTL stays."""
    request = np.concatenate([part.request for part in rows])
    node = np.concatenate([part.node for part in rows])
    ttl = np.concatenate([part.ttl for part in rows])
    writes = np.concatenate([part.writes for part in rows])
    reach = np.concatenate([part.reach for part in rows])
    order = np.lexsort((np.arange(len(request)), node, request))
    request, node = request[order], node[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (request[1:] != request[:-1]) | (node[1:] != node[:-1])
    group = np.cumsum(first) - 1
    kept = int(first.sum())
    any_write = np.zeros(kept, dtype=np.bool_)
    np.logical_or.at(any_write, group, writes[order])
    far = np.zeros(kept, dtype=np.int64)
    np.maximum.at(far, group, reach[order])
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(request[first], minlength=size), out=start[1:])
    return Marks(start=start, node=node[first], ttl=ttl[order][first], writes=any_write, reach=far)
