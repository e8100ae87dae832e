"""What the replay says of single requests, summed by workload: parameters and models that alternate, prompts below
the minimum, parallel requests, marks out of reach, idle gaps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cachelens.kernels import entries
from cachelens.layouts.parameters import without_parameters
from cachelens.layouts.slots import text_of
from cachelens.model.audit import Fault, FaultFact
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.prompts.store import BASE_BLOCK
from cachelens.prompts.trace import Trace
from cachelens.providers.mechanisms.base import inherited
from cachelens.replay.assign import minimums
from cachelens.traffic.bench import Bench, members_of
from cachelens.traffic.faults import FEW, fault_of
from cachelens.traffic.history import in_session

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_SHORTEST = 64
"""Tokens of shared prefix below which a minimum is not to blame."""


def request_faults(bench: Bench) -> list[FaultFact]:
    """Return all of these facts."""
    return [*_parameters(bench), *_models(bench), *_too_short(bench), *_by_cause(bench)]


def _parameters(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads whose requests part at parameters of the request."""
    trace, replayed = bench.trace, bench.recorded
    parted = (replayed.cause == entries.DIVERGED) & (trace.nodes.kind[replayed.where] == SegmentKind.PARAMS)
    parted &= (trace.requests["flags"] & (BLOCK_TRACE | OPAQUE)) == 0
    last = inherited(trace, trace.nodes.kind == SegmentKind.PARAMS)[trace.requests["leaf"]]
    for workload, members in members_of(bench).items():
        found = sorted({_settings(trace, node) for node in np.unique(last[members]).tolist()})
        if len(found) < 2:  # noqa: PLR2004
            continue
        after = bench.changed(without_parameters(trace, workload))
        names = {name for one in found for name, _ in set(one) ^ set(found[0])}
        shown = parted & members
        yield fault_of(
            bench,
            Fault.PARAMETERS,
            workload,
            shown if shown.any() else members,
            bench.gained(after.read)[workload],
            detail=", ".join(sorted(names)),
            few=FEW,
        )


def _settings(trace: Trace, node: int) -> tuple[tuple[str, str], ...]:
    """Return the parameters that stand on the way to a node."""
    nodes, found = trace.nodes, set()
    while node:
        if nodes.kind[node] == SegmentKind.PARAMS and nodes.segment[node] >= 0:
            found.update(_pairs(text_of(trace, int(nodes.segment[node]))))
        node = int(nodes.parent[node])
    return tuple(sorted(found))


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read the parameters of a segment."""
    rows = (line.partition("=") for line in text.splitlines())
    return [(name, value) for name, _, value in rows if name]


def _models(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads whose sessions go from one model to another, replayed with each session's first model."""
    trace = bench.trace
    previous = in_session(bench)
    model = trace.column("model")
    switched = (previous >= 0) & (model != model[np.maximum(previous, 0)])
    if not switched.any():
        return
    first = np.arange(len(trace))
    for request in np.flatnonzero(previous >= 0).tolist():
        first[request] = first[previous[request]]
    columns = {name: trace.requests[name][first] for name in ("model", "provider", "platform")}
    after = bench.changed(dataclasses.replace(trace, requests={**trace.requests, **columns}))
    gained = np.where(previous >= 0, after.read - bench.recorded.read, 0)
    for workload, members in members_of(bench).items():
        shown = switched & members
        if shown.any():
            saving = bench.if_read(np.where(members, np.maximum(gained, 0), 0))[workload]
            names = {trace.strings["model"][number] for number in np.unique(model[shown | _before(previous, shown)])}
            yield fault_of(bench, Fault.MODELS, workload, shown, saving, detail=", ".join(sorted(names)), few=FEW)


def _before(previous: I64, shown: Mask) -> Mask:
    result = np.zeros(len(shown), dtype=np.bool_)
    result[previous[shown]] = True
    return result


def _too_short(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads whose requests share a prefix that is shorter than the model's minimum.

    One that ends within tools or system prompt is cut short by what changes there, and that is to blame.
    """
    trace, total = bench.trace, bench.recorded.total
    minimum = minimums(trace, bench.recorded.assignment)
    shared, leaf = bench.perfect, trace.requests["leaf"]
    head = total * trace.nodes.end[trace.head[leaf]] // np.maximum(1, trace.nodes.end[leaf])
    short = (shared >= np.maximum(_SHORTEST, head - BASE_BLOCK)) & (shared < minimum) & (bench.recorded.read == 0)
    short &= trace.column("read") <= 0
    savings = bench.if_read(np.where(short, shared, 0))
    for workload, members in members_of(bench).items():
        shown = short & members
        if shown.any():
            detail = f"{int(np.median(shared[shown])):,} of {int(minimum[shown].max()):,} tokens"
            yield fault_of(bench, Fault.TOO_SHORT, workload, shown, savings[workload], detail=detail, few=FEW)


def _by_cause(bench: Bench) -> Iterator[FaultFact]:
    """Yield what the replay's own causes say of parallel requests and of marks out of reach."""
    replayed = bench.recorded
    timed = bool(bench.trace.meta.get("timed", True))
    for cause, fault in ((entries.NOT_VISIBLE, Fault.PARALLEL), (entries.LOOKBACK, Fault.LOOK_BACK)):
        seen = replayed.cause == cause
        if not seen.any() or not (timed or fault is Fault.LOOK_BACK):
            continue
        savings = bench.if_read(np.where(seen, replayed.missed, 0))
        for workload, members in members_of(bench).items():
            if (seen & members).any():
                yield fault_of(bench, fault, workload, seen & members, savings[workload], few=FEW)
