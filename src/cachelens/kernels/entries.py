"""Replay of caches whose entries are written at marks and matched exactly (explicit marks, automatic boundaries).

What `replay_entries` is given. Per request: `leaf`, `arrived` and `visible` (first token out, -1 unknown;
microseconds), `basis` (row of `ends`), `minimum` cacheable tokens, tokens known to be read from `outside` the log, the
`previous` request of the session and the latest `neighbour` of the workload in the same scope (-1 none), `variant`
(row of `position`), `dropped` (node before which reasoning was left out of what was sent, 0 nowhere).

Marks are shallow before deep; `mark_writes` is false for positions that are only looked up, `mark_reach` is the number
of positions that a read may step through from the mark, the marked one included (0: that place only).

Per TTL: `ttl_us`, and `ttl_class`, the number of its write class among `classes`, longest first.

Per node: `ends` (cumulative tokens, one row a basis), `position` and `bare_position` (cumulative look-back positions
with and without reasoning, one row a variant), `thought` (reasoning stands since the last message of a person),
`enterable` (an entry at its parent can be found by stepping back from it).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import kernel

NONE, COLD, EXPIRED, DIVERGED, TOO_SHORT, LOOKBACK, NOT_VISIBLE, UNMARKED = range(8)
"""Miss causes as numbers; a divergence at request parameters is told apart later, by the node's kind."""


@kernel
def common_ancestor(parent: Any, a: int, b: int) -> tuple[int, int]:
    """Return the last node that two paths share, and the node behind it on the way to `a` (0 if none).

    Parents have smaller numbers than their children.
    """
    behind = 0
    while a != b:
        if a > b:
            behind = a
            a = parent[a]
        else:
            b = parent[b]
    return a, behind


@kernel
def parted(parent: Any, thought: Any, drop: int, leaf: int, target: int) -> int:
    """Return the first node at which the prompt that ends at `leaf` stops being the prefix that ends at `target`.

    That is where its path leaves, or the first reasoning that was dropped from it; 0 where it holds the prefix whole.
    """
    shared, behind = common_ancestor(parent, leaf, target)
    if shared == target:
        behind = 0
    while shared < drop and thought[shared]:
        behind = shared
        shared = parent[shared]
    return behind


WRITES_FROM = 6
"""First column of the written tokens, one a write class."""
KEEP_NOTHING, KEEP_HIT, KEEP_PATH = range(3)
"""What a read keeps alive: nothing, the entry that it hit, that entry and the shorter ones on its path."""


