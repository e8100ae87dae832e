"""Deployable boundary policies: at which structural positions a workload's requests carry marks, with which TTL.

A policy depends on the workload, never on one request's future: an application carries it out by setting
`cache_control` (or what its provider calls it) at these places.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.kernels import trees
from cachelens.model.prompt import Role, SegmentKind
from cachelens.model.scenario import AS_RECORDED, NO_CACHE
from cachelens.prompts.columns import TTL_LABELS
from cachelens.prompts.marks import MarkPlan
from cachelens.prompts.trace import SPLIT, START, Trace
from cachelens.providers.mechanisms.base import seconds_of

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
I8 = npt.NDArray[np.int8]
END = "end"
"""The position that moves with the end of the prompt."""


class Position(NamedTuple):
    """A place where a mark can stand."""

    name: str
    summary: str
    """The same in words; goes on from "a mark"."""
    of: Callable[[Trace], I32]
    """Node of each request, 0 where it has no such place."""


class Mark(NamedTuple):
    """One mark of a policy."""

    position: str
    ttl: str
    """A label of `prompts.columns.TTL_LABELS`."""


Policy = tuple[Mark, ...]
"""Marks in the order of `POSITIONS`; none means no caching."""
RECORDED: Policy = (Mark(AS_RECORDED, TTL_LABELS[0]),)
"""The marks that the log holds, whatever they are."""
NAMED: Mapping[str, Policy] = {
    AS_RECORDED: RECORDED,
    NO_CACHE: (),
    **{
        name: tuple(Mark(position, TTL_LABELS[0]) for position in positions)
        for name, positions in (
            ("system-only", ("system",)),
            ("tools-and-system", ("tools", "system")),
            ("full-context", ("system", END)),
            ("exclude-tool-results", ("system", "before-tool-results")),
        )
    },
}
"""The named boundaries as policies."""


def _tools(trace: Trace) -> I32:
    return _leaves(trace, trace.tools_end)


def _first_system(trace: Trace) -> I32:
    nodes = trace.nodes
    parent = np.ascontiguousarray(nodes.parent)
    blocks = (nodes.kind == SegmentKind.SYSTEM) & ((nodes.flags & SPLIT) == 0)
    first = blocks & (trees.accumulate(parent, blocks.astype(np.int64)) == 1)
    return _markable(trace, trees.inherit(parent, first, False))


def _system(trace: Trace) -> I32:
    return _leaves(trace, trace.system_end)


def _first_message(trace: Trace) -> I32:
    """Return the end of the first message behind the system prompt."""
    nodes = trace.nodes
    parent = np.ascontiguousarray(nodes.parent)
    whole = (nodes.flags & SPLIT) == 0
    begun = ((nodes.flags & START) != 0) & whole & (nodes.kind > SegmentKind.SYSTEM)
    first = whole & (nodes.kind > SegmentKind.SYSTEM) & (trees.accumulate(parent, begun.astype(np.int64)) == 1)
    return _markable(trace, trees.inherit(parent, first, False))


def _before_tool_results(trace: Trace) -> I32:
    return _markable(trace, trace.before_tool_result)


def _previous_turn(trace: Trace) -> I32:
    """Return where the request before ended: before the model's last answer, one that is only begun left aside."""
    nodes = trace.nodes
    parent = np.ascontiguousarray(nodes.parent)
    said = nodes.role == Role.ASSISTANT
    other = trees.inherit(parent, ~said, False)
    begun = said & ~said[nodes.parent]
    last = trees.inherit(parent, begun, False)[other]
    before = np.where(last > 0, other[nodes.parent[last]], 0).astype(np.int32)
    return _markable(trace, before)


def _end(trace: Trace) -> I32:
    return _leaves(trace, trace.markable)


def _leaves(trace: Trace, node: I32) -> I32:
    result: I32 = node[trace.requests["leaf"]]
    return result


def _markable(trace: Trace, node: I32) -> I32:
    """Return at the leaves the last place on the way to a node where a mark can stand."""
    return _leaves(trace, trace.markable[node])


POSITIONS: Mapping[str, Position] = {
    position.name: position
    for position in (
        Position("tools", "behind the tool definitions", _tools),
        Position("first-system", "behind the first system block", _first_system),
        Position("system", "behind the system prompt", _system),
        Position("first-message", "behind the first message", _first_message),
        Position("before-tool-results", "before the first tool result", _before_tool_results),
        Position("previous-turn", "where the request before ended", _previous_turn),
        Position(END, "at the end of the prompt", _end),
    )
}
"""All positions by name, in the order in which they stand in a prompt."""


