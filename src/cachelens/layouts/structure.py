"""Where in a request a segment stands, the same for all requests of a workload: the structure they are aligned by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.kernels import trees
from cachelens.layouts.definitions import tool_of
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.trace import SPLIT, START, Trace

I64 = npt.NDArray[np.int64]
MOST_MESSAGES = 4
"""Messages from the front that are looked into: examples and instructions stand there, history comes behind."""
_SECTIONS = ("tool", "schema", "system", "message")
_TOOL, _SCHEMA, _SYSTEM, _MESSAGE = range(len(_SECTIONS))
_NOT_PLACED = (SegmentKind.PARAMS, SegmentKind.HIDDEN, SegmentKind.BLOCKS)
_NOT_WRITTEN = (SegmentKind.TOOL_USE, SegmentKind.TOOL_RESULT, SegmentKind.THINKING)
_BITS = 24
"""Of a number that stands for an ordinal or a block; no request has more."""


class Place(NamedTuple):
    """Where in a request a segment stands."""

    section: str
    """`tool`, `schema`, `system` or `message`."""
    ordinal: int
    """Number of the tool (all of one name have one; foremost in any list first), system block or message from the
    front, from 0."""
    block: int = 0
    """Number of the block within the message."""

    def __str__(self) -> str:
        """Name it as a reader counts: from 1."""
        block = f" block {self.block + 1}" if self.block else ""
        return f"{self.section} {self.ordinal + 1}{block}"


def wire_order(place: Place) -> tuple[int, int, int]:
    """Sort places as they stand in a request."""
    return _SECTIONS.index(place.section), place.ordinal, place.block


class Structure:
    """Which segment stands at which place of each request."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._place = _places_of_nodes(trace)
        placed = self._place >= 0
        placed[0] = True
        parent = np.ascontiguousarray(trace.nodes.parent)
        self._last = trees.inherit(parent, placed, False)
        self._before = self._last[parent]
        self._known: dict[int, tuple[tuple[Place, int], ...]] = {0: ()}

    def is_written(self, segments: npt.NDArray[np.integer]) -> bool:
        """Say whether most of some segments are the application's own words: no answers, and no results of tools."""
        known = self._trace.segments
        others = (known.role[segments] == Role.ASSISTANT) | np.isin(known.kind[segments], _NOT_WRITTEN)
        return bool(2 * others.sum() <= len(segments))

    def places_on(self, leaf: int) -> tuple[tuple[Place, int], ...]:
        """Return the places on the path to a node, front to back, each with its node."""
        waiting: list[int] = []
        node = int(self._last[leaf])
        while node not in self._known:
            waiting.append(node)
            node = int(self._before[node])
        known = self._known[node]
        for step in reversed(waiting):
            known = self._known[step] = (*known, (_named(int(self._place[step])), step))
        return known

    def places(self, members: I64) -> dict[Place, tuple[I64, I64]]:
        """Return for each place, in the order of requests, who of them has it, and the nodes there."""
        requests: list[I64] = [np.zeros(0, dtype=np.int64)]
        nodes: list[I64] = [np.zeros(0, dtype=np.int64)]
        at = self._last[self._trace.requests["leaf"][members]].astype(np.int64)
        while len(members := members[at > 0]):
            at = at[at > 0]
            requests.append(members)
            nodes.append(at)
            at = self._before[at].astype(np.int64)
        return _by_place(self._place, np.concatenate(requests), np.concatenate(nodes))


def _by_place(place: I64, requests: I64, nodes: I64) -> dict[Place, tuple[I64, I64]]:
    """Part requests and their nodes by where these stand."""
    number = place[nodes]
    order = np.lexsort((requests, number))
    requests, nodes, number = requests[order], nodes[order], number[order]
    starts = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]])).tolist() if len(number) else []
    return {
        _named(int(number[a])): (requests[a:b], nodes[a:b])
        for a, b in zip(starts, [*starts[1:], len(number)], strict=True)
    }


def _named(number: int) -> Place:
    """Return the place that a number stands for."""
    rest = (1 << _BITS) - 1
    return Place(_SECTIONS[number >> 2 * _BITS], number >> _BITS & rest, number & rest)


def _places_of_nodes(trace: Trace) -> I64:
    """Return for each node a number for its place, in wire order; -1 for those that are looked into nowhere.

    Tools are told by name, in the order of the first place that a name has in any list. Schemas and system blocks
    count as such as long as no message stands before them.
    """
    nodes = trace.nodes
    parent = np.ascontiguousarray(nodes.parent)
    placed = ((nodes.flags & SPLIT) == 0) & ~np.isin(nodes.kind, _NOT_PLACED)
    placed[0] = False
    tool = placed & (nodes.kind == SegmentKind.TOOL)
    system, schema = placed & (nodes.kind == SegmentKind.SYSTEM), placed & (nodes.kind == SegmentKind.SCHEMA)
    message = placed & ~(tool | system | schema)
    late = _along(parent, message)[parent] > 0
    message |= late & (system | schema)
    within = _along(parent, message)
    begins = message & (((nodes.flags & START) != 0) | (within[parent] == 0))
    ordinal = _along(parent, begins) - 1
    block = within - within[trees.inherit(parent, begins, False)]
    numbers = np.full(len(parent), -1, dtype=np.int64)
    numbers[tool] = _number(_TOOL, _tools(trace, nodes.segment[tool], _along(parent, tool)[tool] - 1))
    for section, chosen in ((_SCHEMA, schema & ~late), (_SYSTEM, system & ~late)):
        numbers[chosen] = _number(section, _along(parent, chosen)[chosen] - 1)
    seen = message & (ordinal < MOST_MESSAGES)
    numbers[seen] = _number(_MESSAGE, ordinal[seen], block[seen])
    return numbers


def _number(section: int, ordinal: I64, block: I64 | int = 0) -> I64:
    return (np.int64(section) << 2 * _BITS) + (ordinal << _BITS) + block


def _along(parent: npt.NDArray[np.int32], chosen: npt.NDArray[np.bool_]) -> I64:
    """Return for each node how many on its path are chosen."""
    found: I64 = trees.accumulate(parent, chosen.astype(np.int64))
    return found


def _tools(trace: Trace, segments: npt.NDArray[np.int32], position: I64) -> I64:
    """Return the number of each tool, the same for all definitions of one name: by the first place in any list."""
    distinct, at = np.unique(segments, return_inverse=True)
    at = at.reshape(-1)
    foremost = np.full(len(distinct), len(trace.nodes.parent), dtype=np.int64)
    np.minimum.at(foremost, at, position)
    names = [tool_of(text_of(trace, segment)).name or f"\0{segment}" for segment in distinct.tolist()]
    first: dict[str, int] = {}
    for name, place in zip(names, foremost.tolist(), strict=True):
        first[name] = min(place, first.get(name, place))
    numbers = {name: number for number, name in enumerate(sorted(first, key=lambda name: (first[name], name)))}
    return np.array([numbers[name] for name in names], dtype=np.int64)[at]


def text_of(trace: Trace, segment: int) -> str:
    """Return the text of a segment."""
    start, stop = trace.segments.text_start[segment : segment + 2].tolist()
    return trace.segments.text[start:stop].tobytes().decode("utf-8", "replace")
