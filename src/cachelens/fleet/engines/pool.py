"""Runs of blocks in a pool: a table of what is cached, and queues of what nobody holds.

Blocks of one run are let go together, the last first, and so stand together in a queue: a run is one entry of which
blocks are dropped from the end. There is one queue for each level of priority; the lowest level goes first, and within
it what was let go first. Who holds a run holds all that stand before it, so what is cached is always prefixes.

The memory begins with the cells of `base` and of `table`, then those named here, then slots of `_FIELDS` cells, then
the table, which finds a run's slot.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cachelens.fleet.engines.base import BUSY, CACHED, CAPACITY, EVICTED, LOADED
from cachelens.fleet.engines.table import AFTER, MASK, TABLE, place_in, table_size, take_out
from cachelens.kernels.shim import kernel

LEVELS: Final = 4
"""Levels of priority, the lowest first."""
QUEUED: Final = AFTER
"""Blocks in the queues."""
_SPARE: Final = AFTER + 1
"""First unused slot, chained by `BEHIND`; -1 for none."""
OLDEST: Final = AFTER + 2
"""From here on the first slot of each level's queue, -1 where it is empty."""
_NEWEST: Final = OLDEST + LEVELS
"""From here on the last one."""
OWN: Final = _NEWEST + LEVELS
"""Cells that an engine may use for itself."""
_SLOTS: Final = OWN + 6
_FIELDS: Final = 8
RUN, PRESENT, HOLDERS, BEFORE, BEHIND, LEVEL, EXPIRES = range(7)
"""Of a slot: run, blocks present, holders, slot before and behind it in the queue, level, and when it falls back to
another level (engine's own unit)."""


def cells(capacity: int, runs: int) -> int:
    """Return the cells of memory for a capacity in blocks and a number of distinct runs."""
    slots = min(capacity, runs)
    return _SLOTS + _FIELDS * slots + table_size(slots)


def prepare(memory: Any, capacity: int, runs: int) -> None:
    """Make a memory empty."""
    slots = min(capacity, runs)
    memory[:] = -1
    memory[[BUSY, CACHED, EVICTED, LOADED, QUEUED]] = 0
    memory[CAPACITY] = capacity
    memory[MASK] = table_size(slots) - 1
    memory[TABLE] = _SLOTS + _FIELDS * slots
    memory[OWN:_SLOTS] = 0
    behind = memory[_SLOTS + BEHIND : _SLOTS + _FIELDS * slots : _FIELDS]
    behind[:-1] = np.arange(1, slots)
    memory[_SPARE] = 0 if slots else -1


@kernel
def at(slot: int, field: int) -> int:
    """Return the cell of a slot's field."""
    return _SLOTS + _FIELDS * slot + field


@kernel
def place_of(memory: Any, run: int) -> int:
    """Return the cell of the table that holds a run, or the empty one where it would go."""
    return place_in(memory, run, _SLOTS, _FIELDS)


@kernel
def slot_of(memory: Any, run: int) -> int:
    """Return the slot of a run, -1 where none of it is cached."""
    return int(memory[place_of(memory, run)])


@kernel
def forget(memory: Any, slot: int) -> None:
    """Take a run out of the table, and spare its slot."""
    take_out(memory, slot, _SLOTS, _FIELDS)
    memory[at(slot, BEHIND)] = memory[_SPARE]
    memory[_SPARE] = slot


@kernel
def unlink(memory: Any, slot: int) -> None:
    """Take a slot out of its queue."""
    before, behind, level = memory[at(slot, BEFORE)], memory[at(slot, BEHIND)], memory[at(slot, LEVEL)]
    if before >= 0:
        memory[at(before, BEHIND)] = behind
    else:
        memory[OLDEST + level] = behind
    if behind >= 0:
        memory[at(behind, BEFORE)] = before
    else:
        memory[_NEWEST + level] = before
    memory[QUEUED] -= memory[at(slot, PRESENT)]


@kernel
def append(memory: Any, slot: int) -> None:
    """Put a slot at the end of its level's queue."""
    level = memory[at(slot, LEVEL)]
    newest = memory[_NEWEST + level]
    memory[at(slot, BEFORE)] = newest
    memory[at(slot, BEHIND)] = -1
    if newest >= 0:
        memory[at(newest, BEHIND)] = slot
    else:
        memory[OLDEST + level] = slot
    memory[_NEWEST + level] = slot
    memory[QUEUED] += memory[at(slot, PRESENT)]


@kernel
def next_out(memory: Any) -> int:
    """Return the slot whose blocks are dropped next, -1 where nothing is queued."""
    for level in range(LEVELS):
        if memory[OLDEST + level] >= 0:
            return int(memory[OLDEST + level])
    return -1