class Table(NamedTuple):
    """Where the positions of a trace are."""

    names: tuple[str, ...]
    node: I32
    """Shape (requests, positions)."""

    def distinct(self, members: I64) -> tuple[str, ...]:
        """Return the positions that matter to some requests: no two that always coincide, and none that is nowhere."""
        found: dict[bytes, str] = {}
        for place, name in reversed(list(enumerate(self.names))):
            column = self.node[members, place]
            if column.any():
                found.setdefault(column.tobytes(), name)
        return tuple(name for name in self.names if name in found.values())


def table(trace: Trace) -> Table:
    """Find all positions."""
    columns = [position.of(trace) for position in POSITIONS.values()]
    return Table(tuple(POSITIONS), np.stack(columns, axis=1))


def policies(positions: Sequence[str], ttls: Sequence[str], most: int) -> Iterator[Policy]:
    """Yield every policy over some positions with at most `most` marks: the fewest marks first, of as many the deepest.

    `ttls` are labels, the longest lifetime first; a longer one never stands behind a shorter one.
    """
    for count in range(min(most, len(positions)) + 1):
        for chosen in itertools.combinations(positions[::-1], count):
            for labels in itertools.combinations_with_replacement(ttls, count):
                yield tuple(Mark(position, ttl) for position, ttl in zip(chosen[::-1], labels, strict=True))


def plan(table: Table, recorded: MarkPlan, policy_of: Sequence[tuple[I64, Policy]]) -> MarkPlan:
    """Return the marks of all requests: each group of requests has its policy, the others have none.

    `recorded` are the marks that the log holds. Where two positions of a policy coincide, one mark stands there with
    the longer lifetime; the same holds for marks that stand in another order than usual.
    """
    size, width = len(table.node), len(POSITIONS)
    node = np.zeros((size, width), dtype=np.int32)
    ttl = np.zeros((size, width), dtype=np.int8)
    follows = np.zeros(size, dtype=np.bool_)
    sent = np.zeros(size, dtype=np.bool_)
    for members, policy in policy_of:
        if policy == RECORDED:
            sent[members] = True
            continue
        for place, mark in enumerate(policy):
            node[members, place] = table.node[members, table.names.index(mark.position)]
            ttl[members, place] = TTL_LABELS.index(mark.ttl)
        follows[members] = any(mark.position == END for mark in policy)
    order = np.argsort(node, axis=1, kind="stable")
    node, ttl = np.take_along_axis(node, order, axis=1), np.take_along_axis(ttl, order, axis=1)
    for place in range(width - 2, -1, -1):
        ttl[:, place] = _longer(ttl[:, place], ttl[:, place + 1])
    keep = node > 0
    keep[:, 1:] &= node[:, 1:] != node[:, :-1]
    counts = keep.sum(axis=1)
    placed = MarkPlan(recorded=False, start=_starts(counts), node=node[keep], ttl=ttl[keep], follows_end=follows)
    return _joined(recorded, sent, placed) if sent.any() else placed


def _joined(recorded: MarkPlan, sent: npt.NDArray[np.bool_], placed: MarkPlan) -> MarkPlan:
    """Return the recorded marks of the requests that are `sent` as they were, and the placed ones of all others."""
    parts = (recorded, sent), (placed, ~sent)
    chosen = [(part, np.repeat(which, np.diff(part.start))) for part, which in parts]
    request = np.concatenate([np.repeat(np.arange(len(sent)), np.diff(part.start))[which] for part, which in chosen])
    order = np.argsort(request, kind="stable")
    return MarkPlan(
        recorded=sent,
        start=_starts(np.bincount(request, minlength=len(sent))),
        node=np.concatenate([part.node[which] for part, which in chosen])[order],
        ttl=np.concatenate([part.ttl[which] for part, which in chosen])[order],
        follows_end=np.where(sent, recorded.follows, placed.follows),
    )


def _starts(counts: npt.NDArray[np.integer]) -> I64:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])


_SECONDS = np.array([seconds_of(label) or 0 for label in TTL_LABELS], dtype=np.int64)


def _longer(a: I8, b: I8) -> I8:
    """Return of two TTL numbers the one that lives longer."""
    result: I8 = np.where(_SECONDS[a] >= _SECONDS[b], a, b)
    return result
