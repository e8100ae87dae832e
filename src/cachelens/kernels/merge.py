"""Merges nodes of the prefix tree whose segments are taken for the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import kernel


@kernel
def merge_nodes(segment: Any, start: Any, split: Any, top: Any, same_as: Any) -> Any:
    """Return each node's number in the merged tree, and for each merged node the first old one that it stands for.

    Per node: `segment` (-1: none, never merged), `start` (of a message), `split` (a place within a segment), `top`
    (nearest ancestor that is no split). `same_as` maps each segment to the one it is taken for. Parents stand
    before children, in the result as well.
    """
    size = len(segment)
    room = 4
    while room < 2 * size:
        room *= 2
    table = np.full(room, -1, dtype=np.int32)
    number = np.zeros(size, dtype=np.int32)
    stands_for = np.zeros(size, dtype=np.int32)
    taken = np.full(size, -1, dtype=np.int64)
    above = np.full(size, -1, dtype=np.int32)
    count = 1
    for node in range(1, size):
        if split[node] or segment[node] < 0:
            number[node] = count
            stands_for[count] = node
            count += 1
            continue
        what = np.int64(same_as[segment[node]]) * 2 + start[node]
        below = number[top[node]]
        slot = (what * 1_000_003 + below * 7_919) & (room - 1)
        while table[slot] >= 0 and (taken[table[slot]] != what or above[table[slot]] != below):
            slot = (slot + 1) & (room - 1)
        if table[slot] < 0:
            table[slot] = count
            taken[count] = what
            above[count] = below
            stands_for[count] = node
            count += 1
        number[node] = table[slot]
    return number, stands_for[:count]
