"""A policy made ready for one replay: its numbers, keys, memory, and what it will know of caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import CHOOSE, I64, Index, Policy
from cachelens.fleet.routing.keys import keys_of
from cachelens.kernels import fleet_index as cells
from cachelens.kernels.shim import handed


class Router(NamedTuple):
    """What the loops over events are handed of a policy; a replay writes to its arrays, so each takes a new one."""

    choose: Callable[..., Any]
    keys: I64
    parameters: npt.NDArray[np.float64]
    memory: I64
    record: I64
    """The router's own record; empty for none."""
    mirror: I64
    """What events have told it of the caches; empty where it looks into them, or not at all."""
    see: Callable[..., Any]
    sent: Callable[..., Any]
    told: Callable[..., Any]
    forget: Callable[..., Any]
    """What keeps `record` and `mirror`; see `kernels.fleet_index`."""
    sees_caches: bool
    """Whether it looks into the caches themselves."""
    refresh_us: int


def router_of(policy: Policy, requests: FleetRequests, replicas: int, seed: int = 0) -> Router:
    """Make a policy ready to route requests to so many replicas; `seed` moves hashes and what is left to chance."""
    lags = policy.sees_caches and policy.event_lag_us > 0
    knows = lags or policy.index is not None
    parameters = {**policy.parameters, **({"seed": seed} if "seed" in policy.parameters else {})}
    return Router(
        choose=handed(policy.choose, CHOOSE),
        keys=keys_of(requests, policy, seed),
        parameters=np.array([*parameters.values()], dtype=np.float64),
        memory=policy.fresh_memory(replicas, len(requests)),
        record=np.zeros(0, dtype=np.int64) if policy.index is None else _own(policy.index, requests, replicas),
        mirror=_mirror(policy.event_lag_us, requests, replicas) if lags else np.zeros(0, dtype=np.int64),
        see=handed(cells.see if knows else cells.see_nothing, cells.SEE),
        sent=handed(cells.sent if policy.index is not None else cells.sent_nothing, cells.SENT),
        told=handed(cells.told if lags else cells.told_nothing, cells.TOLD),
        forget=handed(cells.forget if knows else cells.forget_nothing, cells.FORGET),
        sees_caches=policy.sees_caches and not lags,
        refresh_us=policy.refresh_us,
    )


def _own(index: Index, requests: FleetRequests, replicas: int) -> I64:
    """Return an empty record; a request adds at most its own runs, so they bound the entries."""
    size = requests.block_size
    memory = _blank(int(requests.start[-1]), 0, requests, replicas)
    memory[cells.LIMIT] = -(-index.tokens // size)
    memory[cells.MOST] = -(-index.most_tokens // size)
    memory[cells.KEEP] = index.keep_us
    return memory


def _mirror(lag: int, requests: FleetRequests, replicas: int) -> I64:
    """Return an empty mirror.

    A replica gains at most the runs of its requests and their answers; it loses no more, and at most one in part for
    each request.
    """
    gained = int(requests.start[-1] + np.maximum(requests.answer_stop - requests.answer_first, 0).sum())
    memory = _blank(gained, 2 * gained + len(requests), requests, replicas)
    memory[cells.LAG] = lag
    return memory


def _blank(entries: int, events: int, requests: FleetRequests, replicas: int) -> I64:
    """Return a record with room for so many entries, and events on their way."""
    ends = cells.FIRST + len(requests.length)
    first = ends + 3 * replicas
    behind = first + cells.FIELDS * entries
    memory = np.zeros(behind + cells.EVENT * events, dtype=np.int64)
    memory[cells.REPLICAS], memory[cells.ENDS], memory[cells.EVENTS] = replicas, ends, behind
    memory[cells.CELLS] = first - cells.FIELDS  # entries count from 1
    memory[cells.ENTRIES], memory[cells.QUEUE] = entries, events
    return memory
