"""Small fleets: requests from lists of blocks, and one replay through the compiled loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.fleet.engines.vllm import engine
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.routing.router import router_for
from cachelens.kernels import fleet, fleet_timed
from tests.oracles.routers import PER_TOKEN, SIZE, STEP, T0, ORequest


def requests_of(rows: list[ORequest]) -> tuple[FleetRequests, dict[tuple[str, ...], int]]:
    """Return requests whose runs have one block each, and the run of every prefix."""
    names: dict[tuple[str, ...], int] = {}
    chains = [[names.setdefault(row.blocks[:end], len(names)) for end in range(1, len(row.blocks) + 1)] for row in rows]
    none = np.zeros(len(rows), dtype=np.int64)
    requests = FleetRequests(
        block_size=SIZE,
        arrived=_column([row.arrived for row in rows]),
        tokens=_column([row.tokens for row in rows]),
        output=_column([row.output for row in rows]),
        session=_column([row.session for row in rows]),
        workload=none,
        start=_column([0, *np.cumsum([len(chain) for chain in chains]).tolist()]),
        runs=np.array([run for chain in chains for run in chain], dtype=np.int32),
        length=np.ones(len(names), dtype=np.int32),
        answer_first=none,
        answer_stop=none,
    )
    return requests, names


def replayed(
    policy: Policy,
    requests: FleetRequests,
    replicas: int,
    *,
    blocks: int = 1000,
    down: tuple[int, ...] = (),
    timed: bool = False,
) -> npt.NDArray[np.int64]:
    """Return the rows of a replay through replicas of so many blocks, some of them down all the time."""
    cache = engine()
    runs = len(requests.length)
    pools = np.zeros((replicas, cache.cells(blocks, runs)), dtype=np.int32)
    for pool in pools:
        cache.prepare(pool, blocks, runs)
    load = np.zeros((fleet.LOADS, replicas), dtype=np.int64)
    load[fleet.ALIVE], load[fleet.CAPACITY] = 1, blocks
    load[fleet.ALIVE, list(down)] = 0
    router = router_for(policy, requests, replicas)
    arguments: list[Any] = [
        *(requests.arrived, requests.tokens, requests.output, requests.start, requests.runs, requests.length),
        *(requests.answer_first, requests.answer_stop, requests.workload, router.keys, requests.block_size),
        *(router.choose, router.parameters, router.memory, cache.match, cache.admit, cache.finish, pools),
        *(router.index, router.mirror, router.see, router.sent, router.told, router.sees_caches, load),
        np.array([T0, PER_TOKEN, 0.0, STEP, 0.0, 0.0]),
        *(np.zeros(runs, dtype=np.int32), np.zeros((1, 1), dtype=np.int64)),
    ]
    if timed:
        arguments += [8192, router.refresh_us, np.zeros(replicas, dtype=np.int64)]
        return np.asarray(fleet_timed.replay_timed(*arguments))
    return np.asarray(fleet.replay_untimed(*arguments))


def _column(values: list[int]) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
