"""Ray Serve `PrefixCacheAffinityRouter`: the longest match; what is new goes where the least was sent.

Formula: if `most - least > imbalanced_threshold` requests in flight, the better of two drawn replicas. Else, with the
longest match in a tree of all that was sent: if `matched / tokens < match_rate_threshold`, the replicas with the
smallest trees, else those with the longest match; of these the one with the fewest requests in flight.

Parameters: `imbalanced_threshold` (infinite: load never decides), `match_rate_threshold` (0.1), `seed` (0). The tree
is never cut by default.

Source: ray-project/ray python/ray/llm/_internal/serve/routing_policies/prefix_aware/prefix_aware_router.py @06c16f2f.
Of replicas with equally few requests the source takes any; here the smallest hash of the seed, the request and the
replica's number is taken. Left out: the tree is by blocks of the engine, not by characters; locality, multiplexed
models, and the limit on requests of a replica.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Index, Load, Match, Policy
from cachelens.kernels.routing import draw, two_choices
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)
_ROUTER, _HELD = int(Match.ROUTER), int(Match.HELD)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the longest match, or the smallest tree."""
    longest, smallest, most, fewest = 0, -1, 0, -1
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica]:
            here = load[_INFLIGHT, replica]
            longest, most = max(longest, match[_ROUTER, replica]), max(most, here)
            if smallest < 0 or match[_HELD, replica] < smallest:
                smallest = match[_HELD, replica]
            if fewest < 0 or here < fewest:
                fewest = here
    if most - fewest > parameters[0]:
        return int(two_choices(request, int(parameters[2]), load))
    is_new = longest < parameters[1] * tokens
    best, lowest = -1, 0
    for replica in range(load.shape[1]):
        fits = match[_HELD, replica] == smallest if is_new else match[_ROUTER, replica] == longest
        if not load[_ALIVE, replica] or not fits:
            continue
        here = load[_INFLIGHT, replica]
        lot = draw(int(parameters[2]), request, replica)
        if best < 0 or here < load[_INFLIGHT, best] or (here == load[_INFLIGHT, best] and lot < lowest):
            best, lowest = replica, lot
    return max(best, 0)


def policy() -> Policy:
    """Return the policy with its defaults."""
    return Policy(
        id="ray",
        summary="the longest match; what is new to where the least was sent",
        source="Ray serve routing_policies/prefix_aware/prefix_aware_router.py @06c16f2f",
        choose=choose,
        parameters={"imbalanced_threshold": float("inf"), "match_rate_threshold": 0.1, "seed": 0},
        index=Index(),
    )
