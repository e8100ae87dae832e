"""Loops over the caches of a fleet: asked what they were asked before, and what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.fleet_arrays import answer_of, needed, prompt_of
from cachelens.kernels.shim import kernel

_WHOLE = 1 << 60


ADMITS, FINISHES, BREAKS_OFF = range(3)
"""What a cache is asked: to let a request in; to let it go, with its answer or without one."""


@kernel
def replay_calls(request: Any, kind: Any, counted: Any, requests: Any, caches: Any, hits: Any) -> None:
    """Ask the first of the caches, which has room for all, what it was asked, in order.

    Note the tokens hit by those `counted`.
    """
    pool, length, size = caches.pools[0], requests.length, requests.size
    evicted = np.zeros(64, dtype=np.int32)
    for place in range(len(request)):
        i = request[place]
        own, answer = prompt_of(requests, i), answer_of(requests, i)
        need = needed(requests.tokens[i], requests.output[i], size)
        if kind[place] == ADMITS:
            evicted[0] = 0
            hit = caches.admit(pool, own, length, requests.tokens[i], size, need, place, evicted)
            if counted[place]:
                hits[i] = hit
        else:
            caches.finish(pool, own, length, answer if kind[place] == FINISHES else answer[:0], need, place)


@kernel
def copies(requests: Any, caches: Any) -> Any:
    """Return how many blocks can be found in all pools together, and how many different ones.

    A pool that holds a part of a run holds its front, so of two parts the shorter one is the duplicate.
    """
    start, runs, length = requests.start, requests.runs, requests.length
    most = np.zeros(len(length), dtype=np.int64)
    have = np.zeros(len(length), dtype=np.int64)
    total = 0
    for replica in range(len(caches.pools)):
        have[:] = -1
        for i in range(len(start) - 1):
            if start[i] == start[i + 1] or have[runs[start[i + 1] - 1]] >= 0:
                continue
            own = prompt_of(requests, i)
            found = caches.match(caches.pools[replica], own, length, _WHOLE)
            for run in own:
                part = max(0, min(found, length[run]))
                found -= part
                if part > have[run]:
                    total += part - max(0, have[run])
                    have[run] = part
        for run in range(len(length)):
            most[run] = max(most[run], have[run])
    return total, most.sum()


@kernel
def hits_apart(order: Any, place: Any, requests: Any) -> Any:
    """Return the tokens that each request hits in caches without limit, one for each `place`.

    `order` has the requests of one place after those of another, each place's in order of arrival.
    """
    tokens, length, size = requests.tokens, requests.length, requests.size
    hits = np.zeros(len(tokens), dtype=np.int64)
    last = np.full(len(length), -1, dtype=np.int64)
    for i in order:
        own = prompt_of(requests, i)
        found = 0
        for run in own:
            if last[run] != place[i]:
                break
            found += length[run]
        hits[i] = min(found, (tokens[i] - 1) // size) * size
        for run in own:
            last[run] = place[i]
        for run in answer_of(requests, i):
            last[run] = place[i]
    return hits
