"""A radix tree of runs whose nodes are split where prompts part, and evicted whole, leaves first.

A node is a stretch of one or more runs of a path. It ends where a prompt or an answer ended or left another, so far: a
border, once set, stays. The memory begins with the cells of `base` and of `table`, then those named here, then slots of
runs, nodes, a heap of the leaves that nobody holds, and the table that finds a run's slot.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cachelens.fleet.engines.base import BUSY, CACHED, CAPACITY, EVICTED, LOADED
from cachelens.fleet.engines.pool import note
from cachelens.fleet.engines.table import AFTER, MASK, TABLE, place_in, table_size, take_out
from cachelens.kernels.shim import kernel

_NODES: Final = AFTER
_HEAP: Final = AFTER + 1
"""Where the nodes and the heap begin."""
_SPARE_SLOT: Final = AFTER + 2
_SPARE_NODE: Final = AFTER + 3
"""First unused ones, chained by `_ABOVE` and `_PARENT`; -1 for none."""
IDLE: Final = AFTER + 4
"""Blocks of nodes that nobody holds."""
_LEAVES: Final = AFTER + 5
"""Entries of the heap."""
_CLOCK: Final = AFTER + 6
"""Counts what happens, in place of time: no two things happen at once."""
EVICTION: Final = AFTER + 7
"""Which of `EVICTIONS`."""
OWN: Final = AFTER + 8
"""A cell that an engine may use for itself."""
_SLOTS: Final = AFTER + 9
_SLOT: Final = 4
_RUN, _NODE, _ABOVE = range(3)
"""Of a slot: run, node, slot before it on its path (-1: none)."""
_FIELDS: Final = 10
_TAIL, _PARENT, BLOCKS, LOCKS, _CHILDREN, _USED, HITS, _MADE, RANK, _PLACE = range(_FIELDS)
"""Of a node: its last slot, node above (-1: none), blocks, holders, nodes below, when it was last used, how often, when
it was made, its priority, and its place in the heap (-1: none)."""

LRU, LFU, FIFO, MRU, FILO, PRIORITY, SLRU = range(7)
EVICTIONS: Final = {"lru": LRU, "lfu": LFU, "fifo": FIFO, "mru": MRU, "filo": FILO, "priority": PRIORITY, "slru": SLRU}
_PROTECTED: Final = 2
"""Uses from which on a node is in the protected segment of `slru`."""


def cells(capacity: int, runs: int) -> int:
    """Return the cells of memory for a capacity in blocks and a number of distinct runs."""
    slots = min(capacity, runs)
    return _SLOTS + (_SLOT + _FIELDS + 1) * slots + table_size(slots)


def prepare(memory: Any, capacity: int, runs: int) -> None:
    """Make a memory empty."""
    slots = min(capacity, runs)
    memory[:] = -1
    memory[[BUSY, CACHED, EVICTED, LOADED, IDLE, _LEAVES, _CLOCK, EVICTION]] = 0
    memory[CAPACITY] = capacity
    memory[MASK] = table_size(slots) - 1
    memory[_NODES] = _SLOTS + _SLOT * slots
    memory[_HEAP] = memory[_NODES] + _FIELDS * slots
    memory[TABLE] = memory[_HEAP] + slots
    memory[_SLOTS + _ABOVE : _SLOTS + _SLOT * slots : _SLOT][:-1] = np.arange(1, slots)
    memory[memory[_NODES] + _PARENT : memory[_HEAP] : _FIELDS][:-1] = np.arange(1, slots)
    memory[_SPARE_SLOT] = memory[_SPARE_NODE] = 0 if slots else -1


@kernel
def part(slot: int, field: int) -> int:
    """Return the cell of a slot's field."""
    return _SLOTS + _SLOT * slot + field


@kernel
def of(memory: Any, node: int, field: int) -> int:
    """Return the cell of a node's field."""
    return int(memory[_NODES] + _FIELDS * node + field)


@kernel
def place_of(memory: Any, run: int) -> int:
    """Return the cell of the table that holds a run, or the empty one where it would go."""
    return place_in(memory, run, _SLOTS, _SLOT)


@kernel
def slot_of(memory: Any, run: int) -> int:
    """Return the slot of a run, -1 where it is not cached."""
    return int(memory[place_of(memory, run)])


@kernel
def node_of(memory: Any, run: int) -> int:
    """Return the node of a run, -1 where it is not cached."""
    slot = slot_of(memory, run)
    return int(memory[part(slot, _NODE)]) if slot >= 0 else -1


@kernel
def forget(memory: Any, slot: int) -> None:
    """Take a run out of the table, and spare its slot."""
    take_out(memory, slot, _SLOTS, _SLOT)
    memory[part(slot, _ABOVE)] = memory[_SPARE_SLOT]
    memory[_SPARE_SLOT] = slot


