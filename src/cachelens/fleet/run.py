"""One policy on one fleet: sets up caches, load and router, calls the loops, returns what they wrote."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.fleet.engines.base import CACHED, EVICTED, Engine
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.router import router_of
from cachelens.fleet.routing.base import Load, Policy
from cachelens.kernels import fleet_arrays as arrays
from cachelens.kernels.fleet import replay_untimed
from cachelens.kernels.fleet_caches import copies
from cachelens.kernels.fleet_timed import COMES, LOST, replay_timed

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

_MOST_BLOCKS = 2**31 - 1
"""What a cell of memory can count."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """What is replayed: one policy, one fleet."""

    policy: Policy
    replicas: int
    engine: Engine
    capacity: int | None
    """Blocks of each replica; `None`: no limit."""
    latency: npt.NDArray[np.float64]
    """As the loops take it, in microseconds (`kernels.fleet_arrays.T0` and so on)."""
    timed: bool = False
    budget: int = 8192
    changes: I64 = dataclasses.field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))
    """Rows of microseconds, `FAILS` or `COMES`, replica; in order of time."""
    groups: I64
    """For each request the number of its workload, as interference is counted."""
    seed: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replayed:
    """What the loops wrote. Per request unless said otherwise; -1 where a request was rejected."""

    replica: I64
    hit: I64
    """Tokens."""
    loaded: I64
    """Tokens of `hit` that came from a second tier of memory."""
    started: I64
    """Microseconds; this and the next two are -1 untimed."""
    first_token: I64
    ended: I64
    queued: I64
    """When it was sent to its replica."""
    admitted: I64
    """Number of the call that let it into its cache, and of the one that let it go; -1 untimed."""
    released: I64
    lost: I64
    """Attempts that failed with their replica: rows of request, replica, when it was queued, admitted (-1: it still
    waited), released.
    """
    steps: I64
    """Per replica: microseconds at work; zeros untimed."""
    stuck: I64
    """Per replica: microseconds with a queue but no room for its head."""
    cached: I64
    """Per replica: blocks that can be found at the end."""
    evicted: I64
    """Per replica."""
    held: int
    distinct: int
    """Blocks found at the end in all replicas together, and different ones among them."""
    interference: I64
    """Shape (groups, groups): blocks evicted for a group (row), of a group (column)."""


def replay(requests: FleetRequests, setting: Setting) -> Replayed:
    """Replay all requests through one fleet."""
    cold = cold_memory(requests, setting.engine, setting.capacity)
    pools = np.tile(cold, (setting.replicas, 1))
    router = router_of(setting.policy, requests, setting.replicas, setting.seed)
    groups = int(setting.groups.max(initial=0)) + 1
    interference = np.zeros((groups, groups), dtype=np.int64)
    load = _load(requests, setting)
    columns, caches = requests.columns(), setting.engine.caches(pools, cold)
    owners = arrays.Owners(
        workload=setting.groups,
        owner=np.zeros(max(1, len(requests.length)), dtype=np.int32),
        interference=interference,
    )
    busy = np.zeros((2, setting.replicas), dtype=np.int64)
    queued, lost = requests.arrived, np.zeros((0, LOST), dtype=np.int64)
    if setting.timed:
        rows, queued, lost = replay_timed(
            columns, router, caches, owners, load, setting.latency, setting.budget, busy, setting.changes
        )
    else:
        rows = replay_untimed(columns, router, caches, owners, load, setting.latency)
    held, distinct = copies(columns, caches)
    return Replayed(
        replica=rows[:, arrays.REPLICA],
        hit=rows[:, arrays.HIT],
        loaded=rows[:, arrays.LOADED],
        started=rows[:, arrays.STARTED],
        first_token=rows[:, arrays.FIRST_TOKEN],
        ended=rows[:, arrays.ENDED],
        queued=queued,
        admitted=rows[:, arrays.ADMITTED],
        released=rows[:, arrays.RELEASED],
        lost=lost,
        steps=busy[0],
        stuck=busy[1],
        cached=pools[:, CACHED].astype(np.int64),
        evicted=pools[:, EVICTED].astype(np.int64),
        held=int(held),
        distinct=int(distinct),
        interference=interference,
    )


def _load(requests: FleetRequests, setting: Setting) -> I64:
    """Return the load at the start: all replicas up, but for those that are added later."""
    load = np.zeros((arrays.LOADS, setting.replicas), dtype=np.int64)
    load[Load.ALIVE] = alive_at_start(setting.changes, setting.replicas)
    load[Load.CAPACITY] = _capacity(requests, setting.capacity)
    return load


def alive_at_start(changes: I64, replicas: int) -> I64:
    """Say which replicas are up when the replay begins: a replica that is first heard of when it comes is not."""
    alive = np.ones(replicas, dtype=np.int64)
    for _, kind, replica in changes[::-1].tolist():
        alive[replica] = kind != COMES
    return alive


def _capacity(requests: FleetRequests, capacity: int | None) -> int:
    """Return blocks of a replica; without a limit, so many that nothing is ever evicted or has to wait."""
    if capacity is not None:
        return capacity
    needs = (requests.tokens + requests.output) // requests.block_size + 1
    return min(_MOST_BLOCKS, int(requests.length.sum()) + int(needs.sum()) + 1)


def cold_memory(requests: FleetRequests, engine: Engine, capacity: int | None) -> I32:
    """Return the memory of an empty cache."""
    blocks, runs = _capacity(requests, capacity), len(requests.length)
    cold = np.zeros(engine.cells(blocks, runs), dtype=np.int32)
    engine.prepare(cold, blocks, runs)
    return cold
