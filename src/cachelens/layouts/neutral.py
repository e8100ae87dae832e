"""A trace as it would be if some segments had been the same: what a slot costs is what this trace saves."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from cachelens.kernels import trees
from cachelens.kernels.merge import merge_nodes
from cachelens.layouts.slots import PlaceReport
from cachelens.prompts.trace import SPLIT, START, Nodes, Trace

I32 = npt.NDArray[np.int32]


def without_slots(trace: Trace, report: PlaceReport, numbers: Collection[int]) -> Trace:
    """Return the trace with these slots of a place held at one value, for each combination of the other slots."""
    same_as = np.arange(len(trace.segments.kind), dtype=np.int32)
    first: dict[tuple[tuple[str, ...], tuple[bool, ...]], int] = {}
    for segment, values in report.values.items():
        rest = tuple(value for k, value in enumerate(values) if k not in numbers)
        forms = tuple(segment in form.same_as for form in report.forms)
        same_as[segment] = first.setdefault((rest, forms), segment)
    return with_same(trace, same_as)


def without_forms(trace: Trace, report: PlaceReport, number: int) -> Trace:
    """Return the trace with segments of a place in one form only: that which `number` names."""
    same_as = np.arange(len(trace.segments.kind), dtype=np.int32)
    for segment, other in report.forms[number].same_as.items():
        same_as[segment] = other
    return with_same(trace, same_as)


def with_same(trace: Trace, same_as: I32) -> Trace:
    """Return the trace with each segment taken for the one that `same_as` names."""
    nodes = trace.nodes
    split = (nodes.flags & SPLIT) != 0
    top = trees.inherit(np.ascontiguousarray(nodes.parent), np.ascontiguousarray(~split), False)[nodes.parent]
    start = (nodes.flags & START) != 0
    number, old = merge_nodes(np.ascontiguousarray(nodes.segment), start, split, top, same_as)
    segment = np.where(nodes.segment[old] >= 0, same_as[nodes.segment[old]], -1).astype(np.int32)
    whole = (segment >= 0) & ~split[old]
    own = nodes.end[old] - nodes.end[top[old]]
    own[whole] = trace.segments.tokens[segment[whole]]
    own[0] = 0
    merged = Nodes(
        parent=number[nodes.parent[old]],
        segment=segment,
        end=trees.accumulate(number[top[old]], own.astype(np.int64)),
        kind=nodes.kind[old],
        role=nodes.role[old],
        flags=nodes.flags[old],
    )
    requests = {**trace.requests, "leaf": number[trace.requests["leaf"]]}
    return dataclasses.replace(trace, requests=requests, nodes=merged, mark_node=number[trace.mark_node])
