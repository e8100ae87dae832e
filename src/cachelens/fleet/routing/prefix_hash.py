"""Prefix hash with bounded load, as KubeAI has it: the beginning of the prompt names a place on a hash ring, and the
first replica from there on that is not overloaded takes the request.

Formula: walk the ring clockwise from `hash(first 100 characters)`; take the first replica with `in flight <=
load_factor * (in flight in all + 1) / replicas`. At least one always is.

Parameters: `load_factor` (1.25). The prefix is 100 characters, 25 tokens at 4 characters a token; the smallest prefix
that a trace tells apart is one block, so that it is the blocks in which those tokens lie. 256 points a replica.

Source: KubeAI internal/loadbalancer/balance_chwbl.go @2f32ef49. Left out: the name of an adapter in the key; the key
is taken from the whole prompt, where KubeAI takes the first user message; its hash function.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHARACTERS, Key, Policy
from cachelens.fleet.routing.ring import place_ring, ring_cells
from cachelens.kernels.routing import bound, position, walk_ring
from cachelens.kernels.shim import kernel

POINTS = 256
"""Points of a replica on the ring."""


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the first replica behind the prefix that has room."""
    return int(walk_ring(memory, position(keys[request, 0]), load, bound(load, parameters[0])))


def policy() -> Policy:
    """Return the policy over the first 100 characters."""
    return Policy(
        id="prefix-hash",
        summary="a hash of the first 100 characters, with bounded load",
        source="KubeAI internal/loadbalancer/balance_chwbl.go @2f32ef49",
        choose=choose,
        parameters={"load_factor": 1.25},
        keys=(Key.PREFIX, Key.NONE),
        key_tokens=(100 // CHARACTERS, 0),
        memory=ring_cells(POINTS),
        prepare=place_ring(POINTS),
    )
