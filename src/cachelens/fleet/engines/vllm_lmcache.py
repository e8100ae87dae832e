"""vLLM with LMCache: what is computed for a prompt is also kept in the host's memory, in whole chunks.

A prompt is looked up in both; what the host has beyond the device is brought in, in whole chunks, and costs time as the
latency says (`PER_LOADED`). The host keeps the whole chunks of every prompt (answers are not saved by default), least
recently used first out. Room in the host is counted in blocks, and a chunk is dropped block by block: at any time one
chunk may be there in part, which is never found.
Source: lmcache/v1/config.py of LMCache 0.5.6 (`chunk_size` 256, `save_unfull_chunk` off, `cache_policy` lru).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cachelens.errors import UsageError
from cachelens.fleet.engines import host, pool
from cachelens.fleet.engines.base import LOADED, Engine, Loops
from cachelens.fleet.engines.host import store
from cachelens.fleet.engines.pool import blocks_of, found, grow
from cachelens.fleet.engines.vllm import admit as device_admit
from cachelens.fleet.engines.vllm import finish as device_finish
from cachelens.kernels.shim import kernel

_HOST: Final = pool.OWN
"""Where the host's memory begins."""
_CHUNK: Final = pool.OWN + 1
"""Tokens of a chunk."""
_SIZE: Final = pool.OWN + 2
"""Tokens of a block, 0 before the first request."""


@kernel
def in_chunks(memory: Any, blocks: int) -> int:
    """Return the blocks of whole chunks."""
    size = max(1, memory[_SIZE])
    return int(blocks * size // memory[_CHUNK] * memory[_CHUNK] // size)


@kernel
def far_blocks(memory: Any, runs: Any, length: Any, most: int) -> int:
    """Return how many leading blocks the host has in whole chunks, at most `most`."""
    return min(most, in_chunks(memory, found(memory[memory[_HOST] :], runs, length, 1 << 30)))


@kernel
def match(memory: Any, runs: Any, length: Any, most: int) -> int:
    """See `Engine`."""
    return max(
        found(memory, runs, length, most),
        far_blocks(memory, runs, length, most),
    )


@kernel
def admit(memory: Any, runs: Any, length: Any, tokens: int, size: int, need: int, time: int, evicted: Any) -> int:
    """See `Engine`."""
    before = memory[_SIZE]
    memory[_SIZE] = size
    far = far_blocks(memory, runs, length, (tokens - 1) // size)
    hit = device_admit(memory, runs, length, tokens, size, need, time, evicted)
    if hit < 0:
        memory[_SIZE] = before
        return -1
    memory[LOADED] = max(0, far - hit // size)
    store(memory[memory[_HOST] :], runs, length, in_chunks(memory, blocks_of(runs, length)), np.zeros(1, np.int32))
    return int(hit + memory[LOADED] * size)


@kernel
def finish(memory: Any, runs: Any, length: Any, answer: Any, need: int, time: int) -> None:
    """See `Engine`."""
    device_finish(memory, runs, length, answer, need, time)


def engine(ratio: float = 1.0, chunk: int = 256) -> Engine:
    """Return the engine with a host that holds `ratio` times what the device does, its loops compiled.

    `UsageError` for a chunk of no token.
    """
    if chunk < 1:
        raise UsageError("LMCache keeps chunks of at least one token", hint="its default is chunk=256")

    def cells(capacity: int, runs: int) -> int:
        return pool.cells(capacity, runs) + host.cells(ratio, capacity, runs)

    def prepare(memory: Any, capacity: int, runs: int) -> None:
        own = pool.cells(capacity, runs)
        pool.prepare(memory[:own], capacity, runs)
        host.prepare(memory, ratio, capacity, runs)
        memory[_HOST], memory[_CHUNK] = own, chunk

    return Engine.compiled(
        id="vllm-lmcache",
        source="vllm/v1/core (vLLM 0.33.0), lmcache/v1/config.py (LMCache 0.5.6)",
        cells=cells,
        prepare=prepare,
        loops=Loops(match, admit, grow, finish),
    )
