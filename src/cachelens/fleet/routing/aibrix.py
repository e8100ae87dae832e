"""AIBrix `prefix-cache`: the longest match among the replicas that are not far busier than the rest.

Formula: if `most - least > imbalance` requests in flight, only the replicas with the least are considered. Of those
with a match, in order of `100 * matched // tokens` (high first) and requests in flight (low first), the first with
`in flight <= mean + deviations * standard deviation`. If there is none, the replica with the fewest requests.

Parameters: `imbalance` (8), `deviations` (1), `seed` (0). The table has 200,000 blocks of 4 characters, a token each,
and forgets after 20 minutes.

Source: vllm-project/aibrix pkg/plugins/gateway/algorithms/prefix_cache.go @e3e10f9e; the code's defaults, where its
readme says 16, 2 and blocks of 128. Of replicas with equally few requests the source draws one by chance; here the
smallest hash of the seed, the request and the replica's number is taken; of equal matches the smallest number. Left
out: the table is by blocks of the engine, and has its size for each replica, where the source counts a block once
however many replicas have it.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Index, Load, Match, Policy
from cachelens.kernels.routing import draw
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)
_ROUTER = int(Match.ROUTER)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the longest match that is not too busy, or the least busy."""
    total, squares, alive, most, fewest, idle, lowest = 0, 0, 0, 0, -1, 0, 0
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica]:
            here = load[_INFLIGHT, replica]
            total, squares, alive, most = total + here, squares + here * here, alive + 1, max(most, here)
            lot = draw(int(parameters[2]), request, replica)
            if fewest < 0 or here < fewest or (here == fewest and lot < lowest):
                fewest, idle, lowest = here, replica, lot
    mean = total / max(1, alive)
    limit = mean + parameters[1] * max(0.0, squares / max(1, alive) - mean * mean) ** 0.5
    if most - fewest > parameters[0]:
        limit = float(fewest)
    best, percent = -1, 0
    for replica in range(load.shape[1]):
        here = load[_INFLIGHT, replica]
        if not load[_ALIVE, replica] or match[_ROUTER, replica] == 0 or here > limit:
            continue
        matched = 100 * match[_ROUTER, replica] // tokens
        if best < 0 or matched > percent or (matched == percent and here < load[_INFLIGHT, best]):
            best, percent = replica, matched
    return best if best >= 0 else idle


def policy() -> Policy:
    """Return the policy with the defaults of the code."""
    return Policy(
        id="aibrix",
        summary="the longest match among replicas that are not too busy",
        source="AIBrix pkg/plugins/gateway/algorithms/prefix_cache.go @e3e10f9e",
        choose=choose,
        parameters={"imbalance": 8, "deviations": 1, "seed": 0},
        index=Index(tokens=200_000, keep_us=20 * 60 * 1_000_000),
    )
