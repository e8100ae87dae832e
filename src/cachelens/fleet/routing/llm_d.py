"""What the two llm-d policies share: the scorers of load, and the pick of the highest sum."""

from __future__ import annotations

from typing import Any

from cachelens.fleet.routing.base import Load
from cachelens.kernels.routing import draw
from cachelens.kernels.shim import kernel

_ALIVE, _WAITING, _BUSY, _CAPACITY = int(Load.ALIVE), int(Load.WAITING), int(Load.BUSY_BLOCKS), int(Load.CAPACITY)
_LOAD_AWARE = 128.0
"""Waiting requests from which on the load-aware scorer gives nothing."""


@kernel
def highest(request: int, row: Any, nothing: float, full: float, load: Any, parameters: Any) -> int:
    """Return the replica with the highest weighted sum of scores, drawn where several have it.

    A match scores `(matched - nothing) / (full - nothing)`. Parameters: seed; weights of the prefix, of the queue
    `(most waiting - waiting) / (most - least)`, of the free part of the cache, and load-aware
    `0.5 * (1 - min(waiting, 128) / 128)`.
    """
    least_waiting, most_waiting = -1, 0
    for replica in range(load.shape[1]):
        if load[_ALIVE, replica]:
            most_waiting = max(most_waiting, load[_WAITING, replica])
            if least_waiting < 0 or load[_WAITING, replica] < least_waiting:
                least_waiting = load[_WAITING, replica]
    best, top, lowest = 0, -1.0, 0
    for replica in range(load.shape[1]):
        if not load[_ALIVE, replica]:
            continue
        waiting = load[_WAITING, replica]
        prefix = (row[replica] - nothing) / (full - nothing) if full > nothing else 1.0
        queue = (most_waiting - waiting) / (most_waiting - least_waiting) if most_waiting > least_waiting else 1.0
        free = 1.0 - min(1.0, load[_BUSY, replica] / max(1, load[_CAPACITY, replica]))
        aware = 0.5 * (1.0 - min(float(waiting), _LOAD_AWARE) / _LOAD_AWARE)
        score = parameters[1] * prefix + parameters[2] * queue + parameters[3] * free + parameters[4] * aware
        lot = draw(int(parameters[0]), request, replica)
        if score > top or (score == top and lot < lowest):
            best, top, lowest = replica, score, lot
    return best
