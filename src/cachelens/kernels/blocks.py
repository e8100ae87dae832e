"""Paths of the prefix tree as chains of runs: blocks that every request has together or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import kernel


@kernel
def followers(leaf: Any, parent: Any, full: Any) -> Any:
    """Return for each request the next one that holds all its full blocks and more, -1 for none.

    `full` gives for each node the whole blocks from the start of the prompt to its end.
    """
    later = np.full(len(parent), -1, dtype=np.int32)
    result = np.full(len(leaf), -1, dtype=np.int64)
    for i in range(len(leaf) - 1, -1, -1):
        node = leaf[i]
        while node != 0 and full[node] == full[parent[node]]:
            node = parent[node]
        if node != 0:
            other = later[node]
            if other >= 0 and full[leaf[other]] > full[leaf[i]]:
                result[i] = other
        node = leaf[i]
        while node != 0:
            later[node] = i
            node = parent[node]
    return result


@kernel
def answer_cuts(leaf: Any, parent: Any, full: Any, follower: Any, stop: Any) -> Any:
    """Return for each request the node of its follower within which its answer's last full block ends, 0 for none.

    `stop` gives the whole blocks of each request's prompt and answer.
    """
    result = np.zeros(len(leaf), dtype=np.int32)
    for i in range(len(leaf)):
        if follower[i] < 0 or stop[i] <= full[leaf[i]]:
            continue
        node = leaf[follower[i]]
        while node != 0 and full[parent[node]] >= stop[i]:
            node = parent[node]
        if node != 0 and full[node] > stop[i]:
            result[i] = node
    return result


@kernel
def chains(leaf: Any, parent: Any, first: Any, count: Any) -> Any:
    """Return where each request's runs begin, shape (requests + 1,), and the runs in a row.

    A node's runs are `first[node]` and the `count[node]` - 1 behind it.
    """
    start = np.zeros(len(leaf) + 1, dtype=np.int64)
    for i in range(len(leaf)):
        node = leaf[i]
        runs = 0
        while node != 0:
            runs += count[node]
            node = parent[node]
        start[i + 1] = start[i] + runs
    result = np.empty(start[len(leaf)], dtype=np.int32)
    for i in range(len(leaf)):
        node = leaf[i]
        place = start[i + 1]
        while node != 0:
            for run in range(count[node] - 1, -1, -1):
                place -= 1
                result[place] = first[node] + run
            node = parent[node]
    return start, result


@kernel
def answer_ends(start: Any, runs: Any, length: Any, full: Any, follower: Any, stop: Any) -> Any:
    """Return for each request where in `runs` the runs of its answer end; they begin behind its own in its follower.

    `full` gives the whole blocks of each request's prompt.
    """
    result = np.zeros(len(follower), dtype=np.int64)
    for i in range(len(follower)):
        if follower[i] < 0:
            continue
        place = start[follower[i]] + start[i + 1] - start[i]
        blocks = full[i]
        while place < start[follower[i] + 1] and blocks + length[runs[place]] <= stop[i]:
            blocks += length[runs[place]]
            place += 1
        result[i] = place
    return result


@kernel
def nodes_at(leaf: Any, parent: Any, full: Any, at: Any) -> Any:
    """Return for each request the node that goes on both sides of `at` whole blocks from the start, 0 for none."""
    result = np.zeros(len(leaf), dtype=np.int32)
    for i in range(len(leaf)):
        node = leaf[i]
        while node != 0 and full[parent[node]] >= at[i]:
            node = parent[node]
        if node != 0 and full[node] > at[i]:
            result[i] = node
    return result


@kernel
def answers(runs: Any, length: Any, first: Any, stop: Any, blocks: Any) -> Any:
    """Return where each answer's runs begin, shape (requests + 1,), the runs in a row, and the length of new runs.

    Of an answer of so many `blocks`, the first are the runs from `first` to `stop`; the rest is a run of its own, new.
    """
    size = len(first)
    start = np.zeros(size + 1, dtype=np.int64)
    rest = np.zeros(size, dtype=np.int64)
    new = 0
    for i in range(size):
        known = 0
        for place in range(first[i], stop[i]):
            known += length[runs[place]]
        rest[i] = max(0, blocks[i] - known)
        start[i + 1] = start[i] + max(0, stop[i] - first[i]) + (1 if rest[i] > 0 else 0)
        new += 1 if rest[i] > 0 else 0
    result = np.empty(start[size], dtype=np.int32)
    lengths = np.empty(new, dtype=np.int32)
    new = 0
    for i in range(size):
        place = start[i]
        for other in range(first[i], stop[i]):
            result[place] = runs[other]
            place += 1
        if rest[i] > 0:
            result[place] = len(length) + new
            lengths[new] = rest[i]
            new += 1
    return start, result, lengths
