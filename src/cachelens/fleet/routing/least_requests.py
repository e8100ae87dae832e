"""Least requests: the replica with the fewest requests in flight.

Formula: `argmin(in flight)`, as the router counts them itself: sent and not ended. Of equal ones the smallest number.

Source: the `leastconn` of load balancers; SGLang sgl-model-gateway/src/policies/least_load.rs.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Policy
from cachelens.kernels.routing import least
from cachelens.kernels.shim import kernel

_INFLIGHT = int(Load.INFLIGHT)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the least loaded replica."""
    return int(least(load, _INFLIGHT))


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="least-requests",
        summary="the replica with the fewest requests in flight",
        source="every load balancer",
        choose=choose,
    )
