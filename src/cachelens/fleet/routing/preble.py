"""Preble E2: exploit the cache where more of a prompt is cached than new, explore by cost where not.

Formula: the cost of a replica is `prefill_us * tokens not matched` summed over the requests sent there within
`window_us`, plus `prefill_us * tokens not matched` of this one, plus `decode_us * decode_tokens * in flight`. With
the longest match in a tree of what was sent: if `tokens - matched < matched`, the cheapest of the replicas that have
it (exploit), else the cheapest of all (explore). Where the chosen one has the highest cost of the window, and more
than `rebalance` times the lowest, the request goes to the replica with the lowest instead, which so comes to share
the prefix.

Parameters: `prefill_us` (50.3 microseconds a token) and `decode_us` (5,500 a step) from Preble's equation for
Mistral-7B on an A100 (model_equations.py), `decode_tokens` (45), `window_us` (3 minutes), `rebalance` (1.5; 0 turns
it off).

Source: Preble preble/global_scheduler_with_time.py @8e7906a3; 45 from AIBrix's port. Of equal costs the smallest
number. Left out: a request's cost is counted once where it was sent, where the source spreads a prefix's over the
replicas that have it; it moves whole prefixes, not requests; cost of eviction; the tree is by blocks of the engine,
is never cut, and does not know what the replicas evict.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Index, Load, Match, Policy
from cachelens.kernels.routing import forget_window, note_window
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)
_ROUTER = int(Match.ROUTER)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Exploit or explore."""
    replicas = load.shape[1]
    forget_window(memory, 0, replicas, now, int(parameters[3]))
    longest, heaviest, lightest = 0, -1, -1
    for replica in range(replicas):
        if load[_ALIVE, replica]:
            longest = max(longest, match[_ROUTER, replica])
            if heaviest < 0 or memory[2 + replica] > memory[2 + heaviest]:
                heaviest = replica
            if lightest < 0 or memory[2 + replica] < memory[2 + lightest]:
                lightest = replica
    exploit = tokens - longest < longest
    best, lowest = 0, -1.0
    for replica in range(replicas):
        if not load[_ALIVE, replica] or (exploit and match[_ROUTER, replica] < longest):
            continue
        cost = parameters[0] * (memory[2 + replica] + tokens - match[_ROUTER, replica])
        cost += parameters[1] * parameters[2] * load[_INFLIGHT, replica]
        if lowest < 0 or cost < lowest:
            best, lowest = replica, cost
    if parameters[4] and best == heaviest and memory[2 + best] > parameters[4] * memory[2 + lightest]:
        best = lightest
    note_window(memory, 0, replicas, now, best, tokens - match[_ROUTER, best])
    return int(best)


def policy() -> Policy:
    """Return the policy with its defaults."""
    return Policy(
        id="preble",
        summary="exploit what is mostly cached, explore by cost of the last minutes",
        source="Preble preble/global_scheduler_with_time.py @8e7906a3",
        choose=choose,
        parameters={
            "prefill_us": 50.3,
            "decode_us": 5500,
            "decode_tokens": 45,
            "window_us": 180_000_000,
            "rebalance": 1.5,
        },
        index=Index(),
        memory=lambda replicas, requests: 2 + replicas + 3 * requests,
    )
