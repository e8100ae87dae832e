"""vLLM V1: a pool of blocks, found by chained hash, evicted in the order in which they were let go.

A request holds its blocks while it runs; when it ends they join the end of one queue, its last block first, so that the
tail goes before the head. Blocks of answers are cached like those of prompts, and blocks without a hash (those that are
not full) are reused before all others. Of a prompt that is cached whole, the last block is computed again: hits are
`min(cached, (tokens - 1) // size)` blocks. What must not share (model, adapter, cache salt) has runs of its own.

Left out: copies. vLLM computes a block that is cached already into a second one, under the same hash: the last block of
a prompt that ends with a block and is cached whole, and what two running answers have in common. Here there is one.
A replica has one block less than its capacity for itself (vLLM never uses one): take it off before.
Source: vllm/v1/core/block_pool.py and kv_cache_manager.py of vLLM 0.33.0.
"""

from __future__ import annotations

from typing import Any

from cachelens.fleet.engines.base import BUSY, CAPACITY, Engine, Loops
from cachelens.fleet.engines.pool import (
    blocks_of,
    cells,
    evict,
    found,
    found_idle,
    grow,
    hold,
    hold_found,
    hold_rest,
    prepare,
    release_all,
    room,
)
from cachelens.kernels.shim import kernel


@kernel
def match(memory: Any, runs: Any, length: Any, most: int) -> int:
    """See `Engine`."""
    return found(memory, runs, length, most)


@kernel
def admit(memory: Any, runs: Any, length: Any, tokens: int, size: int, need: int, time: int, evicted: Any) -> int:
    """See `Engine`."""
    total, idle = found_idle(memory, runs, length)
    fresh = max(0, need - total)
    if fresh > memory[CAPACITY] - memory[BUSY] - idle:
        return -1
    # what is found is taken out of the queue before room is made, as it must not be evicted for this request
    hold_found(memory, runs, length, total)
    evict(memory, fresh - room(memory), evicted)
    added = hold_rest(memory, runs, length, total)
    memory[BUSY] += fresh - added
    return int(min(total, (tokens - 1) // size) * size)


@kernel
def finish(memory: Any, runs: Any, length: Any, answer: Any, need: int, time: int) -> None:
    """See `Engine`."""
    memory[BUSY] -= max(0, need - blocks_of(runs, length))
    for run in answer:
        hold(memory, run, length[run])
    release_all(memory, answer)
    release_all(memory, runs)


def engine() -> Engine:
    """Return the engine, its loops compiled."""
    return Engine.compiled(
        id="vllm",
        source="vllm/v1/core/block_pool.py, kv_cache_manager.py (vLLM 0.33.0)",
        cells=cells,
        prepare=prepare,
        loops=Loops(match, admit, grow, finish),
    )