@kernel
def tick(memory: Any) -> int:
    """Let something happen; return its time."""
    memory[_CLOCK] += 1
    return int(memory[_CLOCK])


@kernel
def goes_before(memory: Any, one: int, other: int) -> bool:
    """Say whether a node is evicted before another."""
    eviction = memory[EVICTION]
    used, used_other = memory[of(memory, one, _USED)], memory[of(memory, other, _USED)]
    first, second = np.int32(0), np.int32(0)
    if eviction == LFU:
        first, second = memory[of(memory, one, HITS)], memory[of(memory, other, HITS)]
    elif eviction == PRIORITY:
        first, second = memory[of(memory, one, RANK)], memory[of(memory, other, RANK)]
    elif eviction == SLRU:
        first = np.int32(memory[of(memory, one, HITS)] >= _PROTECTED)
        second = np.int32(memory[of(memory, other, HITS)] >= _PROTECTED)
    elif eviction in (FIFO, FILO):
        used, used_other = memory[of(memory, one, _MADE)], memory[of(memory, other, _MADE)]
    if first != second:
        return bool(first < second)
    if eviction in (MRU, FILO):
        return bool(used > used_other)
    return bool(used < used_other)


@kernel
def settle(memory: Any, node: int) -> None:
    """Bring a node of the heap to its place, after what it is ordered by has changed."""
    heap = memory[_HEAP]
    place = memory[of(memory, node, _PLACE)]
    while place > 0:
        above = (place - 1) // 2
        if not goes_before(memory, node, memory[heap + above]):
            break
        memory[heap + place] = memory[heap + above]
        memory[of(memory, memory[heap + place], _PLACE)] = place
        place = above
    while True:
        below = 2 * place + 1
        if below >= memory[_LEAVES]:
            break
        if below + 1 < memory[_LEAVES] and goes_before(memory, memory[heap + below + 1], memory[heap + below]):
            below += 1
        if not goes_before(memory, memory[heap + below], node):
            break
        memory[heap + place] = memory[heap + below]
        memory[of(memory, memory[heap + place], _PLACE)] = place
        place = below
    memory[heap + place] = node
    memory[of(memory, node, _PLACE)] = place


@kernel
def update_leaf(memory: Any, node: int) -> None:
    """Put a node into the heap if it may be evicted, else take it out."""
    place = memory[of(memory, node, _PLACE)]
    may = memory[of(memory, node, LOCKS)] == 0 and memory[of(memory, node, _CHILDREN)] == 0
    if may and place < 0:
        memory[of(memory, node, _PLACE)] = memory[_LEAVES]
        memory[_LEAVES] += 1
        settle(memory, node)
    elif place >= 0 and not may:
        memory[_LEAVES] -= 1
        last = memory[memory[_HEAP] + memory[_LEAVES]]
        memory[of(memory, node, _PLACE)] = -1
        if last != node:
            memory[of(memory, last, _PLACE)] = place
            settle(memory, last)


@kernel
def make_node(memory: Any, parent: int, tail: int, blocks: int) -> int:
    """Make a node with no holders and nothing below."""
    node = memory[_SPARE_NODE]
    memory[_SPARE_NODE] = memory[of(memory, node, _PARENT)]
    now = tick(memory)
    memory[of(memory, node, _TAIL)], memory[of(memory, node, _PARENT)] = tail, parent
    memory[of(memory, node, BLOCKS)], memory[of(memory, node, LOCKS)] = blocks, 0
    memory[of(memory, node, _CHILDREN)], memory[of(memory, node, HITS)] = 0, 0
    memory[of(memory, node, _USED)] = memory[of(memory, node, _MADE)] = now
    memory[of(memory, node, RANK)], memory[of(memory, node, _PLACE)] = 0, -1
    return int(node)


@kernel
def split(memory: Any, runs: Any, length: Any, last: int) -> int:
    """Set a border behind `runs[last]`; return the node that ends there, new if there was none."""
    node = node_of(memory, runs[last])
    tail = slot_of(memory, runs[last])
    if memory[of(memory, node, _TAIL)] == tail:
        return node
    upper = make_node(memory, memory[of(memory, node, _PARENT)], tail, 0)
    blocks = 0
    place = last
    while place >= 0:
        slot = slot_of(memory, runs[place])
        if memory[part(slot, _NODE)] != node:
            break
        memory[part(slot, _NODE)] = upper
        blocks += length[runs[place]]
        place -= 1
    memory[of(memory, upper, BLOCKS)] = blocks
    memory[of(memory, upper, _CHILDREN)] = 1
    memory[of(memory, upper, LOCKS)] = memory[of(memory, node, LOCKS)]
    memory[of(memory, upper, HITS)] = memory[of(memory, node, HITS)]
    memory[of(memory, upper, RANK)] = memory[of(memory, node, RANK)]
    memory[of(memory, node, BLOCKS)] -= blocks
    memory[of(memory, node, _PARENT)] = upper
    return upper


