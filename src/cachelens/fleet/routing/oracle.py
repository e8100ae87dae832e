"""Oracle: sees every cache as it is, and pays for work that is uneven. A yardstick for hit rates, not a router.

The longest match alone is no ceiling: where most prompts begin alike, it sends all of them to one replica. The oracle
takes a match for what it is worth, less a price for every token that the replica had to compute so far: small matches
go where least was computed, large ones where they are.

Formula: `argmax(cached - price * uncached tokens sent there so far)`; of equal ones the smallest number.

Parameters: `price` (0.02: a token cached is worth 50 tokens that a replica is ahead).

Source: none. It decides request by request and knows no future, so that a policy can come out ahead by a little; and it
does not look at queues, so that one which does may answer sooner.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Match, Policy
from cachelens.kernels.shim import kernel

_ALIVE = int(Load.ALIVE)
_ENGINE = int(Match.ENGINE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the match that is worth most."""
    best, highest = -1, 0.0
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica]:
            worth = match[_ENGINE, replica] - parameters[0] * memory[replica]
            if best < 0 or worth > highest:
                best, highest = replica, worth
    best = max(best, 0)
    memory[best] += tokens - match[_ENGINE, best]
    return int(best)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="oracle",
        summary="the caches as they really are, at even work",
        source="a yardstick, not a router",
        choose=choose,
        parameters={"price": 0.02},
        sees_caches=True,
        is_ceiling=True,
        memory=lambda replicas, requests: replicas,  # noqa: ARG005 - as `Policy.memory` is asked
    )
