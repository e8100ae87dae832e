"""Passes over the prefix tree, parents before children."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import compile_now, kernel


@kernel
def inherit(parent: Any, own: Any, need_parent: bool) -> Any:
    """Return for each node itself if `own`, else its parent's answer (see `prompts.trace`)."""
    result = np.zeros(len(parent), dtype=np.int32)
    for node in range(1, len(parent)):
        above = parent[node]
        if own[node] and (not need_parent or result[above] == above):
            result[node] = node
        else:
            result[node] = result[above]
    return result


@kernel
def accumulate(parent: Any, own: Any) -> Any:
    """Return for each node the sum of `own` along its path."""
    total = own.copy()
    for node in range(1, len(parent)):
        total[node] += total[parent[node]]
    return total


@kernel
def depths(parent: Any) -> Any:
    """Return each node's distance from the root; parents may stand behind children."""
    result = np.full(len(parent), -1, dtype=np.int32)
    result[0] = 0
    for start in range(1, len(parent)):
        steps = 0
        node = start
        while result[node] < 0:
            node = parent[node]
            steps += 1
        depth = result[node] + steps
        node = start
        while result[node] < 0:
            result[node] = depth
            depth -= 1
            node = parent[node]
    return result


@kernel
def nearest_kept(parent: Any, kept: Any) -> Any:
    """Return for each node the nearest proper ancestor that is kept; the root is."""
    result = np.zeros(len(parent), dtype=np.int32)
    for node in range(1, len(parent)):
        above = parent[node]
        result[node] = above if kept[above] else result[above]
    return result


@kernel
def deepest_seen(order: Any, scope: Any, leaf: Any, parent: Any) -> Any:
    """Return for each request the last node on its path that an earlier one of its scope had, 0 for none.

    `order` names the requests, grouped by scope and by arrival within one.
    """
    last = np.full(len(parent), -1, dtype=np.int64)
    result = np.zeros(len(leaf), dtype=np.int32)
    for place in range(len(order)):
        request = order[place]
        node = leaf[request]
        while node != 0 and last[node] != scope[request]:
            last[node] = scope[request]
            node = parent[node]
        result[request] = node
    return result


def warm() -> None:
    """Load the compiler and one loop, so that the first real call does not wait for it."""
    compile_now()
    depths(np.zeros(1, dtype=np.int32))