@kernel
def walk(memory: Any, runs: Any, length: Any, stop: int, inserted: int, rank: int) -> int:
    """Go down the path of the first `stop` runs as far as it is cached; return how many of them are.

    Every node on the way is used now, and split where the path leaves it. Unless `inserted` is negative, the path is
    being inserted: nodes get at least the priority `rank`, and those that end more than `inserted` blocks from the
    start are hit once more.
    """
    now = tick(memory)
    blocks, place = 0, 0
    while place < stop:
        node = node_of(memory, runs[place])
        if node < 0:
            break
        memory[of(memory, node, _USED)] = now
        while place < stop and node_of(memory, runs[place]) == node:
            blocks += length[runs[place]]
            place += 1
        reached = split(memory, runs, length, place - 1)
        if inserted >= 0:
            memory[of(memory, reached, RANK)] = max(memory[of(memory, reached, RANK)], rank)
            if blocks > inserted:
                memory[of(memory, reached, HITS)] += 1
        if memory[of(memory, node, _PLACE)] >= 0:
            settle(memory, node)
        if reached != node:
            break
    return place


@kernel
def insert(memory: Any, runs: Any, length: Any, inserted: int, rank: int) -> int:
    """Insert a path; return the blocks that were not cached, which nobody holds yet."""
    known = walk(memory, runs, length, len(runs), inserted, rank)
    if known == len(runs):
        return 0
    above = slot_of(memory, runs[known - 1]) if known else -1
    parent = memory[part(above, _NODE)] if known else -1
    node = make_node(memory, parent, -1, 0)
    blocks = 0
    for place in range(known, len(runs)):
        slot = memory[_SPARE_SLOT]
        memory[_SPARE_SLOT] = memory[part(slot, _ABOVE)]
        memory[place_of(memory, runs[place])] = slot
        memory[part(slot, _RUN)], memory[part(slot, _NODE)] = runs[place], node
        memory[part(slot, _ABOVE)] = above
        above = slot
        blocks += length[runs[place]]
    memory[of(memory, node, _TAIL)], memory[of(memory, node, BLOCKS)] = above, blocks
    memory[of(memory, node, HITS)], memory[of(memory, node, RANK)] = 1, rank
    memory[IDLE] += blocks
    memory[CACHED] += blocks
    update_leaf(memory, node)
    if parent >= 0:
        memory[of(memory, parent, _CHILDREN)] += 1
        update_leaf(memory, parent)
    return blocks


@kernel
def lock(memory: Any, node: int, until: int, step: int) -> None:
    """Hold (`step` 1) or let go (-1) of a node and all above it, up to but not including `until`."""
    while node != until and node >= 0:
        before = memory[of(memory, node, LOCKS)]
        memory[of(memory, node, LOCKS)] = before + step
        if before == 0 or before + step == 0:
            memory[BUSY] += step * memory[of(memory, node, BLOCKS)]
            memory[IDLE] -= step * memory[of(memory, node, BLOCKS)]
            update_leaf(memory, node)
        node = memory[of(memory, node, _PARENT)]


@kernel
def evict(memory: Any, length: Any, blocks: int, evicted: Any) -> None:
    """Drop whole leaves until so many blocks are free, or more."""
    while blocks > 0:
        node = memory[memory[_HEAP]]
        gone = memory[of(memory, node, BLOCKS)]
        parent = memory[of(memory, node, _PARENT)]
        slot = memory[of(memory, node, _TAIL)]
        # a node with something below is no leaf, and so leaves the heap
        memory[of(memory, node, _CHILDREN)] = 1
        update_leaf(memory, node)
        while slot >= 0 and memory[part(slot, _NODE)] == node:
            run, above = memory[part(slot, _RUN)], memory[part(slot, _ABOVE)]
            note(evicted, run, length[run])
            forget(memory, slot)
            memory[part(slot, _NODE)] = -1
            slot = above
        memory[of(memory, node, _PARENT)] = memory[_SPARE_NODE]
        memory[_SPARE_NODE] = node
        memory[IDLE] -= gone
        memory[CACHED] -= gone
        memory[EVICTED] += gone
        if parent >= 0:
            memory[of(memory, parent, _CHILDREN)] -= 1
            update_leaf(memory, parent)
        blocks -= gone
