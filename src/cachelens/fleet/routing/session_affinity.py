"""Session affinity: all requests of a session to one replica, by a consistent hash ring.

Formula: the first point of the ring that is not before `hash(session)`; each replica has 150 points. While a replica
is down, its sessions go to the replicas behind it on the ring, and come back with it. A request without a known
session is hashed alone, which is as good as at random.

Source: SGLang `consistent_hashing` (sgl-model-gateway/src/policies/consistent_hashing.rs; 150 points a worker from
src/core/worker_registry.rs). Left out: its own hash functions, so single sessions land elsewhere.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Key, Policy
from cachelens.fleet.routing.ring import place_ring, ring_cells
from cachelens.kernels.routing import ANY, position, walk_ring
from cachelens.kernels.shim import kernel

POINTS = 150
"""Points of a replica on the ring."""


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the replica of the session."""
    return int(walk_ring(memory, position(keys[request, 0]), load, ANY))


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="session-affinity",
        summary="a session stays on its replica",
        source="SGLang sgl-model-gateway/src/policies/consistent_hashing.rs",
        choose=choose,
        keys=(Key.SESSION, Key.NONE),
        memory=ring_cells(POINTS),
        prepare=place_ring(POINTS),
        is_load_blind=True,
    )
