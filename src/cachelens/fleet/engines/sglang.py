"""SGLang: a radix tree whose leaves are evicted whole.

A prompt is looked up but for its last token, then computed and inserted; what it was and what was inserted is locked,
up to the root, until the request ends. Then its answer is inserted, as a node of its own. A lookup splits the node
within which it ends. When room is short, whole leaves go, in an order that is a setting (`--radix-eviction-policy`):
`lru`, `lfu`, `fifo`, `mru`, `filo`, `slru` (two uses protect) or `priority` (a prompt that was answered goes after
answers and prompts that were not; requests themselves have no priorities here).

A block is a page. SGLang's default page is one token; the smallest here is 16. With pages of one token, a hit may be up
to 15 tokens longer, and every leaf up to 15 tokens larger, than with pages of 16; a node that is looked up whole is not
split before its last 16 tokens but before its last one.
Left out: prompts are inserted whole, not by chunk; a request that has to wait does not count as a use; room for the
answer is taken with the prompt; `tlru`.
Source: sglang/srt/mem_cache/radix_cache.py, evict_policy.py of SGLang 0.5.23.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from cachelens.errors import UsageError
from cachelens.fleet.engines.base import BUSY, CAPACITY, Engine, Loops
from cachelens.fleet.engines.pool import blocks_of
from cachelens.fleet.engines.radix import (
    EVICTION,
    EVICTIONS,
    IDLE,
    LOCKS,
    cells,
    evict,
    insert,
    lock,
    node_of,
    of,
    prepare,
    walk,
)
from cachelens.kernels.shim import kernel


@kernel
def leading(memory: Any, runs: Any, length: Any, most: int) -> Any:
    """Return how many leading runs are cached within `most` blocks, their blocks, and those that nobody holds."""
    count, blocks, idle = 0, 0, 0
    for run in runs:
        node = node_of(memory, run)
        if node < 0 or blocks + length[run] > most:
            break
        count += 1
        blocks += length[run]
        if memory[of(memory, node, LOCKS)] == 0:
            idle += length[run]
    return count, blocks, idle


@kernel
def match(memory: Any, runs: Any, length: Any, most: int) -> int:
    """See `Engine`."""
    _, blocks, _ = leading(memory, runs, length, most)
    return int(blocks)


@kernel
def admit(memory: Any, runs: Any, length: Any, tokens: int, size: int, need: int, time: int, evicted: Any) -> int:
    """See `Engine`."""
    count, blocks, idle = leading(memory, runs, length, (tokens - 1) // size)
    fresh = max(0, need - blocks)
    if fresh > memory[CAPACITY] - memory[BUSY] - idle:
        return -1
    walk(memory, runs, length, count, -1, 0)
    held = node_of(memory, runs[count - 1]) if count else -1
    lock(memory, held, -1, 1)
    evict(memory, length, fresh - (memory[CAPACITY] - memory[BUSY] - memory[IDLE]), evicted)
    insert(memory, runs, length, 0, 0)
    # what was computed belongs to the tree now; of a last block that was there already, the new copy is freed
    memory[BUSY] += fresh - (blocks_of(runs, length) - blocks)
    walk(memory, runs, length, len(runs), -1, 0)
    if len(runs):
        lock(memory, node_of(memory, runs[len(runs) - 1]), held, 1)
    return int(blocks * size)


@kernel
def grow(memory: Any, length: Any, blocks: int, evicted: Any) -> int:
    """See `Engine`."""
    if blocks > memory[CAPACITY] - memory[BUSY]:
        return 0
    evict(memory, length, blocks - (memory[CAPACITY] - memory[BUSY] - memory[IDLE]), evicted)
    memory[BUSY] += blocks
    return 1


@kernel
def finish(memory: Any, runs: Any, length: Any, answer: Any, need: int, time: int) -> None:
    """See `Engine`."""
    blocks = blocks_of(runs, length)
    memory[BUSY] -= max(0, need - blocks)
    if len(runs) == 0 and len(answer) == 0:
        return
    path = np.concatenate((runs, answer))
    insert(memory, path, length, blocks, 0)
    if len(answer) and len(runs):
        insert(memory, runs, length, blocks, 1)
    walk(memory, path, length, len(path), -1, 0)
    if len(runs):
        lock(memory, node_of(memory, runs[len(runs) - 1]), -1, -1)


def engine(eviction: str = "lru") -> Engine:
    """Return the engine with one order of eviction, its loops compiled; `UsageError` for an order it does not know."""
    if eviction not in EVICTIONS:
        raise UsageError(f"`{eviction}` is no order of eviction", hint=f"Choose from: {', '.join(EVICTIONS)}.")

    def empty(memory: Any, capacity: int, runs: int) -> None:
        prepare(memory, capacity, runs)
        memory[EVICTION] = EVICTIONS[eviction]

    return Engine.compiled(
        id="sglang" if eviction == "lru" else f"sglang-{eviction}",
        source="sglang/srt/mem_cache/radix_cache.py, evict_policy.py (SGLang 0.5.23)",
        cells=cells,
        prepare=empty,
        loops=Loops(match, admit, grow, finish),
    )


lfu = functools.partial(engine, "lfu")
fifo = functools.partial(engine, "fifo")
mru = functools.partial(engine, "mru")
filo = functools.partial(engine, "filo")
slru = functools.partial(engine, "slru")
priority = functools.partial(engine, "priority")
