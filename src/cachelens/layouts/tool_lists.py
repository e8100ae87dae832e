"""Lists of tool definitions, and the same traffic with other lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cachelens.layouts.neutral import with_same
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.trace import SPLIT, START, Nodes, Trace

I32 = npt.NDArray[np.int32]


def tools_on(trace: Trace, end: int) -> tuple[int, ...]:
    """Return the nodes of the tool definitions on the path to a node, without split points."""
    nodes = trace.nodes
    found: list[int] = []
    while end:
        if nodes.kind[end] == SegmentKind.TOOL and not nodes.flags[end] & SPLIT:
            found.append(end)
        end = int(nodes.parent[end])
    return tuple(found[::-1])


def with_tools(trace: Trace, lists: Mapping[int, Sequence[int]]) -> Trace:
    """Return the trace with other tool lists: for the last tool's node of a list, the segments that stand instead."""
    nodes = trace.nodes
    size = len(nodes.parent)
    parent, key = nodes.parent.tolist(), list(map(float, range(size)))
    segment: list[int] = nodes.segment.tolist()
    like, flags = list(range(size)), nodes.flags.tolist()
    becomes = np.arange(size)
    for end, segments in lists.items():
        first = tools_on(trace, end)[0]
        above, start = _above(nodes, first), int(nodes.flags[first]) & START
        for place, one in enumerate(segments, 1):
            parent.append(above)
            segment.append(one)
            like.append(end)
            flags.append(int(nodes.flags[end]) & ~START | start)
            key.append(end + place / (len(segments) + 1))
            above, start = len(parent) - 1, 0
        becomes[end] = above
    order = np.argsort(np.array(key), kind="stable")
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    old = np.array(like)[order]
    moved = np.array(parent)[order]
    behind = (order < size) & (nodes.kind[old] != SegmentKind.TOOL)
    moved[behind] = becomes[moved[behind]]
    rebuilt = Nodes(
        parent=number[moved],
        segment=np.array(segment, dtype=np.int32)[order],
        end=nodes.end[old],
        kind=nodes.kind[old],
        role=nodes.role[old],
        flags=np.array(flags, dtype=np.uint8)[order],
    )
    place_of = number[becomes]
    requests = {**trace.requests, "leaf": place_of[trace.requests["leaf"]]}
    changed = dataclasses.replace(trace, requests=requests, nodes=rebuilt, mark_node=place_of[trace.mark_node])
    return with_same(changed, np.arange(len(trace.segments.kind), dtype=np.int32))


def _above(nodes: Nodes, node: int) -> int:
    """Return the nearest ancestor that is no split point."""
    node = int(nodes.parent[node])
    while nodes.flags[node] & SPLIT:
        node = int(nodes.parent[node])
    return node
