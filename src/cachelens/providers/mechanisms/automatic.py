"""Automatic boundary: the service marks the end of the latest message itself; callers may add marks.

An entry matches only at exactly the place where it was written. Rules: the `automatic-boundary` profiles.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.columns import EXPLICIT_MODE
from cachelens.prompts.marks import PROVIDER_DEFAULT
from cachelens.prompts.trace import SPLIT, START, Trace
from cachelens.providers.mechanisms.base import I32, I64, Outcome, Problem, inherited, message_positions
from cachelens.providers.mechanisms.explicit import Marks, resolved_ttls, run_entries

_EXACT = 0
"""Look-back of a mark from which nothing is stepped back."""


def replay(problem: Problem) -> Outcome:
    """See `Mechanism`."""
    trace = problem.trace
    own = _latest_message(problem)
    marks = _joined([_callers(problem, own), _services(problem, own), _system_lookups(problem, own)], len(trace))
    begins = (trace.nodes.flags & START) != 0
    no_message = (trace.nodes.kind == SegmentKind.TOOL)[trace.nodes.parent]
    return run_entries(
        problem,
        marks,
        positions=np.stack([message_positions(trace)] * 2),
        variant=np.zeros(len(trace), dtype=np.int64),
        enterable=begins & ~no_message,
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """Marks as rows, in any order."""

    request: I64
    node: I32
    ttl: npt.NDArray[np.int8]
    writes: npt.NDArray[np.bool_]
    reach: I64


def _latest_message(problem: Problem) -> I32:
    """Return the node that the service marks by itself, 0 where it does not."""
    trace, plan = problem.trace, problem.marks
    leaf = trace.requests["leaf"]
    latest = latest_input_message(trace)[leaf]
    system = _leading_system(trace)[leaf]
    latest = np.asarray(np.where(latest > 0, latest, system), dtype=np.int32)
    if plan.recorded:
        latest[(trace.requests["flags"] & EXPLICIT_MODE) != 0] = 0
    elif not plan.follows_end:
        latest[:] = 0
    return latest


def latest_input_message(trace: Trace) -> I32:
    """Return for each node the last end of a user message or tool output on its path, 0 for none."""
    nodes = trace.nodes
    spoken = np.isin(nodes.role, (Role.USER, Role.TOOL, Role.NONE)) & ((nodes.flags & SPLIT) == 0)
    spoken &= nodes.kind >= SegmentKind.TEXT
    return inherited(trace, spoken)


def _leading_system(trace: Trace) -> I32:
    """Return for each node the end of the leading system or developer messages, 0 for none."""
    end = trace.system_end
    result: I32 = np.where(trace.nodes.kind[end] == SegmentKind.SYSTEM, end, 0).astype(np.int32)
    return result


def _callers(problem: Problem, own: I32) -> _Rows:
    """Return the caller's marks: the latest ones are written, unless a turn of the model stands behind them."""
    trace, plan, rules = problem.trace, problem.marks, problem.profile.marks
    counts = np.diff(plan.start)
    request = np.repeat(np.arange(len(counts)), counts)
    node = np.asarray(plan.node)
    last_answer = inherited(trace, trace.nodes.role == Role.ASSISTANT)[trace.requests["leaf"]][request]
    in_head = trace.head[node] == node
    free = in_head | (node > last_answer)
    if rules is not None and rules.earlier_marks_written:
        free[:] = True
    most = (rules.max if rules else 4) - (own[request] > 0)
    behind = np.cumsum(free[::-1])[::-1]
    behind_next = np.concatenate([behind, [0]])[plan.start[1:]][request] if len(node) else behind
    writes = free & (behind - behind_next <= most)
    return _Rows(
        request=request,
        node=node.astype(np.int32),
        ttl=resolved_ttls(problem, np.where(plan.ttl == PROVIDER_DEFAULT, _asked_ttl(problem)[request], plan.ttl)),
        writes=writes,
        reach=np.full(len(node), _EXACT, dtype=np.int64),
    )


def _services(problem: Problem, own: I32) -> _Rows:
    """Return the service's own marks, from which earlier message ends are tried too."""
    request = np.flatnonzero(own > 0)
    return _Rows(
        request=request,
        node=own[request],
        ttl=resolved_ttls(problem, _asked_ttl(problem)[request]),
        writes=np.ones(len(request), dtype=np.bool_),
        reach=np.full(len(request), problem.profile.read.earlier_message_ends + 1, dtype=np.int64),
    )


def _asked_ttl(problem: Problem) -> npt.NDArray[np.int8]:
    """Return the TTL that each request asked for as a whole, which holds for all its marks that name none."""
    asked = np.maximum(problem.trace.requests["auto_mark"], PROVIDER_DEFAULT).astype(np.int8)
    return asked if problem.marks.recorded else np.full(len(asked), PROVIDER_DEFAULT, dtype=np.int8)


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
