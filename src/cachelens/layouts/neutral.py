"""A trace as it would be if some segments had been the same: what a slot costs is what this trace saves."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.kernels import trees
from cachelens.kernels.merge import merge_nodes
from cachelens.layouts.slots import PlaceReport
from cachelens.prompts.trace import SPLIT, START, Nodes, Trace

I32 = npt.NDArray[np.int32]


class Fixed(NamedTuple):
    """What is held still of one place."""

    report: PlaceReport
    slots: frozenset[int]
    """Numbers of slots that are held at one value, for each combination of the others."""
    forms: frozenset[int]
    """Places in `PlaceReport.forms` of forms of which only one is left."""


def same_but_for(trace: Trace, fixed: Iterable[Fixed]) -> I32:
    """Return for each segment the one that it is taken for when all of these are held still."""
    same_as = np.arange(len(trace.segments.kind), dtype=np.int32)
    for one in fixed:
        for segment, other in _same(one).items():
            same_as[segment] = other
    result: I32 = same_as[same_as]
    return result


def _same(fixed: Fixed) -> dict[int, int]:
    report = fixed.report
    open_forms = [form for number, form in enumerate(report.forms) if number not in fixed.forms]
    closed = [form for number, form in enumerate(report.forms) if number in fixed.forms]
    first: dict[Hashable, int] = {}
    found: dict[int, int] = {}
    for segment in report.variants.tolist():
        values = report.values.get(segment)
        if values is None:
            target = next((form.same_as[segment] for form in closed if segment in form.same_as), segment)
        else:
            rest = tuple(value for k, value in enumerate(values) if k not in fixed.slots)
            target = first.setdefault((rest, tuple(segment in form.same_as for form in open_forms)), segment)
        found[segment] = target
    return found


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
