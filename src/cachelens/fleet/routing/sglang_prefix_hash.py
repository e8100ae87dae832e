"""SGLang `prefix_hash`: the first 256 tokens name a replica on a hash ring; while it is overloaded, the least loaded
takes the request.

Formula: the replica behind `hash(first 256 tokens)` on the ring, if `in flight <= load_factor * (in flight in all +
1) / replicas`; else the replica with the fewest requests in flight. That one always keeps to the bound, so that the
source's last resort, the first replica after all, never comes about.

Parameters: `load_factor` (1.25). 150 points a replica. The prefix is the blocks in which the 256 tokens lie.

Source: sgl-project/sglang sgl-model-gateway/src/policies/prefix_hash.rs @065f331f. Of equally loaded replicas the
smallest number, as there. Left out: its hash functions.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Key, Load, Policy
from cachelens.fleet.routing.ring import place_ring, ring_cells
from cachelens.kernels.routing import ANY, bound, least, position, walk_ring
from cachelens.kernels.shim import kernel

POINTS = 150
"""Points of a replica on the ring."""
_INFLIGHT = int(Load.INFLIGHT)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the replica of the prefix, or the least loaded."""
    home = walk_ring(memory, position(keys[request, 0]), load, ANY)
    if load[_INFLIGHT, home] <= bound(load, parameters[0]):
        return int(home)
    return int(least(load, _INFLIGHT))


def policy() -> Policy:
    """Return the policy over the first 256 tokens."""
    return Policy(
        id="sglang-prefix-hash",
        summary="a hash of the first 256 tokens; the least loaded when overloaded",
        source="SGLang sgl-model-gateway/src/policies/prefix_hash.rs @065f331f",
        choose=choose,
        parameters={"load_factor": 1.25},
        keys=(Key.PREFIX, Key.NONE),
        key_tokens=(256, 0),
        memory=ring_cells(POINTS),
        prepare=place_ring(POINTS),
    )
