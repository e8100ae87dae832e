"""Which requests of a trace a fleet is given, and in what time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cachelens.errors import UsageError
from cachelens.fleet.requests import FleetRequests
from cachelens.prompts.columns import BLOCK_TRACE
from cachelens.prompts.trace import Trace

I64 = npt.NDArray[np.int64]

MOST_GROUPS = 32
"""Workloads whose evictions are counted apart; what is smaller is counted together."""
OTHER = "(others)"
_SHOWN = 5


def of_workloads(trace: Trace, wanted: Sequence[str]) -> Trace:
    """Return the trace with the requests of these workloads only; `UsageError` for one that it does not have."""
    if not wanted:
        return trace
    names = trace.strings["workload"]
    numbers = []
    for name in wanted:
        if name not in names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise UsageError(f"no workload is called {name!r}", hint=f"choose from: {', '.join(names[:_SHOWN])}{more}")
        numbers.append(names.index(name))
    chosen = np.flatnonzero(np.isin(trace.column("workload"), numbers))
    return dataclasses.replace(
        trace,
        requests={name: column[chosen] for name, column in trace.requests.items()},
        request_ids=tuple(trace.request_ids[place] for place in chosen.tolist()),
    )


def with_tails(trace: Trace, requests: FleetRequests) -> FleetRequests:
    """Return the requests of a hash trace with the tokens that stand behind the last id of their prompts."""
    hashed = (trace.column("flags") & BLOCK_TRACE) != 0
    whole = np.where(hashed, np.maximum(requests.tokens, trace.column("input")), requests.tokens)
    return dataclasses.replace(requests, tokens=whole)


def sped_up(requests: FleetRequests, speed: float) -> FleetRequests:
    """Return the requests, arriving so many times as fast."""
    if speed == 1:
        return requests
    return dataclasses.replace(requests, arrived=np.floor(requests.arrived / speed).astype(np.int64))


def groups_of(requests: FleetRequests, names: Sequence[str]) -> tuple[I64, tuple[str, ...]]:
    """Return for each request the number of its workload, and their names; the largest `MOST_GROUPS` by tokens."""
    known, place = np.unique(requests.workload, return_inverse=True)
    tokens = np.bincount(place, weights=requests.tokens, minlength=len(known))
    ranked = np.lexsort((known, -tokens))
    number = np.zeros(len(known), dtype=np.int64)
    number[ranked] = np.minimum(np.arange(len(known)), MOST_GROUPS)
    found = [names[known[at]] if known[at] >= 0 else "" for at in ranked[:MOST_GROUPS].tolist()]
    return number[place], (*found, *([OTHER] if len(known) > MOST_GROUPS else []))
