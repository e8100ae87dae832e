"""What caches without limit would have found of the requests that a replay sent to its replicas."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.fleet.engines.base import Engine
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.run import Replayed, cold_memory
from cachelens.kernels.fleet_caches import ADMITS, BREAKS_OFF, FINISHES, replay_calls

I64 = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calls:
    """What caches are asked, in order; a request may come more than once."""

    request: I64
    place: I64
    """Number of the cache."""
    kind: I64
    """`ADMITS`, `FINISHES` or `BREAKS_OFF`."""
    counted: npt.NDArray[np.bool_]
    """False for attempts that came to nothing."""


def one_by_one(replayed: Replayed) -> Calls:
    """Return the requests that were served, and the attempts that were lost, by the time they were queued.

    Each ends before the next begins, as if nothing took time.
    """
    served = np.flatnonzero(replayed.replica >= 0)
    request = np.concatenate([replayed.lost[:, 0], served])
    place = np.concatenate([replayed.lost[:, 1], replayed.replica[served]])
    time = np.concatenate([replayed.lost[:, 2], replayed.queued[served]])
    counted = np.arange(len(request)) >= len(replayed.lost)
    order = np.repeat(np.lexsort((request, time)), 2)
    kind = np.tile([ADMITS, FINISHES], len(request))
    return Calls(request=request[order], place=place[order], kind=kind, counted=counted[order])


def as_timed(replayed: Replayed) -> Calls:
    """Return the same as it came about in a timed replay: what is still computed or waits cannot be found yet."""
    served = np.flatnonzero(replayed.replica >= 0)
    lost = replayed.lost[replayed.lost[:, 3] >= 0]
    request = np.concatenate([lost[:, 0], served])
    place = np.concatenate([lost[:, 1], replayed.replica[served]])
    begun = np.concatenate([lost[:, 3], replayed.admitted[served]])
    ended = np.concatenate([lost[:, 4], replayed.released[served]])
    failed = np.arange(len(request)) < len(lost)
    order = np.argsort(np.concatenate([begun, ended]))
    kind = np.concatenate([np.full(len(request), ADMITS), np.where(failed, BREAKS_OFF, FINISHES)])
    return Calls(
        request=np.tile(request, 2)[order],
        place=np.tile(place, 2)[order],
        kind=kind[order],
        counted=np.tile(~failed, 2)[order],
    )


def all_in_turn(count: int) -> Calls:
    """Return all of so many requests, sent to one cache, each when the one before has ended."""
    request = np.repeat(np.arange(count, dtype=np.int64), 2)
    return Calls(
        request=request,
        place=np.zeros_like(request),
        kind=np.tile([ADMITS, FINISHES], count),
        counted=np.ones(len(request), dtype=np.bool_),
    )


def in_one_cache(calls: Calls) -> Calls:
    """Return the same requests, all of them sent to one cache."""
    return dataclasses.replace(calls, place=np.zeros_like(calls.place))


def without_limit(requests: FleetRequests, engine: Engine, calls: Calls) -> I64:
    """Return the tokens that each counted request hits in caches without limit, 0 for all others.

    The caches take turns in one memory.
    """
    hits = np.zeros(len(requests), dtype=np.int64)
    cold = cold_memory(requests, engine, None)
    order = np.argsort(calls.place, kind="stable")
    places, first = np.unique(calls.place[order], return_index=True)
    bounds = [*first.tolist(), len(order)]
    for number in range(len(places)):
        here = order[bounds[number] : bounds[number + 1]]
        memory = cold.copy() if number + 1 < len(places) else cold
        caches = engine.caches(memory.reshape(1, -1), memory)
        replay_calls(calls.request[here], calls.kind[here], calls.counted[here], requests.columns(), caches, hits)
    return hits
