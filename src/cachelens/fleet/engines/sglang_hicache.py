"""SGLang with HiCache: what is inserted into the tree is also written to the host's memory.

A prompt is looked up in both; what the host has beyond the device is loaded back and costs time as the latency says
(`PER_LOADED`). The host is written through: it gets whole prompts when they are computed and answers when they end,
and by default holds twice what the device does, least recently used first out.

Left out: the host drops blocks from the ends of prefixes, not whole nodes; `write_through_selective`, `write_back` and
storage behind the host.
Source: sglang/srt/mem_cache of SGLang 0.5.23 (`hicache_ratio` 2.0, write policy `write_through`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cachelens.fleet.engines import host, radix
from cachelens.fleet.engines.base import LOADED, Engine, Loops
from cachelens.fleet.engines.host import store
from cachelens.fleet.engines.pool import blocks_of, found
from cachelens.fleet.engines.sglang import admit as device_admit
from cachelens.fleet.engines.sglang import finish as device_finish
from cachelens.fleet.engines.sglang import grow
from cachelens.fleet.engines.sglang import match as device_match
from cachelens.kernels.shim import kernel

_HOST: Final = radix.OWN
"""Where the host's memory begins."""


@kernel
def match(memory: Any, runs: Any, length: Any, most: int) -> int:
    """See `Engine`."""
    return max(
        device_match(memory, runs, length, most),
        found(memory[memory[_HOST] :], runs, length, most),
    )


@kernel
def admit(memory: Any, runs: Any, length: Any, tokens: int, size: int, need: int, time: int, evicted: Any) -> int:
    """See `Engine`."""
    far = found(memory[memory[_HOST] :], runs, length, (tokens - 1) // size)
    hit = device_admit(memory, runs, length, tokens, size, need, time, evicted)
    if hit < 0:
        return -1
    memory[LOADED] = max(0, far - hit // size)
    store(memory[memory[_HOST] :], runs, length, blocks_of(runs, length), np.zeros(1, np.int32))
    return int(hit + memory[LOADED] * size)


@kernel
def finish(memory: Any, runs: Any, length: Any, answer: Any, need: int, time: int) -> None:
    """See `Engine`."""
    device_finish(memory, runs, length, answer, need, time)
    path = np.concatenate((runs, answer))
    store(memory[memory[_HOST] :], path, length, blocks_of(path, length), np.zeros(1, np.int32))


def engine(ratio: float = 2.0) -> Engine:
    """Return the engine with a host that holds `ratio` times what the device does, its loops compiled."""

    def cells(capacity: int, runs: int) -> int:
        return radix.cells(capacity, runs) + host.cells(ratio, capacity, runs)

    def prepare(memory: Any, capacity: int, runs: int) -> None:
        own = radix.cells(capacity, runs)
        radix.prepare(memory[:own], capacity, runs)
        host.prepare(memory, ratio, capacity, runs)
        memory[_HOST] = own

    return Engine.compiled(
        id="sglang-hicache",
        source="sglang/srt/mem_cache, write-through host (SGLang 0.5.23)",
        cells=cells,
        prepare=prepare,
        loops=Loops(match, admit, grow, finish),
    )
