"""Cache keys: missing, one for each request, or one for too many."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cachelens.model.audit import Fault, FaultFact
from cachelens.prompts.trace import Trace
from cachelens.providers.mechanisms.base import inherited
from cachelens.providers.vocabulary import Activation
from cachelens.replay.grouping import group_by
from cachelens.traffic.bench import Bench, members_of
from cachelens.traffic.faults import fault_of
from cachelens.traffic.marks import profile_of

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_MINUTE_US = 60_000_000
_OFTEN = 0.1
"""Share of requests that must come too fast under one key."""
_FEW = 10


def key_faults(bench: Bench) -> list[FaultFact]:
    """Return what is wrong with cache keys, where a provider's rules say that they matter."""
    return [*_missing(bench), *_fine(bench), *_crowded(bench)]


def _missing(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads that have no cache because they send no key."""
    trace = bench.trace
    facts = bench.recorded.assignment.facts
    needed = [bench.book.profiles[one.profile].activation.default is Activation.NEEDS_KEY for one in facts]
    bare = np.array([*needed, False])[bench.recorded.assignment.of] & (trace.column("cache_key") < 0)
    if not bare.any():
        return
    key = np.where(bare, 0, trace.column("cache_key"))
    strings = {**trace.strings, "cache_key": trace.strings["cache_key"] or ("key",)}
    changed = dataclasses.replace(trace, requests={**trace.requests, "cache_key": key}, strings=strings)
    after = bench.changed(changed)
    for workload, members in members_of(bench).items():
        if (bare & members).any():
            saving = bench.saving(after, workload)
            detail = "nothing is cached without"
            yield fault_of(bench, Fault.NO_KEY, workload, bare & members, saving, detail=detail)


def _fine(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads whose requests share a prefix but not a key, replayed under one key for each workload."""
    trace = bench.trace
    key = trace.column("cache_key")
    one = np.where(key >= 0, bench.workload, key)
    if len(group_by(bench.workload, key).rows) == len(group_by(bench.workload, one).rows):
        return
    strings = {**trace.strings, "cache_key": bench.names}
    after = bench.changed(dataclasses.replace(trace, requests={**trace.requests, "cache_key": one}, strings=strings))
    gained = bench.gained(after.read)
    for workload, members in members_of(bench).items():
        keys = len(np.unique(key[members & (key >= 0)]))
        profile = profile_of(bench, int(np.flatnonzero(members)[0]))
        if keys > 1 and profile is not None and profile.routing is not None and profile.routing.affinity_fields:
            yield fault_of(bench, Fault.FINE_KEY, workload, members, gained[workload], detail=f"{keys:,}")


def _crowded(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads with more requests a minute under one key than one machine takes; without a key, the first
    tokens of the prompt stand for it.
    """
    trace = bench.trace
    if not trace.meta.get("timed", True):
        return
    minute = trace.column("arrived") // _MINUTE_US
    key = trace.column("cache_key")
    known = trace.column("read") >= 0
    lost = np.where(known, np.maximum(bench.recorded.read - trace.column("read"), 0), 0)
    for workload, members in members_of(bench).items():
        profile = profile_of(bench, int(np.flatnonzero(members)[0]))
        routing = profile.routing if profile is not None else None
        limit = routing.overflow_rpm_per_key if routing is not None else None
        if routing is None or limit is None:
            continue
        rows = np.flatnonzero(members)
        prefix = np.where(key[rows] >= 0, 0, _prefixes(trace, routing.hash_tokens or 1)[rows])
        groups = group_by(key[rows], prefix, minute[rows] - minute[rows].min())
        crowded = np.zeros(len(trace), dtype=np.bool_)
        crowded[rows] = np.array(groups.sizes)[groups.of] > limit
        if crowded.sum() < max(_FEW, _OFTEN * len(rows)):
            continue
        fault = Fault.COARSE_KEY if (key[crowded] >= 0).mean() > 0.5 else Fault.NO_KEY  # noqa: PLR2004
        told = bool(known[crowded].any())
        saving = bench.if_read(np.where(crowded, lost, 0))[workload] if told else None
        detail = f"{max(groups.sizes):,} a minute, {limit} fit"
        yield fault_of(bench, fault, workload, crowded, saving, detail=detail)


def _prefixes(trace: Trace, tokens: int) -> npt.NDArray[np.int32]:
    """Return for each request the node that holds the token at this place: equal nodes mean equal beginnings."""
    nodes = trace.nodes
    crossing = (nodes.end >= tokens) & (nodes.end[nodes.parent] < tokens)
    found: npt.NDArray[np.int32] = inherited(trace, crossing)[trace.requests["leaf"]]
    return found
