"""TensorRT-LLM: a pool with levels of priority, and a host pool for what is evicted.

What a request lets go of joins the queue of its priority, its last block first; the lowest priority goes first, within
it what was let go first, and so only ends of prefixes go. Blocks have priority 35 unless retention says otherwise: here
the beginning of every prompt may have a higher one, for good or for a time, and answers a lower one. Blocks of priority
30 and more move to the host's pool when they are evicted, and back to the device, at a cost that the latency states
(`PER_LOADED`), when a prompt asks for them; the host's own eviction is by the same order.

Partial reuse finds part of a block. It is met by smaller blocks: with blocks of 16, the default here, a hit is up to 15
tokens short of partial reuse; with blocks of 32, TensorRT-LLM's default, it is what TensorRT-LLM does without. What of
a block was copied takes room once here, twice there: up to 31 tokens where prompts part.
Left out: the last, partly filled block of a request, which stays there and is free at once here; a run that begins
inside the retained tokens and ends behind them is retained whole; requests that store nothing.
Source: docs/source/features/kvcache.md, cpp/tensorrt_llm/batch_manager/evictionPolicy.cpp and kvCacheManager.cpp.
"""

from __future__ import annotations

import functools
from typing import Any, Final

from cachelens.errors import UsageError
from cachelens.fleet.engines import host, pool
from cachelens.fleet.engines.base import BUSY, CACHED, CAPACITY, LOADED, Engine, Loops
from cachelens.fleet.engines.pool import (
    EXPIRES,
    LEVEL,
    OLDEST,
    PRESENT,
    QUEUED,
    RUN,
    add,
    append,
    at,
    blocks_of,
    drop,
    forget,
    found,
    found_idle,
    hold,
    hold_found,
    hold_rest,
    next_out,
    note,
    release_all,
    room,
    slot_of,
    unlink,
)
from cachelens.kernels.shim import kernel

DEFAULT: Final = 35
HIGHEST: Final = 100
_OFFLOADED: Final = 30
"""Priorities: of blocks by default, the highest, and the least that moves to the host."""
_LOW, _MIDDLE, _HIGH = range(3)
"""Levels of answers below, of all at, and of the beginnings of prompts above the default priority."""
_HOST: Final = pool.OWN
"""Where the host's memory begins, 0 for none."""
_KEEPS_LOW: Final = pool.OWN + 1
"""1 where answers move to the host."""
_ANSWER: Final = pool.OWN + 2
"""Level of answers."""
_HEAD: Final = pool.OWN + 3
"""Tokens of the beginning of a prompt that are retained."""
_LASTS: Final = pool.OWN + 4
"""Milliseconds for which they are, 0 for good."""


@kernel
def host_found(memory: Any, runs: Any, length: Any, total: int) -> int:
    """Return how many blocks of a chain the host has behind the first `total`, which the device has."""
    if memory[_HOST] == 0:
        return 0
    tier = memory[memory[_HOST] :]
    more, left = 0, total
    for run in runs:
        missing = length[run] - max(0, min(left, length[run]))
        left -= length[run]
        if missing == 0:
            continue
        slot = slot_of(tier, run)
        present = tier[at(slot, PRESENT)] if slot >= 0 else 0
        more += present
        if present < missing:
            break
    return int(more)


@kernel
def take_back(memory: Any, runs: Any) -> None:
    """Take runs out of the host."""
    if memory[_HOST] == 0:
        return
    tier = memory[memory[_HOST] :]
    for run in runs:
        slot = slot_of(tier, run)
        if slot >= 0:
            present = tier[at(slot, PRESENT)]
            unlink(tier, slot)
            forget(tier, slot)
            tier[CACHED] -= present


@kernel
def offload(tier: Any, run: int, blocks: int, level: int) -> None:
    """Move blocks that the device drops from the end of a run to the host, in front of those of the run it has."""
    blocks = min(blocks, tier[CAPACITY])
    overflow = tier[CACHED] + blocks - tier[CAPACITY]
    while overflow > 0:
        overflow -= drop(tier, next_out(tier), overflow)
    if blocks <= 0:
        return
    slot = add(tier, run)
    if tier[at(slot, PRESENT)] == 0:
        tier[at(slot, LEVEL)] = level
        append(tier, slot)
    tier[at(slot, PRESENT)] += blocks
    tier[QUEUED] += blocks
    tier[CACHED] += blocks


@kernel
def evict(memory: Any, blocks: int, evicted: Any) -> None:
    """Drop blocks in the order of the queues, to the host where there is one and their priority is high enough."""
    while blocks > 0:
        slot = next_out(memory)
        run, level = memory[at(slot, RUN)], memory[at(slot, LEVEL)]
        dropped = drop(memory, slot, blocks)
        note(evicted, run, dropped)
        blocks -= dropped
        if memory[_HOST] > 0 and (level > _LOW or memory[_KEEPS_LOW]):
            offload(memory[memory[_HOST] :], run, dropped, level)


