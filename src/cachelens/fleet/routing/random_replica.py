"""Random: every request to a replica drawn evenly.

Formula: the replica is `hash(seed, number of the request) * replicas / 2**32`, over those that are alive; the same
seed gives the same choices on every run.

Parameters: `seed` (0).
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Policy
from cachelens.kernels.routing import alive_count, draw, nth_alive
from cachelens.kernels.shim import kernel


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Draw a replica."""
    return int(nth_alive(load, draw(int(parameters[0]), request, 0) * alive_count(load) >> 32))


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="random",
        summary="each request to a replica drawn evenly",
        source="every load balancer",
        choose=choose,
        parameters={"seed": 0},
        is_load_blind=True,
    )
