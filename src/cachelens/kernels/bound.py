"""The least that caching can cost: each token of each request plain, written or read, knowing the future.

Each node of the prefix tree is looked at alone. Its accesses are the requests that pass through it, in order of time
within a scope. A token can be read if the access before wrote it, for a lifetime that lasts until now, or read it.
What ties the nodes of a request together (marks, their number, look-back, smallest prefixes) is left out, and so is
what a longer lifetime of a later mark costs. All that only lowers the sum, so no policy is cheaper.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import kernel

PLAIN, READ = 0, 1
WRITE_FROM = 2
"""Choices: plain, read, and one for each class of writes."""


@kernel
def accesses(order: Any, leaf: Any, parent: Any) -> Any:
    """Return where each node's accesses begin, shape (nodes + 1,), and the requests, in `order` within a node."""
    start = np.zeros(len(parent) + 1, dtype=np.int64)
    for place in range(len(order)):
        node = leaf[order[place]]
        while node != 0:
            start[node + 1] += 1
            node = parent[node]
    for node in range(len(parent)):
        start[node + 1] += start[node]
    free = start[:-1].copy()
    request = np.zeros(start[len(parent)], dtype=np.int32)
    for place in range(len(order)):
        i = order[place]
        node = leaf[i]
        while node != 0:
            request[free[node]] = i
            free[node] += 1
            node = parent[node]
    return start, request


@kernel
def least(
    start: Any,
    request: Any,
    scope: Any,
    arrived: Any,
    basis: Any,
    parent: Any,
    ends: Any,
    outside: Any,
    plain: Any,
    read: Any,
    write: Any,
    lasts: Any,
) -> Any:
    """Return int64 rows per request: tokens read, then tokens written of each class.

    `start` and `request` are those of `accesses`. Per request: prices of a `plain` and a `read` token and, by class,
    of a written one (`write`, shape (classes, requests)), as integers of one unit; `lasts`, of the same shape, how
    long a write lives in microseconds (-1: not to be had); tokens known to be read from `outside` the log.
    """
    classes = len(write)
    result = np.zeros((len(scope), 1 + classes), dtype=np.int64)
    room = 0
    for node in range(1, len(parent)):
        room = max(room, start[node + 1] - start[node])
    dead_choice = np.zeros(room, dtype=np.int8)
    goes_on = np.zeros(room, dtype=np.bool_)
    for node in range(1, len(parent)):
        first, stop = start[node], start[node + 1]
        dead, alive = np.int64(0), np.int64(0)
        for place in range(stop - 1, first - 1, -1):
            i = request[place]
            last = place + 1 == stop or scope[request[place + 1]] != scope[i]
            if last:
                dead, alive = np.int64(0), np.int64(0)
            gap = np.int64(0) if last else arrived[request[place + 1]] - arrived[i]
            longest = np.int64(-1)
            for c in range(classes):
                longest = max(longest, lasts[c, i])
            stays = not last and gap <= longest
            goes_on[place - first] = stays
            after_read = read[i] + (alive if stays else dead)
            choice, best = PLAIN, plain[i] + dead
            for c in range(classes):
                if lasts[c, i] >= 0:
                    cost = write[c, i] + (alive if not last and gap <= lasts[c, i] else dead)
                    if cost < best:
                        choice, best = WRITE_FROM + c, cost
            if ends[basis[i], parent[node]] < outside[i] and after_read < best:
                choice, best = READ, after_read
            dead_choice[place - first] = choice
            dead, alive = best, after_read
        is_alive = False
        for place in range(first, stop):
            i = request[place]
            if place > first and scope[request[place - 1]] != scope[i]:
                is_alive = False
            tokens = ends[basis[i], node] - ends[basis[i], parent[node]]
            choice = READ if is_alive else dead_choice[place - first]
            if choice == READ:
                result[i, 0] += tokens
                is_alive = goes_on[place - first]
            elif choice >= WRITE_FROM:
                c = choice - WRITE_FROM
                result[i, 1 + c] += tokens
                last = place + 1 == stop or scope[request[place + 1]] != scope[i]
                is_alive = not last and arrived[request[place + 1]] - arrived[i] <= lasts[c, i]
    return result
