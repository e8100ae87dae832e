"""vLLM production-stack `prefixaware`: a replica that was sent the longest part of the prompt before; load does not
count.

Formula: of the replicas with the longest match in a trie of all prompts ever sent, one drawn evenly; with no match,
one of all.

Parameters: `seed` (0). The trie is never cut.

Source: vllm-project/production-stack src/vllm_router/routers/routing_logic.py @a6c01db0, PrefixAwareRouter. The
source draws by chance; here the replica with the smallest hash of the seed, the request and its number is taken. Left
out: the trie is by blocks of the engine, where the source has pieces of 128 characters (32 tokens at 4 characters a
token).
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Index, Load, Match, Policy
from cachelens.kernels.routing import draw
from cachelens.kernels.shim import kernel

_ALIVE = int(Load.ALIVE)
_ROUTER = int(Match.ROUTER)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Draw one of the longest matches."""
    best, lowest = -1, 0
    for replica in range(load.shape[1]):
        if not load[_ALIVE, replica] or (best >= 0 and match[_ROUTER, replica] < match[_ROUTER, best]):
            continue
        lot = draw(int(parameters[0]), request, replica)
        if best < 0 or match[_ROUTER, replica] > match[_ROUTER, best] or lot < lowest:
            best, lowest = replica, lot
    return max(best, 0)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="production-stack-prefix",
        summary="the longest match of what was ever sent, whatever the load",
        source="production-stack src/vllm_router/routers/routing_logic.py @a6c01db0",
        choose=choose,
        parameters={"seed": 0},
        index=Index(),
    )
