"""LMetric: new prefill work times load, the lowest.

Formula: `(tokens - matched) * (requests in flight + 1)`; of equal ones the fewest requests, then the least work, then
the smallest number. It has no parameter to tune: twice the work is worth as much as twice the load.

The match is what was sent where, in a tree of 2**26 characters a replica at 4 characters a token.

Source: LMetric (OSDI 2026, arXiv 2603.15202), as in sgl-project/sglang sgl-model-gateway/src/policies/lmetric.rs
@acaa759a. Left out: the tree is by blocks of the engine, not by characters.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHARACTERS, Index, Load, Match, Policy
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)
_ROUTER = int(Match.ROUTER)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the lowest product of work and load."""
    best, lowest, fewest = -1, 0, 0
    for replica in range(load.shape[1]):
        if not load[_ALIVE, replica]:
            continue
        here = load[_INFLIGHT, replica]
        score = (tokens - match[_ROUTER, replica]) * (here + 1)
        # at equal score and load the work is equal, too
        if best < 0 or score < lowest or (score == lowest and here < fewest):
            best, lowest, fewest = replica, score, here
    return max(best, 0)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="lmetric",
        summary="new prefill work times load",
        source="SGLang sgl-model-gateway/src/policies/lmetric.rs @acaa759a",
        choose=choose,
        index=Index(tokens=(1 << 26) // CHARACTERS),
    )
