"""vLLM production-stack `kvaware`: the replica whose cache holds nearly all of the prompt; else by session.

Formula: with the longest match in the caches, if `matched >= tokens - kv_aware_threshold`, its replica. Else the
replica of the session on a hash ring of 160 points a replica, and without a session the one that was sent the fewest
requests within `window_us`.

Parameters: `kv_aware_threshold` (2,000 tokens), `window_us` (60 seconds).

Source: vllm-project/production-stack src/vllm_router/routers/routing_logic.py @a6c01db0, KvawareRouter. A short
prompt is within the threshold with no match at all, and the source then has no replica to name: it goes by session.
Of several replicas with the longest match the source takes the first that the LMCache controller names; here the
smallest number. Left out: LMCache's chunks of 256 tokens and its delays; the caches are seen as they are, in blocks
of the engine.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Key, Load, Match, Policy
from cachelens.fleet.routing.lately import LATELY_POINTS, lately_cells, session_or_fewest
from cachelens.fleet.routing.ring import place_ring
from cachelens.kernels.routing import forget_window, note_window
from cachelens.kernels.shim import kernel

_ALIVE = int(Load.ALIVE)
_ENGINE = int(Match.ENGINE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the longest match if it is nearly all, or go by session."""
    replicas = load.shape[1]
    at = 1 + 2 * memory[0]
    forget_window(memory, at, replicas, now, int(parameters[1]))
    chosen = -1
    longest = 0
    for replica in range(replicas):
        if load[_ALIVE, replica] and match[_ENGINE, replica] > longest:
            chosen, longest = replica, match[_ENGINE, replica]
    if chosen < 0 or longest < tokens - parameters[0]:
        chosen = session_or_fewest(memory, keys[request, 0], load)
    note_window(memory, at, replicas, now, chosen, 1)
    return int(chosen)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="production-stack-kv",
        summary="the cache that holds nearly all of the prompt; else by session",
        source="production-stack src/vllm_router/routers/routing_logic.py @a6c01db0",
        choose=choose,
        parameters={"kv_aware_threshold": 2000, "window_us": 60_000_000},
        keys=(Key.SESSION, Key.NONE),
        sees_caches=True,
        memory=lately_cells,
        prepare=place_ring(LATELY_POINTS),
    )
