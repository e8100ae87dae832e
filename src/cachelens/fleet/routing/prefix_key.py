"""First-blocks hash: the beginning of the prompt decides, and nothing else."""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import CHOOSE, Key, Load, Policy
from cachelens.kernels.shim import handed, kernel

_ALIVE = int(Load.ALIVE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Send a request where its key says; while that replica is down, to the next."""
    replicas = load.shape[1]
    home = int(keys[request, 0] % replicas)
    for step in range(replicas):
        chosen = int((home + step) % replicas)
        if load[_ALIVE, chosen]:
            return chosen
    return home


def policy() -> Policy:
    """Return the policy over the first 1,024 tokens."""
    return Policy(
        id="first-blocks-hash",
        summary="a hash of the prompt's first 1,024 tokens",
        source="stateless sharding by prefix",
        choose=handed(choose, CHOOSE),
        keys=(Key.PREFIX, Key.NONE),
        key_tokens=(1024, 0),
        is_load_blind=True,
    )
