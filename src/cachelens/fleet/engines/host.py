"""A second tier of memory behind an engine: prefixes in a pool of their own, least recently used first out.

Its memory is laid out as a pool's and stands behind the engine's own.
"""

from __future__ import annotations

from typing import Any, Final

from cachelens.fleet.engines import pool
from cachelens.fleet.engines.base import CAPACITY
from cachelens.fleet.engines.pool import PRESENT, at, evict, hold, release, room, slot_of
from cachelens.kernels.shim import kernel

_MOST_BLOCKS: Final = 2**31 - 1
"""What a cell of memory can count."""


def capacity_of(ratio: float, capacity: int) -> int:
    """Return the blocks of a tier that is so many times as large as the device."""
    return min(int(ratio * capacity), _MOST_BLOCKS)


def cells(ratio: float, capacity: int, runs: int) -> int:
    """Return the cells of memory of the tier."""
    return pool.cells(capacity_of(ratio, capacity), runs)


def prepare(memory: Any, ratio: float, capacity: int, runs: int) -> None:
    """Make the tier empty; `memory` is the engine's, and the tier its last cells."""
    size = cells(ratio, capacity, runs)
    pool.prepare(memory[len(memory) - size :], capacity_of(ratio, capacity), runs)


@kernel
def store(memory: Any, runs: Any, length: Any, blocks: int, evicted: Any) -> None:
    """Keep the first blocks of a chain, as many as fit, and count what was there already as used."""
    left = min(blocks, memory[CAPACITY])
    missing, count = 0, 0
    for run in runs:
        if left <= 0:
            break
        want = min(left, length[run])
        slot = slot_of(memory, run)
        if slot >= 0:
            missing += max(0, want - memory[at(slot, PRESENT)])
            hold(memory, run, 0)
        else:
            missing += want
        left -= want
        count += 1
    evict(memory, missing - room(memory), evicted)
    left = min(blocks, memory[CAPACITY])
    for place in range(count):
        want = min(left, length[runs[place]])
        slot = slot_of(memory, runs[place])
        hold(memory, runs[place], want)
        if slot >= 0:
            memory[at(slot, pool.HOLDERS)] -= 1
        left -= want
    for place in range(count - 1, -1, -1):
        release(memory, runs[place])
