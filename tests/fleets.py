"""Small fleets: requests from lists of blocks, and one replay through the compiled loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cachelens.fleet.engines.vllm import engine
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.run import Replayed, Setting, replay
from cachelens.kernels.fleet_timed import COMES
from tests.oracles.routers import PER_TOKEN, SIZE, STEP, T0, ORequest

_NEVER = 1 << 60


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
        prompt_runs=len(names),
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
    changes: tuple[tuple[int, int, int], ...] = (),
    timed: bool = False,
) -> Replayed:
    """Replay through replicas of so many blocks, some of them down all the time."""
    rows = [*changes, *((_NEVER, COMES, replica) for replica in down)]
    setting = Setting(
        policy=policy,
        replicas=replicas,
        engine=engine(),
        capacity=blocks,
        latency=np.array([T0, PER_TOKEN, 0.0, STEP, 0.0, 0.0, 0.0]),
        timed=timed,
        changes=np.array(rows, dtype=np.int64).reshape(-1, 3),
        groups=requests.workload,
    )
    return replay(requests, setting)


def outcome(run: Replayed) -> list[list[int]]:
    """Return all that became of each request: where, how much was found, and when."""
    return [column.tolist() for column in (run.replica, run.hit, run.started, run.first_token, run.ended)]


def _column(values: list[int]) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
