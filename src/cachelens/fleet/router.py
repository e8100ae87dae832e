"""What a router has at hand besides what it sees: keys, parameters, a memory, an index of its own."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.fleet.engines.base import Engine
from cachelens.fleet.engines.vllm import engine as recency
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import Key, Policy
from cachelens.kernels.fleet_caches import prefix_runs

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

_ALONE = 1 << 40
"""Numbers from here on stand for requests that have nothing to be known by but themselves."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Router:
    """A policy, ready for one replay; `memory` and `index` are written to."""

    policy: Policy
    keys: I64
    """Shape (requests, 2)."""
    parameters: npt.NDArray[np.float64]
    memory: I64
    index: I32
    """A row a replica; without rows there is none."""
    cold_index: I32
    index_most: int
    """Leading blocks of a prompt that the index looks at."""
    cache: Engine
    """How the index forgets."""


def router_of(policy: Policy, requests: FleetRequests, replicas: int, seed: int) -> Router:
    """Make a policy ready to route `requests`."""
    cache = recency()
    index, cold, most = np.zeros((0, 1), dtype=np.int32), np.zeros(1, dtype=np.int32), 0
    if policy.index is not None:
        runs = len(requests.length)
        capacity = policy.index.blocks or int(requests.length.sum()) + most_blocks(requests)
        cold = np.zeros(cache.cells(capacity, runs), dtype=np.int32)
        cache.prepare(cold, capacity, runs)
        index = np.tile(cold, (replicas, 1))
        most = policy.index.most_tokens // requests.block_size or _ALONE
    pairs = zip(policy.keys, policy.key_tokens, strict=True)
    return Router(
        policy=policy,
        keys=np.stack([_hashed(_named(requests, key, tokens), seed) for key, tokens in pairs], axis=1),
        parameters=np.array([*policy.parameters.values()] or [0.0], dtype=np.float64),
        memory=np.zeros(policy.memory(replicas, len(requests)), dtype=np.int64),
        index=index,
        cold_index=cold,
        index_most=most,
        cache=cache,
    )


def most_blocks(requests: FleetRequests) -> int:
    """Return more blocks than any request needs."""
    return int((requests.tokens + requests.output).max(initial=0)) // requests.block_size + 2


def _named(requests: FleetRequests, key: Key, tokens: int) -> I64:
    """Return what the key of each request is made of, as a number."""
    alone = np.arange(len(requests), dtype=np.int64) + _ALONE
    match key:
        case Key.SESSION:
            return np.where(requests.session >= 0, requests.session, alone)
        case Key.PREFIX:
            blocks = max(1, -(-tokens // requests.block_size))
            run = prefix_runs(requests.start, requests.runs, requests.length, blocks)
            return np.where(run >= 0, run, alone)
        case Key.NONE:
            return np.zeros(len(requests), dtype=np.int64)


def _hashed(numbers: I64, seed: int) -> I64:
    """Spread numbers over 63 bits (SplitMix64), so that any number of replicas is filled evenly."""
    with np.errstate(over="ignore"):
        x: U64 = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(2 * seed + 1)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((x ^ (x >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
