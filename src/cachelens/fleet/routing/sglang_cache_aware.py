"""SGLang `cache_aware`: the replica that was sent the longest part of the prompt before, unless loads drift apart.

Formula: loads are imbalanced where `most - least > balance_abs_threshold` and `most > balance_rel_threshold * least`
requests in flight: then the least loaded. Else, with the longest match of the prompt in a tree of all that was sent
where: if `matched / prompt > cache_threshold`, its replica, else the least loaded. Either way the prompt is noted for
the replica that takes it.

Parameters: `cache_threshold`, `balance_abs_threshold`, `balance_rel_threshold`, and the size of the tree for each
replica (2**26 or 10,000 characters, at 4 characters a token). Two sets of defaults exist and both are here:
`sglang-cache-aware` has those of the command line (0.3, 64, 1.5; router_args.py of sglang-router 0.3.2),
`sglang-cache-aware-rust` those of the Rust library (0.5, 32, 1.1; sgl-model-gateway/src/policies/mod.rs).

Source: sgl-project/sglang sgl-model-gateway/src/policies/cache_aware.rs @b93974f1. Of several replicas with the
longest match the source takes whichever its hash map names first; here the smallest number. Left out: the tree is by
blocks of the engine, not by characters, so the rest of a block does not count as matched; it is cut at once when it
is too large, not every 30 or 60 seconds, and the end of a prompt goes before its beginning.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHARACTERS, Index, Load, Match, Policy
from cachelens.kernels.routing import least
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)
_ROUTER = int(Match.ROUTER)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the longest match, or the least loaded."""
    idle = least(load, _INFLIGHT)
    most = load[_INFLIGHT, idle]
    best = idle
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica]:
            most = max(most, load[_INFLIGHT, replica])
            if match[_ROUTER, replica] > match[_ROUTER, best] or (
                match[_ROUTER, replica] == match[_ROUTER, best] and replica < best
            ):
                best = replica
    fewest = load[_INFLIGHT, idle]
    if most - fewest > parameters[1] and most > parameters[2] * fewest:
        return int(idle)
    if match[_ROUTER, best] > parameters[0] * tokens:
        return int(best)
    return int(idle)


def policy() -> Policy:
    """Return the policy with the defaults of the command line."""
    return _policy("sglang-cache-aware", (0.3, 64, 1.5), 1 << 26)


def rust_policy() -> Policy:
    """Return the policy with the defaults of the Rust library."""
    return _policy("sglang-cache-aware-rust", (0.5, 32, 1.1), 10_000)


def _policy(identifier: str, thresholds: tuple[float, float, float], characters: int) -> Policy:
    names = ("cache_threshold", "balance_abs_threshold", "balance_rel_threshold")
    return Policy(
        id=identifier,
        summary="the longest match in a tree of what was sent, while loads are even",
        source="SGLang sgl-model-gateway/src/policies/cache_aware.rs @b93974f1",
        choose=choose,
        parameters=dict(zip(names, thresholds, strict=True)),
        index=Index(tokens=characters // CHARACTERS),
    )
