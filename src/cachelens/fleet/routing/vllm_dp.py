"""vLLM data parallel: the engine with the lowest score of load; prefixes do not count.

Formula: `max(clients * in flight, waiting + running) + waiting * waiting_weight * max(0, kv usage - 0.5)`, the
lowest; of equal ones the first from a start that moves on with every request. The engines report waiting, running and
usage every 100 ms.

Parameters: `clients` (1: routers in front of the same engines), `waiting_weight` (6).

Source: vllm-project/vllm vllm/v1/engine/core_client.py, DPLBAsyncMPClient.get_core_engine_for_request @00080ee1.
Older releases took `4 * waiting + running`. In a replay without time nothing waits.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load, Policy
from cachelens.kernels.shim import kernel

_ALIVE, _INFLIGHT, _WAITING, _RUNNING = int(Load.ALIVE), int(Load.INFLIGHT), int(Load.WAITING), int(Load.RUNNING)
_BUSY, _CAPACITY = int(Load.BUSY_BLOCKS), int(Load.CAPACITY)


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the lowest score, from a moving start."""
    replicas = load.shape[1]
    start = memory[0] % replicas
    memory[0] += 1
    best, lowest = 0, -1.0
    for step in range(replicas):
        replica = (start + step) % replicas
        if not load[_ALIVE, replica]:
            continue
        waiting = load[_WAITING, replica]
        usage = min(1.0, load[_BUSY, replica] / max(1, load[_CAPACITY, replica]))
        score = max(parameters[0] * load[_INFLIGHT, replica], float(waiting + load[_RUNNING, replica]))
        score += waiting * parameters[1] * max(0.0, usage - 0.5)
        if lowest < 0 or score < lowest:
            best, lowest = replica, score
    return int(best)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="vllm-dp",
        summary="vLLM's own balance over data-parallel engines",
        source="vLLM vllm/v1/engine/core_client.py @00080ee1",
        choose=choose,
        parameters={"clients": 1, "waiting_weight": 6},
        refresh_us=100_000,
    )
