"""Oracle: sees every cache as it is, and keeps the work even. A yardstick, not a router.

The longest match alone is no ceiling: where most prompts begin alike, it sends all of them to one replica. The oracle
takes the longest match among the replicas that are not ahead with their work: those to which no more than `slack`
times the mean of uncached prompt tokens was sent so far, this prompt counted in. Of equal matches the one with the
least uncached tokens so far.

Formula: `argmax(cached)` over replicas with `work <= slack * (work in all + tokens) / replicas`, where a choice adds
`tokens - cached` to the work of its replica.

Parameters: `slack` (1.1). It decides request by request and knows no future, so that a policy may come out ahead by
luck; by how much work may differ, and thus what the hit rate may be, is set by `slack`.

Source: none. At least one replica is always within the bound, since the least work is at most the mean.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHOOSE, Load, Match, Policy
from cachelens.kernels.shim import handed, kernel

_ALIVE = int(Load.ALIVE)
_ENGINE = int(Match.ENGINE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the longest match among those that are not ahead."""
    replicas = load.shape[1]
    total, alive = tokens, 0
    for replica in range(replicas):
        if load[_ALIVE, replica]:
            total += memory[replica]
            alive += 1
    most = parameters[0] * total / max(1, alive)
    best = -1
    for replica in range(replicas):
        if not load[_ALIVE, replica] or memory[replica] > most:
            continue
        if (
            best < 0
            or match[_ENGINE, replica] > match[_ENGINE, best]
            or (match[_ENGINE, replica] == match[_ENGINE, best] and memory[replica] < memory[best])
        ):
            best = replica
    best = max(best, 0)
    memory[best] += tokens - match[_ENGINE, best]
    return int(best)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="oracle",
        summary="the longest match, as the caches really are, at even work",
        source="a yardstick, not a router",
        choose=handed(choose, CHOOSE),
        parameters={"slack": 1.1},
        sees_caches=True,
        is_ceiling=True,
        memory=lambda replicas, requests: replicas,  # noqa: ARG005 - as `Policy.memory` is asked
    )
