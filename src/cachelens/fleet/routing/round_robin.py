"""Round robin: each request to the replica behind the one that took the last.

Formula: `number of the request mod replicas`, those that are down left out. Nothing else is looked at, so that a
prefix comes to be cached on every replica. Source: every load balancer.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Policy
from cachelens.kernels.shim import kernel

_ALIVE = int(Load.ALIVE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Send each request to the replica behind the last one."""
    replicas = load.shape[1]
    for _ in range(replicas):
        chosen = int(memory[0] % replicas)
        memory[0] = chosen + 1
        if load[_ALIVE, chosen]:
            return chosen
    return 0


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="round-robin",
        summary="each request to the next replica",
        source="every load balancer",
        choose=choose,
        is_load_blind=True,
    )
