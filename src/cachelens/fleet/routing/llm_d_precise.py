"""llm-d with the precise prefix scorer: the replicas tell the router what they cache, and it weighs that against
load.

Formula: the highest `prefix * (matched - least matched) / (most - least) + queue * (most waiting - waiting) / (most -
least) + kv * (1 - usage) + load_aware * 0.5 * (1 - min(waiting, 128) / 128)`; a score whose replicas are all equal is
1. What a replica caches or evicts is seen 50 ms later, so that requests of one burst do not see each other. Load is
reported every 50 ms.

Parameters: weights `prefix` (2), `queue` (1), `kv` (1), `load_aware` (0), as in the sample profile; `seed` (0). The
capacity study of llm-d has 3, 2 and 2. The delay is the policy's `event_lag_us`.

Source: llm-d/llm-d-inference-scheduler @520af478 and llm-d-kv-cache pkg/kvcache/kvblock_scorer.go; delay and interval
from the documentation of BLIS. Replicas with equal scores are drawn by chance there; here the smallest hash of the
seed, the request and the replica's number is taken. Left out: weights for tiers, and speculative indexing, which is
off by default.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Match, Policy
from cachelens.fleet.routing.llm_d import highest
from cachelens.kernels.shim import kernel

_ALIVE = int(Load.ALIVE)
_ENGINE = int(Match.ENGINE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the highest sum of scores."""
    shortest, longest = -1, 0
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica]:
            longest = max(longest, match[_ENGINE, replica])
            if shortest < 0 or match[_ENGINE, replica] < shortest:
                shortest = match[_ENGINE, replica]
    return int(highest(request, match[_ENGINE], float(shortest), float(longest), load, parameters))


def policy() -> Policy:
    """Return the policy with the weights of the sample profile."""
    return Policy(
        id="llm-d-precise",
        summary="what the replicas say they cache, weighed against load",
        source="llm-d-inference-scheduler @520af478",
        choose=choose,
        parameters={"seed": 0, "prefix": 2, "queue": 1, "kv": 1, "load_aware": 0},
        sees_caches=True,
        event_lag_us=50_000,
        refresh_us=50_000,
    )
