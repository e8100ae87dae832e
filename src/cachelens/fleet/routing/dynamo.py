"""NVIDIA Dynamo KV router: the lowest cost of prefill and decoding together.

Formula, in tokens (the source counts blocks): `prefill_load_scale * max(0, queued + tokens - credit * cached) + in
flight + tokens + decode_active_request_weight * requests`, the lowest. `queued` are prompt tokens that the replica
still has to compute, `in flight` the prompt tokens of its requests. `credit` is `overlap_score_credit / (1 +
overlap_score_credit_decay * (queued - least queued) / tokens)`.

Parameters: `overlap_score_credit` (1), `overlap_score_credit_decay` (0), `prefill_load_scale` (1),
`decode_active_request_weight` (0, a weight of blocks in the source and of tokens here).

Source: ai-dynamo/dynamo lib/kv-router/src/scheduling/selector.rs @01690d42, defaults of KvRouterConfig 1.6.1, with
`use_kv_events`. Of equal costs the source takes whichever its hash map names first, by which its runs differ; here
the smallest number. Left out: temperature above 0; host and disk tiers; blocks that running requests share count for
each, and those of the answers do not; `queued` counts all of a prompt until its prefill begins, as what of it is
cached then is not known before.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Match, Policy
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT, _QUEUED = int(Load.ALIVE), int(Load.INFLIGHT), int(Load.QUEUED_TOKENS)
_INFLIGHT_TOKENS = int(Load.INFLIGHT_TOKENS)
_ENGINE = int(Match.ENGINE)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the lowest cost."""
    idle = -1
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica] and (idle < 0 or load[_QUEUED, replica] < load[_QUEUED, idle]):
            idle = replica
    best, lowest = -1, 0.0
    for replica in range(load.shape[1]):
        if not load[_ALIVE, replica]:
            continue
        queued = load[_QUEUED, replica]
        credit = parameters[0] / (1.0 + parameters[1] * (queued - load[_QUEUED, idle]) / max(1, tokens))
        cost = parameters[2] * max(0.0, queued + tokens - credit * match[_ENGINE, replica])
        cost += load[_INFLIGHT_TOKENS, replica] + tokens + parameters[3] * load[_INFLIGHT, replica]
        if best < 0 or cost < lowest:
            best, lowest = replica, cost
    return max(best, 0)


def policy() -> Policy:
    """Return the policy with its defaults."""
    return Policy(
        id="dynamo",
        summary="the lowest cost of uncached prefill and running requests",
        source="NVIDIA Dynamo lib/kv-router/src/scheduling/selector.rs @01690d42",
        choose=choose,
        parameters={
            "overlap_score_credit": 1,
            "overlap_score_credit_decay": 0,
            "prefill_load_scale": 1,
            "decode_active_request_weight": 0,
        },
        sees_caches=True,
    )
