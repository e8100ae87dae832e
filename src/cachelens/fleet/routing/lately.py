"""What two policies of the vLLM production-stack share: a ring of sessions, and who was sent the fewest requests
lately.
"""

from __future__ import annotations

from typing import Any, Final

from cachelens.fleet.routing.ring import ring_cells
from cachelens.kernels.fleet_arrays import ALIVE
from cachelens.kernels.routing import ANY, walk_ring
from cachelens.kernels.shim import kernel

LATELY_POINTS: Final = 160
"""Points of a replica on the ring."""


def lately_cells(replicas: int, requests: int) -> int:
    """Return the cells of a ring and, behind it, of a window with an entry a request."""
    return ring_cells(LATELY_POINTS)(replicas, requests) + 2 + replicas + 3 * requests


@kernel
def session_or_fewest(memory: Any, key: int, load: Any) -> int:
    """Return the replica of a session, or for a request without one that with the smallest sum in the window."""
    if key >= 0:
        return int(walk_ring(memory, key, load, ANY))
    sums = 3 + 2 * memory[0]
    best = -1
    for replica in range(load.shape[1]):
        if load[ALIVE, replica] and (best < 0 or memory[sums + replica] < memory[sums + best]):
            best = replica
    return int(max(best, 0))
