"""vLLM V1: a pool of blocks, found by chained hash, evicted in the order in which they were let go.

Blocks of one run are let go together, the last first, and so stand together in the queue: a run is one entry of which
blocks are dropped from the end.

A request holds its blocks while it runs; when it ends they join the end of one queue, its last block first, so that the
tail goes before the head. Blocks without a hash (not full, or of unknown content) are reused before all others. Of a
prompt that is cached whole, the last block is computed again: hits are `min(cached, (tokens - 1) // size)` blocks.

Left out: a prompt that is cached whole holds its last block once, where vLLM holds a second copy while it runs.
Source: vllm/v1/core/block_pool.py and kv_cache_manager.py of vLLM 0.33.0.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cachelens.fleet.engines.base import ADMIT, BUSY, CACHED, CAPACITY, EVICTED, FINISH, LOADED, MATCH, STATE, Engine
from cachelens.kernels.shim import handed, kernel

_MASK: Final = STATE
"""Cells of the table of runs, less one."""
_OLDEST: Final = STATE + 1
_NEWEST: Final = STATE + 2
"""Ends of the queue of runs that nobody holds, -1 where it is empty."""
_QUEUED: Final = STATE + 3
"""Blocks in the queue."""
_SPARE: Final = STATE + 4
"""First unused slot, chained by `behind`; -1 for none."""
_SIZE: Final = STATE + 5
"""Slots; one for each run that can be cached."""
_SLOTS: Final = STATE + 6
"""From here on, a cell a slot: run, blocks present, holders, slot before and behind in the queue; then the table."""
_PRESENT, _HOLDERS, _BEFORE, _BEHIND, _TABLE = range(1, 6)


def cells(capacity: int, runs: int) -> int:
    """Return the cells of memory for a capacity in blocks and a number of distinct runs."""
    slots = min(capacity, runs)
    return _SLOTS + _TABLE * slots + _table_size(slots)


def _table_size(slots: int) -> int:
    return 1 << max(3, (2 * slots - 1).bit_length())


def prepare(memory: Any, capacity: int, runs: int) -> None:
    """Make a memory empty."""
    slots = min(capacity, runs)
    memory[:] = -1
    memory[CAPACITY] = capacity
    memory[BUSY] = memory[CACHED] = memory[EVICTED] = memory[LOADED] = memory[_QUEUED] = 0
    memory[_SIZE] = slots
    memory[_MASK] = _table_size(slots) - 1
    behind = memory[_SLOTS + _BEHIND * slots : _SLOTS + _TABLE * slots]
    behind[:-1] = np.arange(1, slots)
    memory[_SPARE] = 0 if slots else -1


@kernel
def place_of(memory: Any, run: int) -> int:
    """Return the cell of the table that holds a run, or the empty one where it would go."""
    mask = memory[_MASK]
    table = _SLOTS + _TABLE * memory[_SIZE]
    place = (np.int64(run) * 0x9E3779B1 >> 7) & mask
    while memory[table + place] >= 0 and memory[_SLOTS + memory[table + place]] != run:
        place = (place + 1) & mask
    return int(table + place)


@kernel
def forget(memory: Any, cell: int) -> None:
    """Empty a cell of the table, and move up what stands behind it."""
    mask = memory[_MASK]
    table = _SLOTS + _TABLE * memory[_SIZE]
    hole = cell - table
    place = (hole + 1) & mask
    while memory[table + place] >= 0:
        home = (np.int64(memory[_SLOTS + memory[table + place]]) * 0x9E3779B1 >> 7) & mask
        if ((place - home) & mask) >= ((place - hole) & mask):
            memory[table + hole] = memory[table + place]
            hole = place
        place = (place + 1) & mask
    memory[table + hole] = -1


@kernel
def unlink(memory: Any, slot: int) -> None:
    """Take a slot out of the queue."""
    size = memory[_SIZE]
    before, behind = memory[_SLOTS + _BEFORE * size + slot], memory[_SLOTS + _BEHIND * size + slot]
    if before >= 0:
        memory[_SLOTS + _BEHIND * size + before] = behind
    else:
        memory[_OLDEST] = behind
    if behind >= 0:
        memory[_SLOTS + _BEFORE * size + behind] = before
    else:
        memory[_NEWEST] = before
    memory[_QUEUED] -= memory[_SLOTS + _PRESENT * size + slot]


@kernel
def append(memory: Any, slot: int) -> None:
    """Put a slot at the end of the queue."""
    size = memory[_SIZE]
    newest = memory[_NEWEST]
    memory[_SLOTS + _BEFORE * size + slot] = newest
    memory[_SLOTS + _BEHIND * size + slot] = -1
    if newest >= 0:
        memory[_SLOTS + _BEHIND * size + newest] = slot
    else:
        memory[_OLDEST] = slot
    memory[_NEWEST] = slot
    memory[_QUEUED] += memory[_SLOTS + _PRESENT * size + slot]


@kernel
def evict(memory: Any, blocks: int, evicted: Any) -> None:
    """Drop blocks from the end of the run that was let go first, and so on."""
    size = memory[_SIZE]
    while blocks > 0:
        slot = memory[_OLDEST]
        run, present = memory[_SLOTS + slot], memory[_SLOTS + _PRESENT * size + slot]
        dropped = min(blocks, present)
        memory[_SLOTS + _PRESENT * size + slot] = present - dropped
        memory[_QUEUED] -= dropped
        memory[CACHED] -= dropped
        memory[EVICTED] += dropped
        blocks -= dropped
        if dropped == present:
            unlink(memory, slot)
            forget(memory, place_of(memory, run))
            memory[_SLOTS + _BEHIND * size + slot] = memory[_SPARE]
            memory[_SPARE] = slot
        if evicted[0] + 2 < len(evicted):
            evicted[evicted[0] + 1], evicted[evicted[0] + 2] = run, dropped
            evicted[0] += 2


@kernel
def hold(memory: Any, run: int, blocks: int) -> None:
    """Hold a run of so many blocks once more, all of it present from now on."""
    size = memory[_SIZE]
    cell = place_of(memory, run)
    slot = memory[cell]
    if slot < 0:
        slot = memory[_SPARE]
        memory[_SPARE] = memory[_SLOTS + _BEHIND * size + slot]
        memory[_SLOTS + slot] = run
        memory[_SLOTS + _PRESENT * size + slot] = memory[_SLOTS + _HOLDERS * size + slot] = 0
        memory[cell] = slot
    elif memory[_SLOTS + _HOLDERS * size + slot] == 0:
        unlink(memory, slot)
    memory[CACHED] += blocks - memory[_SLOTS + _PRESENT * size + slot]
    memory[_SLOTS + _PRESENT * size + slot] = blocks
    memory[_SLOTS + _HOLDERS * size + slot] += 1
    if memory[_SLOTS + _HOLDERS * size + slot] == 1:
        memory[BUSY] += blocks


@kernel
def release(memory: Any, run: int) -> None:
    """Let go of a run once."""
    size = memory[_SIZE]
    slot = memory[place_of(memory, run)]
    memory[_SLOTS + _HOLDERS * size + slot] -= 1
    if memory[_SLOTS + _HOLDERS * size + slot] == 0:
        append(memory, slot)
        memory[BUSY] -= memory[_SLOTS + _PRESENT * size + slot]


@kernel
def match(memory: Any, runs: Any, length: Any, most: int) -> int:
    """See `Engine`."""
    found = 0
    for run in runs:
        slot = memory[place_of(memory, run)]
        present = memory[_SLOTS + _PRESENT * memory[_SIZE] + slot] if slot >= 0 else 0
        found += present
        if present < length[run] or found >= most:
            break
    return min(found, most)


@kernel
def admit(memory: Any, runs: Any, length: Any, tokens: int, size: int, need: int, time: int, evicted: Any) -> int:
    """See `Engine`."""
    slots = memory[_SIZE]
    found, idle = 0, 0
    for run in runs:
        slot = memory[place_of(memory, run)]
        if slot < 0:
            break
        present = memory[_SLOTS + _PRESENT * slots + slot]
        found += present
        if memory[_SLOTS + _HOLDERS * slots + slot] == 0:
            idle += present
        if present < length[run]:
            break
    fresh = max(0, need - found)
    if fresh > memory[CAPACITY] - memory[BUSY] - idle:
        return -1
    # what is found is taken out of the queue before room is made, as it must not be evicted for this request
    held = 0
    for run in runs:
        cell = place_of(memory, run)
        slot = memory[cell]
        if slot < 0:
            break
        whole = memory[_SLOTS + _PRESENT * slots + slot] == length[run]
        hold(memory, run, memory[_SLOTS + _PRESENT * slots + slot])
        held += 1
        if not whole:
            break
    blank = memory[CAPACITY] - memory[BUSY] - memory[_QUEUED]
    evict(memory, fresh - blank, evicted)
    added = 0
    for place in range(len(runs)):
        run = runs[place]
        if place >= held:
            hold(memory, run, length[run])
            added += length[run]
        elif place == held - 1:
            slot = memory[place_of(memory, run)]
            more = length[run] - memory[_SLOTS + _PRESENT * slots + slot]
            memory[_SLOTS + _PRESENT * slots + slot] += more
            memory[CACHED] += more
            memory[BUSY] += more
            added += more
    memory[BUSY] += fresh - added
    return min(found, (tokens - 1) // size) * size


@kernel
def finish(memory: Any, runs: Any, length: Any, answer: Any, need: int, time: int) -> None:
    """See `Engine`."""
    blocks = 0
    for run in runs:
        blocks += length[run]
    memory[BUSY] -= max(0, need - blocks)
    for run in answer:
        hold(memory, run, length[run])
    for place in range(len(answer) - 1, -1, -1):
        release(memory, answer[place])
    for place in range(len(runs) - 1, -1, -1):
        release(memory, runs[place])


def engine() -> Engine:
    """Return the engine, its loops compiled."""
    return Engine(
        id="vllm",
        source="vllm/v1/core/block_pool.py, kv_cache_manager.py (vLLM 0.33.0)",
        block_size=16,
        cells=cells,
        match=handed(match, MATCH),
        admit=handed(admit, ADMIT),
        finish=handed(finish, FINISH),
        prepare=prepare,
    )
