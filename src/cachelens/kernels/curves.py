"""Stack distances of an LRU cache, run by run: every capacity in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.fleet_arrays import prompt_of
from cachelens.kernels.shim import kernel


@kernel
def tree_add(tree: Any, place: int, value: int) -> None:
    """Add to one entry of a Fenwick tree; entries count from 0."""
    place += 1
    while place < len(tree):
        tree[place] += value
        place += place & -place


@kernel
def tree_sum(tree: Any, place: int) -> int:
    """Return the sum of the entries before `place`."""
    total = 0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@kernel
def distances(picked: Any, requests: Any, findable: Any, stop: Any) -> Any:
    """Return int64 rows of two: blocks that are found in a row, and the blocks used more recently than the first.

    One cache serves the `picked` requests in this order, one at a time. A block is found by every cache that holds more
    blocks than were used more recently. The order of use is that of vLLM: what a request held is used when it ends, its
    first block last. `findable` gives the blocks of each prompt that may be found, `stop` says where in `runs` the runs
    of its answer end that are used too.
    """
    start, runs, length, first = requests.start, requests.runs, requests.length, requests.answer_first
    touches = 0
    for i in picked:
        touches += start[i + 1] - start[i] + stop[i] - first[i]
    tree = np.zeros(touches + 1, dtype=np.int64)
    used = np.full(len(length), -1, dtype=np.int64)
    result = np.empty((touches, 2), dtype=np.int64)
    rows, now, total = 0, 0, 0
    for i in picked:
        left = findable[i]
        for run in prompt_of(requests, i):
            if used[run] < 0 or left <= 0:
                break
            result[rows, 0] = min(left, length[run])
            result[rows, 1] = total - tree_sum(tree, used[run] + 1)
            rows += 1
            left -= length[run]
        answer = stop[i] - first[i]
        prompt = start[i + 1] - start[i]
        for step in range(prompt + answer - 1, -1, -1):
            run = runs[start[i] + step] if step < prompt else runs[first[i] + step - prompt]
            if used[run] >= 0:
                tree_add(tree, used[run], -length[run])
            else:
                total += length[run]
            used[run] = now
            tree_add(tree, now, length[run])
            now += 1
    return result[:rows]