@kernel
def replay_entries(
    order: Any,
    scope: Any,
    leaf: Any,
    arrived: Any,
    visible: Any,
    basis: Any,
    minimum: Any,
    outside: Any,
    previous: Any,
    neighbour: Any,
    variant: Any,
    dropped: Any,
    mark_start: Any,
    mark_node: Any,
    mark_ttl: Any,
    mark_writes: Any,
    mark_reach: Any,
    ttl_us: Any,
    ttl_class: Any,
    classes: int,
    refresh: int,
    ttl_in_key: bool,
    parent: Any,
    ends: Any,
    position: Any,
    bare_position: Any,
    thought: Any,
    enterable: Any,
    system_end: Any,
) -> Any:
    """Replay requests in `order` (grouped by scope, by arrival within one); the module says what is given.

    A prefix that was sent without the reasoning in it is another prefix: its entries stand `len(parent)` further on.

    Returns int64 rows per request: read, written but never read, hit node, miss cause, tokens missed, node of the
    divergence, and from `WRITES_FROM` on the written tokens by class.
    """
    n_nodes = len(parent)
    slots = 2 * n_nodes if np.any(dropped > 0) else n_nodes
    result = np.zeros((len(leaf), WRITES_FROM + classes), dtype=np.int64)
    stamp = np.full(slots, -1, dtype=np.int32)
    last = np.zeros(slots, dtype=np.int64)
    seen_from = np.zeros(slots, dtype=np.int64)
    kind_of_ttl = np.zeros(slots, dtype=np.int8)
    unread = np.zeros(slots, dtype=np.int64)
    writer = np.zeros(slots, dtype=np.int64)
    touched = np.full(n_nodes, -1, dtype=np.int32)
    deepest = np.zeros(len(leaf), dtype=np.int32)
    for place in range(len(order)):
        i = order[place]
        now, here, drop = arrived[i], scope[i], dropped[i]
        row = ends[basis[i]]
        steps, bare = position[variant[i]], bare_position[variant[i]]
        shift = steps[drop] - bare[drop]
        first, stop = mark_start[i], mark_start[i + 1]
        hit = 0
        for k in range(stop - 1, first - 1, -1):
            node = mark_node[k]
            begin = bare[node] if node < drop else steps[node] - shift
            stands = True
            while node > hit:
                slot = node + n_nodes if node < drop and thought[node] else node
                if (
                    stamp[slot] == here
                    and stands
                    and seen_from[slot] <= now
                    and now - last[slot] <= ttl_us[kind_of_ttl[slot]]
                    and (not ttl_in_key or kind_of_ttl[slot] == mark_ttl[k])
                ):
                    hit = node
                    break
                stands = enterable[node]
                node = parent[node]
                if begin - (bare[node] if node < drop else steps[node] - shift) >= mark_reach[k]:
                    break
        known = 0
        for k in range(first, stop):
            if mark_writes[k]:
                known = max(known, row[mark_node[k]])
        known = min(known, outside[i])
        reach = max(row[hit], known)
        # why not more: the deepest entry on the path that was not read
        cause, missed, where = NONE, 0, 0
        node = leaf[i]
        while node != hit and node != 0:
            slot = node + n_nodes if node < drop and thought[node] else node
            if stamp[slot] == here and row[node] > reach:
                missed = row[node] - reach
                where = node
                if seen_from[slot] > now:
                    cause = NOT_VISIBLE
                elif now - last[slot] <= ttl_us[kind_of_ttl[slot]]:
                    cause = LOOKBACK
                else:
                    cause = EXPIRED
                break
            node = parent[node]
        total = row[leaf[i]]
        if cause == NONE and known <= row[hit]:
            if total < minimum[i]:
                if neighbour[i] >= 0 or previous[i] >= 0:
                    cause, missed = TOO_SHORT, total
            elif stop == first:
                seen = leaf[i]
                while seen != 0 and touched[seen] != here:
                    seen = parent[seen]
                if row[seen] >= minimum[i]:
                    cause, missed = UNMARKED, row[seen]
            else:
                target = 0
                if previous[i] >= 0:
                    target = deepest[previous[i]]
                elif neighbour[i] >= 0 and deepest[neighbour[i]] > 0:
                    target = system_end[leaf[neighbour[i]]]
                    if row[target] < minimum[i]:
                        target = 0
                if target > 0:
                    behind = parted(parent, thought, drop, leaf[i], target)
                    if behind > 0 and row[target] > reach:
                        cause, missed, where = DIVERGED, row[target] - reach, behind
                elif previous[i] < 0 and neighbour[i] < 0 and reach == 0:
                    cause, missed = COLD, total
        # a read keeps alive what it used
        node = hit
        while node != 0:
            slot = node + n_nodes if node < drop and thought[node] else node
            if stamp[slot] == here:
                if unread[slot] > 0:
                    result[writer[slot], 1] -= unread[slot]
                    unread[slot] = 0
                kept = refresh == KEEP_PATH or (refresh == KEEP_HIT and node == hit)
                if kept and now - last[slot] <= ttl_us[kind_of_ttl[slot]]:
                    last[slot] = now
            node = parent[node]
        # writes: up to the last mark of the longest class, then up to that of the next
        before = reach
        from_now = visible[i] if visible[i] >= 0 else now + 1
        for k in range(first, stop):
            node = mark_node[k]
            end = row[node]
            if not mark_writes[k] or node == 0 or end < minimum[i]:
                continue
            deepest[i] = max(deepest[i], node)
            if end <= reach:
                continue
            column = WRITES_FROM + ttl_class[mark_ttl[k]]
            result[i, column] = max(result[i, column], end)
            slot = node + n_nodes if node < drop and thought[node] else node
            if stamp[slot] == here and now - last[slot] <= ttl_us[kind_of_ttl[slot]]:
                seen_from[slot] = min(seen_from[slot], from_now)
                if ttl_us[mark_ttl[k]] > ttl_us[kind_of_ttl[slot]]:
                    kind_of_ttl[slot] = mark_ttl[k]
            else:
                seen_from[slot], kind_of_ttl[slot] = from_now, mark_ttl[k]
            stamp[slot], last[slot] = here, now
            if end > before:
                unread[slot], writer[slot] = end - before, i
                result[i, 1] += end - before
                before = end
        done = reach
        for column in range(WRITES_FROM, WRITES_FROM + classes):
            end = max(done, result[i, column])
            result[i, column] = end - done
            done = end
        node = leaf[i]
        while node != 0 and touched[node] != here:
            touched[node] = here
            node = parent[node]
        result[i, 0] = reach
        result[i, 2] = hit
        result[i, 3] = cause
        result[i, 4] = missed
        result[i, 5] = where
    return result
