"""Oracle: knows every cache as it is, and takes the longest match; of equal ones the least loaded."""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHOOSE, Load, Match, Policy
from cachelens.kernels.shim import handed, kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)
_ENGINE = int(Match.ENGINE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the replica that has most of the prompt."""
    best = -1
    for replica in range(load.shape[1]):
        if not load[_ALIVE, replica]:
            continue
        if (
            best < 0
            or match[_ENGINE, replica] > match[_ENGINE, best]
            or (match[_ENGINE, replica] == match[_ENGINE, best] and load[_INFLIGHT, replica] < load[_INFLIGHT, best])
        ):
            best = replica
    return max(best, 0)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="oracle",
        summary="the longest match, as the caches really are",
        source="a ceiling, not a router",
        choose=handed(choose, CHOOSE),
        sees_caches=True,
        is_ceiling=True,
    )
