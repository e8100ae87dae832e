"""First-blocks hash: the beginning of the prompt decides, and nothing else.

Formula: `hash(first 1,024 tokens) mod replicas`, by whole blocks: the two first of 512 tokens, the 64 first of 16. A
prompt without a full block is hashed alone. While its replica is down, a request goes to the next.

Source: sharding by prefix, as any stateless balancer can do it; no ring, so that another number of replicas moves
nearly every prefix.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Key, Load, Policy
from cachelens.kernels.routing import position
from cachelens.kernels.shim import kernel

_ALIVE = int(Load.ALIVE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Send a request where its key says; while that replica is down, to the next."""
    replicas = load.shape[1]
    home = int(position(keys[request, 0]) % replicas)
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
        choose=choose,
        keys=(Key.PREFIX, Key.NONE),
        key_tokens=(1024, 0),
        is_load_blind=True,
    )
