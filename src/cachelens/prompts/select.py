"""A trace with some of its requests only."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.prompts.trace import Trace


def select(trace: Trace, chosen: npt.NDArray[np.bool_]) -> Trace:
    """Return the trace of the chosen requests, with their marks; prefix tree and segments stay as they are."""
    if chosen.all():
        return trace
    rows = np.flatnonzero(chosen)
    counts = np.diff(trace.mark_start)
    marks = np.repeat(chosen, counts)
    start = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(counts[rows], out=start[1:])
    numbers = rows.tolist()
    return dataclasses.replace(
        trace,
        requests={name: column[rows] for name, column in trace.requests.items()},
        request_ids=tuple(trace.request_ids[row] for row in numbers),
        mark_start=start,
        mark_node=trace.mark_node[marks],
        mark_ttl=trace.mark_ttl[marks],
        recorded=tuple(trace.recorded[row] for row in numbers) if trace.recorded else (),
    )