@kernel
def drop(memory: Any, slot: int, blocks: int) -> int:
    """Drop at most so many blocks from the end of a queued run; return how many."""
    present = memory[at(slot, PRESENT)]
    dropped = min(blocks, present)
    if dropped == present:
        unlink(memory, slot)
        forget(memory, slot)
    else:
        memory[at(slot, PRESENT)] = present - dropped
        memory[QUEUED] -= dropped
    memory[CACHED] -= dropped
    memory[EVICTED] += dropped
    return int(dropped)


@kernel
def note(evicted: Any, run: int, blocks: int) -> None:
    """Note an eviction, if there is room."""
    if evicted[0] + 2 < len(evicted):
        evicted[evicted[0] + 1], evicted[evicted[0] + 2] = run, blocks
        evicted[0] += 2


@kernel
def evict(memory: Any, blocks: int, evicted: Any) -> None:
    """Drop blocks in the order of the queues."""
    while blocks > 0:
        slot = next_out(memory)
        run = memory[at(slot, RUN)]
        dropped = drop(memory, slot, blocks)
        note(evicted, run, dropped)
        blocks -= dropped


@kernel
def grow(memory: Any, length: Any, blocks: int, evicted: Any) -> int:
    """See `Engine`."""
    if blocks > memory[CAPACITY] - memory[BUSY]:
        return 0
    evict(memory, blocks - room(memory), evicted)
    memory[BUSY] += blocks
    return 1


@kernel
def add(memory: Any, run: int) -> int:
    """Return a run's slot, a new one without blocks, holders or place in a queue where it had none."""
    cell = place_of(memory, run)
    slot = memory[cell]
    if slot < 0:
        slot = memory[_SPARE]
        memory[_SPARE] = memory[at(slot, BEHIND)]
        memory[cell] = slot
        memory[at(slot, RUN)] = run
        memory[at(slot, PRESENT)] = memory[at(slot, HOLDERS)] = memory[at(slot, LEVEL)] = 0
    return int(slot)


@kernel
def hold(memory: Any, run: int, blocks: int) -> int:
    """Hold a run once more, with at least so many blocks present from now on; return its slot."""
    slot = add(memory, run)
    present = memory[at(slot, PRESENT)]
    if memory[at(slot, HOLDERS)] == 0:
        if present > 0:
            unlink(memory, slot)
        memory[BUSY] += present
    more = max(0, blocks - present)
    memory[at(slot, PRESENT)] = present + more
    memory[CACHED] += more
    memory[BUSY] += more
    memory[at(slot, HOLDERS)] += 1
    return slot


@kernel
def release(memory: Any, run: int) -> None:
    """Let go of a run once."""
    slot = slot_of(memory, run)
    memory[at(slot, HOLDERS)] -= 1
    if memory[at(slot, HOLDERS)] == 0:
        append(memory, slot)
        memory[BUSY] -= memory[at(slot, PRESENT)]


@kernel
def found(memory: Any, runs: Any, length: Any, most: int) -> int:
    """Return how many leading blocks of a chain are cached, at most `most`."""
    total = 0
    for run in runs:
        slot = slot_of(memory, run)
        present = memory[at(slot, PRESENT)] if slot >= 0 else 0
        total += present
        if present < length[run] or total >= most:
            break
    return int(min(total, most))


@kernel
def found_idle(memory: Any, runs: Any, length: Any) -> Any:
    """Return how many leading blocks of a chain are cached, and how many of them nobody holds."""
    total, idle = 0, 0
    for run in runs:
        slot = slot_of(memory, run)
        if slot < 0:
            break
        present = memory[at(slot, PRESENT)]
        total += present
        if memory[at(slot, HOLDERS)] == 0:
            idle += present
        if present < length[run]:
            break
    return total, idle


@kernel
def room(memory: Any) -> int:
    """Return the blocks that are neither held nor queued."""
    return int(memory[CAPACITY] - memory[BUSY] - memory[QUEUED])


@kernel
def hold_found(memory: Any, runs: Any, length: Any, total: int) -> None:
    """Hold what is cached of a chain, `total` leading blocks."""
    left = total
    for run in runs:
        if left <= 0:
            break
        hold(memory, run, 0)
        left -= length[run]


@kernel
def hold_rest(memory: Any, runs: Any, length: Any, total: int) -> int:
    """Hold what is not cached of a chain, behind `total` blocks that are held already; return how many blocks."""
    left, added = total, 0
    for run in runs:
        if left <= 0:
            hold(memory, run, length[run])
            added += length[run]
        elif left < length[run]:
            slot = slot_of(memory, run)
            more = length[run] - left
            memory[at(slot, PRESENT)] += more
            memory[CACHED] += more
            memory[BUSY] += more
            added += more
        left -= length[run]
    return int(added)


@kernel
def release_all(memory: Any, runs: Any) -> None:
    """Let go of a chain, its last run first."""
    for place in range(len(runs) - 1, -1, -1):
        release(memory, runs[place])


@kernel
def blocks_of(runs: Any, length: Any) -> int:
    """Return the blocks of a chain."""
    total = 0
    for run in runs:
        total += length[run]
    return int(total)