@kernel
def expire(memory: Any, now: int) -> None:
    """Let beginnings of prompts that were retained for a time fall back to the default priority."""
    while memory[_LASTS] > 0 and memory[OLDEST + _HIGH] >= 0:
        slot = memory[OLDEST + _HIGH]
        if memory[at(slot, EXPIRES)] > now:
            break
        unlink(memory, slot)
        memory[at(slot, LEVEL)] = _MIDDLE
        append(memory, slot)


@kernel
def match(memory: Any, runs: Any, length: Any, most: int) -> int:
    """See `Engine`."""
    total = found(memory, runs, length, most)
    return int(min(most, total + host_found(memory, runs, length, total)))


@kernel
def admit(memory: Any, runs: Any, length: Any, tokens: int, size: int, need: int, time: int, evicted: Any) -> int:
    """See `Engine`."""
    total, idle = found_idle(memory, runs, length)
    fresh = max(0, need - total)
    if fresh > memory[CAPACITY] - memory[BUSY] - idle:
        return -1
    expire(memory, time // 1000)
    most = (tokens - 1) // size
    loaded = min(most, total + host_found(memory, runs, length, total)) - min(most, total)
    hold_found(memory, runs, length, total)
    take_back(memory, runs)
    evict(memory, fresh - room(memory), evicted)
    added = hold_rest(memory, runs, length, total)
    memory[BUSY] += fresh - added
    place = 0
    for run in runs:
        memory[at(slot_of(memory, run), LEVEL)] = _HIGH if place < memory[_HEAD] else _MIDDLE
        place += length[run] * size
    memory[LOADED] = loaded
    return int((min(most, total) + loaded) * size)


@kernel
def grow(memory: Any, length: Any, blocks: int, evicted: Any) -> int:
    """See `Engine`."""
    if blocks > memory[CAPACITY] - memory[BUSY]:
        return 0
    evict(memory, blocks - room(memory), evicted)
    memory[BUSY] += blocks
    return 1


@kernel
def finish(memory: Any, runs: Any, length: Any, answer: Any, need: int, time: int) -> None:
    """See `Engine`."""
    memory[BUSY] -= max(0, need - blocks_of(runs, length))
    take_back(memory, answer)
    for run in answer:
        is_new = slot_of(memory, run) < 0
        slot = hold(memory, run, length[run])
        if is_new:
            memory[at(slot, LEVEL)] = memory[_ANSWER]
    for run in runs:
        memory[at(slot_of(memory, run), EXPIRES)] = time // 1000 + memory[_LASTS]
    release_all(memory, answer)
    release_all(memory, runs)


def engine(
    *,
    ratio: float = 0.0,
    answer_priority: int = DEFAULT,
    head_tokens: int = 0,
    head_priority: int = 100,
    head_ms: int = 0,
) -> Engine:
    """Return the engine, its loops compiled.

    The host holds `ratio` times what the device does. Answers have `answer_priority`; the first `head_tokens` of every
    prompt have `head_priority`, for `head_ms` from their last use (0: for good). `UsageError` unless answers have at
    most the default priority and beginnings at least that, for else what stands behind them would be lost.
    """
    if not 0 <= answer_priority <= DEFAULT <= head_priority <= HIGHEST:
        raise UsageError(
            f"priorities {answer_priority} of answers and {head_priority} of beginnings cannot be replayed",
            hint=f"Choose 0 to {DEFAULT} for answers and {DEFAULT} to {HIGHEST} for the beginnings of prompts.",
        )

    def cells(capacity: int, runs: int) -> int:
        return pool.cells(capacity, runs) + (host.cells(ratio, capacity, runs) if ratio else 0)

    def prepare(memory: Any, capacity: int, runs: int) -> None:
        own = pool.cells(capacity, runs)
        pool.prepare(memory[:own], capacity, runs)
        if ratio:
            host.prepare(memory, ratio, capacity, runs)
            memory[_HOST] = own
        memory[_KEEPS_LOW] = answer_priority >= _OFFLOADED
        memory[_ANSWER] = _LOW if answer_priority < DEFAULT else _MIDDLE
        memory[_HEAD] = head_tokens if head_priority > DEFAULT else 0
        memory[_LASTS] = head_ms

    return Engine.compiled(
        id="tensorrt-llm-host" if ratio else "tensorrt-llm",
        source="docs/source/features/kvcache.md, evictionPolicy.cpp, kvCacheManager.cpp (TensorRT-LLM)",
        cells=cells,
        prepare=prepare,
        loops=Loops(match, admit, grow, finish),
    )


with_host = functools.partial(engine, ratio=1.0)
