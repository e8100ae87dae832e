"""vLLM production-stack `session`: a session stays on the replica that a hash ring gives it; what has no session goes
to the replica that was sent the fewest requests lately.

Formula: the first point of the ring that is not before `hash(session)`, 160 points a replica. Without a session: the
fewest requests sent within the last `window_us`; of equal ones the first.

Parameters: `window_us` (60 seconds, the default of `--request-stats-window`).

Source: vllm-project/production-stack src/vllm_router/routers/routing_logic.py @a6c01db0, SessionRouter; its ring is
that of uhashring (160 points). Left out: its hash function.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Key, Policy
from cachelens.fleet.routing.lately import LATELY_POINTS, lately_cells, session_or_fewest
from cachelens.fleet.routing.ring import place_ring
from cachelens.kernels.routing import forget_window, note_window
from cachelens.kernels.shim import kernel


@kernel
def choose(request: int, now: int, tokens: int, keys: Any, load: Any, match: Any, parameters: Any, memory: Any) -> int:
    """Take the replica of the session."""
    replicas = load.shape[1]
    at = 1 + 2 * memory[0]
    forget_window(memory, at, replicas, now, int(parameters[0]))
    chosen = session_or_fewest(memory, keys[request, 0], load)
    note_window(memory, at, replicas, now, chosen, 1)
    return int(chosen)


def policy() -> Policy:
    """Return the policy."""
    return Policy(
        id="production-stack-session",
        summary="a session stays on its replica; else the fewest requests lately",
        source="production-stack src/vllm_router/routers/routing_logic.py @a6c01db0",
        choose=choose,
        parameters={"window_us": 60_000_000},
        keys=(Key.SESSION, Key.NONE),
        memory=lately_cells,
        prepare=place_ring(LATELY_POINTS),
        is_load_blind=True,
    )
