"""The same traffic without the request parameters that are part of a cache's key."""

from __future__ import annotations

import dataclasses

import numpy as np

from cachelens.kernels import trees
from cachelens.layouts.neutral import with_same
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE
from cachelens.prompts.trace import START, Trace


def without_parameters(trace: Trace, workload: int) -> Trace:
    """Return the trace as if the requests of a workload had all had the same parameters.

    A path that requests of another workload share loses its parameters for them as well.
    """
    nodes = trace.nodes
    mine = (trace.column("workload") == workload) & ((trace.requests["flags"] & BLOCK_TRACE) == 0)
    used = np.zeros(len(nodes.parent), dtype=np.bool_)
    for leaf in np.unique(trace.requests["leaf"][mine]).tolist():
        node = leaf
        while node and not used[node]:
            used[node] = True
            node = int(nodes.parent[node])
    dropped = used & (nodes.kind == SegmentKind.PARAMS)
    dropped[0] = False
    kept = trees.inherit(np.ascontiguousarray(nodes.parent), np.ascontiguousarray(~dropped), False)
    flags = nodes.flags.copy()
    begins = dropped[nodes.parent] & ((nodes.flags[nodes.parent] & START) != 0)
    flags[begins] |= START
    moved = dataclasses.replace(nodes, parent=kept[nodes.parent], flags=flags)
    requests = {**trace.requests, "leaf": kept[trace.requests["leaf"]]}
    changed = dataclasses.replace(trace, requests=requests, nodes=moved, mark_node=kept[trace.mark_node])
    return with_same(changed, np.arange(len(trace.segments.kind), dtype=np.int32))
