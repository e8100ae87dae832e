"""Boundary policies: where each request carries cache marks. One row a policy; none looks at the future.

On a provider without marks the deepest position says how much of the prompt may be reused, as if something that
never repeats stood right behind it (which is how published comparisons of these strategies were made).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from cachelens.errors import UsageError
from cachelens.model.scenario import AS_RECORDED, BOUND, NO_CACHE, OPTIMAL
from cachelens.prompts.marks import I32, PROVIDER_DEFAULT, MarkPlan, from_columns, marks_assumed
from cachelens.prompts.trace import Trace


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """One policy."""

    name: str
    summary: str
    place: Callable[[Trace], MarkPlan]


def _at(array: I32, trace: Trace) -> I32:
    """Return a per-node array at the requests' leaves."""
    result: I32 = array[trace.requests["leaf"]]
    return result


def _as_recorded(trace: Trace) -> MarkPlan:
    """The marks that the log holds; a hash trace cannot hold any, and gets one at the end of every request."""
    silent = marks_assumed(trace)
    where = trace.mark_start[1:][silent]
    return MarkPlan(
        recorded=True,
        start=trace.mark_start + np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(silent)]),
        node=np.insert(trace.mark_node, where, trace.markable[trace.requests["leaf"]][silent]),
        ttl=np.insert(trace.mark_ttl, where, PROVIDER_DEFAULT),
        follows_end=True,
    )


def _none(trace: Trace) -> MarkPlan:
    return from_columns([], len(trace))


def _system_only(trace: Trace) -> MarkPlan:
    return from_columns([_at(trace.system_end, trace)], len(trace))


def _tools_and_system(trace: Trace) -> MarkPlan:
    columns = [_at(trace.tools_end, trace), _at(trace.system_end, trace)]
    return from_columns(columns, len(trace))


def _full_context(trace: Trace) -> MarkPlan:
    columns = [_at(trace.system_end, trace), _at(trace.markable, trace)]
    return from_columns(columns, len(trace), follows_end=True)


def _exclude_tool_results(trace: Trace) -> MarkPlan:
    clean = trace.markable[trace.before_tool_result]
    columns = [_at(trace.system_end, trace), _at(clean, trace)]
    return from_columns(columns, len(trace))


BOUNDARIES = {
    boundary.name: boundary
    for boundary in (
        Boundary(name=AS_RECORDED, summary="the marks that the log holds", place=_as_recorded),
        Boundary(name=NO_CACHE, summary="no caching", place=_none),
        Boundary(name="system-only", summary="up to the end of the system prompt", place=_system_only),
        Boundary(
            name="tools-and-system",
            summary="one mark behind the tools, one behind the system prompt",
            place=_tools_and_system,
        ),
        Boundary(
            name="full-context",
            summary="behind the system prompt and at the end of every request",
            place=_full_context,
        ),
        Boundary(
            name="exclude-tool-results",
            summary="behind the system prompt and before the first tool result",
            place=_exclude_tool_results,
        ),
    )
}
"""All policies by name, in the order in which they are shown."""
SEARCHED = {
    OPTIMAL: "the cheapest marks that an application can place, searched for each workload",
    BOUND: "the least that any marks could cost, knowing the future",
}
"""Boundaries that are found by replaying many."""


def boundary(name: str) -> Boundary:
    """Return a policy; `UsageError` names the ones that exist."""
    found = BOUNDARIES.get(name)
    if found is None:
        raise UsageError(
            f"there is no boundary called {name!r}", hint=f"choose from: {', '.join((*BOUNDARIES, *SEARCHED))}"
        )
    return found
