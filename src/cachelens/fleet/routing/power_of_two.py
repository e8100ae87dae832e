"""Power of two: of two replicas drawn evenly, the one with fewer requests in flight.

Formula: `argmin(in flight)` over two different living replicas, each drawn by a hash of the seed and the number of
the request; the first drawn of equal ones. It comes close to the least loaded at the cost of two questions, and herds
less when the answers are old.

Parameters: `seed` (0). Source: Mitzenmacher, "The power of two choices in randomized load balancing" (2001); as the
policy `power_of_two` of SGLang (sgl-model-gateway/src/policies/power_of_two.rs) and the default of Ray Serve.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Policy
from cachelens.kernels.routing import two_choices
from cachelens.kernels.shim import kernel


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the better of two drawn replicas."""
    return int(two_choices(request, int(parameters[0]), load))


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="power-of-two",
        summary="of two drawn replicas the one with fewer requests",
        source="SGLang sgl-model-gateway/src/policies/power_of_two.rs",
        choose=choose,
        parameters={"seed": 0},
    )
