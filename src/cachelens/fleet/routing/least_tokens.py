"""Least tokens: the replica with the fewest prompt tokens in flight.

Formula: `argmin(prompt tokens of requests sent and not ended)`, as the router counts them itself; of equal ones the
smallest number. Prompts differ in length far more than in number, so it balances better than counting requests.

Source: SGLang sgl-model-gateway/src/policies/dp_min_token.rs. Left out: tokens of the answers, which a router learns
only as they come.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Policy
from cachelens.kernels.routing import least
from cachelens.kernels.shim import kernel

_INFLIGHT_TOKENS = int(Load.INFLIGHT_TOKENS)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the replica with the fewest tokens."""
    return int(least(load, _INFLIGHT_TOKENS))


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="least-tokens",
        summary="the replica with the fewest prompt tokens in flight",
        source="SGLang sgl-model-gateway/src/policies/dp_min_token.rs",
        choose=choose,
    )
