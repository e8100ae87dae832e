"""Two-tier: instructions that many sessions share live on a group of replicas, and each session on one replica of the
group.

Formula: the fleet is cut into groups of `group` replicas that stand together (the last ones take the rest); the group
is `hash(first 1,024 tokens) mod groups`, the replica in it `hash(session) mod size`. While that one has more than
`load_factor * (in flight in all + 1) / replicas` requests in flight, the least loaded of the group takes the request,
and while that one has too, the least loaded of all. So a prefix is held `group` times, not once a replica, and a
session's own history once.

Parameters: `group` (4), `load_factor` (1.25). A request without a known session is spread over the group at random.

Source: none; it is how a fleet is laid out by hand for a few long instructions, with the bounded loads of consistent
hashing (Mirrokni, Thorup, Zadimoghaddam 2016). Dead replicas are passed over like overloaded ones.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Key, Load, Policy
from cachelens.kernels.routing import bound, least, position
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT = int(Load.ALIVE), int(Load.INFLIGHT)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the session's replica in the prefix's group."""
    replicas = load.shape[1]
    groups = max(1, int(replicas // max(1.0, parameters[0])))
    group = position(keys[request, 0]) % groups
    first, behind = group * replicas // groups, (group + 1) * replicas // groups
    home = first + position(keys[request, 1]) % (behind - first)
    most = bound(load, parameters[1])
    if load[_ALIVE, home] and load[_INFLIGHT, home] <= most:
        return int(home)
    best = -1
    for replica in range(first, behind):
        if load[_ALIVE, replica] and (best < 0 or load[_INFLIGHT, replica] < load[_INFLIGHT, best]):
            best = replica
    if best >= 0 and load[_INFLIGHT, best] <= most:
        return int(best)
    return int(least(load, _INFLIGHT))


def policy() -> Policy:
    """Return the policy in groups of four."""
    return Policy(
        id="two-tier",
        summary="a group of replicas by prefix, a replica in it by session",
        source="prefixes on groups, sessions within them",
        choose=choose,
        parameters={"group": 4, "load_factor": 1.25},
        keys=(Key.PREFIX, Key.SESSION),
        key_tokens=(1024, 0),
    )
