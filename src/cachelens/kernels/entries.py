"""Replay of caches whose entries are written at marks and matched exactly (explicit marks, automatic boundaries)."""

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
    mark_start: Any,
    mark_node: Any,
    mark_ttl: Any,
    mark_writes: Any,
    mark_reach: Any,
    ttl_us: Any,
    ttl_long: Any,
    refresh_path: bool,
    ttl_in_key: bool,
    parent: Any,
    ends: Any,
    position: Any,
    enterable: Any,
    system_end: Any,
) -> Any:
    """Replay requests in `order` (grouped by scope, by arrival within one).

    Per request: `leaf`, `arrived` and `visible` (first token out, -1 unknown; microseconds), `basis` (row of
    `ends`), `minimum` cacheable tokens, tokens known to be read from `outside` the log, the `previous` request of
    the session and the latest `neighbour` of the workload in the same scope (-1 none), `variant` (row of
    `position`). Marks are shallow before deep; `mark_writes` is false for positions that are only looked up,
    `mark_reach` is the number of positions that a read may step through from the mark, the marked one included (0:
    that place only).
    Per node: `ends` (cumulative tokens, one row a basis), `position` (cumulative look-back positions),
    `enterable` (an entry at its parent can be found by stepping back from it).

    Returns int64 rows per request: read, write short, write long, written but never read, hit node, miss cause,
    tokens missed, node of the divergence.
    """
    n_nodes = len(parent)
    result = np.zeros((len(leaf), 8), dtype=np.int64)
    stamp = np.full(n_nodes, -1, dtype=np.int32)
    last = np.zeros(n_nodes, dtype=np.int64)
    seen_from = np.zeros(n_nodes, dtype=np.int64)
    kind_of_ttl = np.zeros(n_nodes, dtype=np.int8)
    unread = np.zeros(n_nodes, dtype=np.int64)
    writer = np.zeros(n_nodes, dtype=np.int64)
    touched = np.full(n_nodes, -1, dtype=np.int32)
    deepest = np.zeros(len(leaf), dtype=np.int32)
    for place in range(len(order)):
        i = order[place]
        now = arrived[i]
        here = scope[i]
        row = ends[basis[i]]
        steps = position[variant[i]]
        first, stop = mark_start[i], mark_start[i + 1]
        hit = 0
        for k in range(stop - 1, first - 1, -1):
            node = mark_node[k]
            begin = steps[node]
            stands = True
            while node != 0:
                if (
                    stamp[node] == here
                    and stands
                    and seen_from[node] <= now
                    and now - last[node] <= ttl_us[kind_of_ttl[node]]
                    and (not ttl_in_key or kind_of_ttl[node] == mark_ttl[k])
                ):
                    hit = node
                    break
                stands = enterable[node]
                node = parent[node]
                if begin - steps[node] >= mark_reach[k]:
                    break
            if hit:
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
            if stamp[node] == here and row[node] > reach:
                missed = row[node] - reach
                where = node
                if seen_from[node] > now:
                    cause = NOT_VISIBLE
                elif now - last[node] <= ttl_us[kind_of_ttl[node]]:
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
                    shared, behind = common_ancestor(parent, leaf[i], target)
                    if shared != target and row[target] > reach:
                        cause, missed, where = DIVERGED, row[target] - reach, behind
                elif previous[i] < 0 and neighbour[i] < 0 and reach == 0:
                    cause, missed = COLD, total
        # a read keeps alive what it used
        node = hit
        while node != 0:
            if stamp[node] == here:
                if unread[node] > 0:
                    result[writer[node], 3] -= unread[node]
                    unread[node] = 0
                if (node == hit or refresh_path) and now - last[node] <= ttl_us[kind_of_ttl[node]]:
                    last[node] = now
            node = parent[node]
        # writes: up to the last long mark long, up to the last mark short
        long_end, short_end, before = reach, reach, reach
        from_now = visible[i] if visible[i] >= 0 else now + 1
        for k in range(first, stop):
            node = mark_node[k]
            end = row[node]
            if not mark_writes[k] or node == 0 or end < minimum[i]:
                continue
            deepest[i] = max(deepest[i], node)
            if end <= reach:
                continue
            if ttl_long[mark_ttl[k]]:
                long_end = max(long_end, end)
            short_end = max(short_end, end)
            if stamp[node] == here and now - last[node] <= ttl_us[kind_of_ttl[node]]:
                seen_from[node] = min(seen_from[node], from_now)
                if ttl_us[mark_ttl[k]] > ttl_us[kind_of_ttl[node]]:
                    kind_of_ttl[node] = mark_ttl[k]
            else:
                seen_from[node] = from_now
                kind_of_ttl[node] = mark_ttl[k]
            stamp[node] = here
            last[node] = now
            if end > before:
                unread[node] = end - before
                writer[node] = i
                result[i, 3] += end - before
                before = end
        node = leaf[i]
        while node != 0 and touched[node] != here:
            touched[node] = here
            node = parent[node]
        result[i, 0] = reach
        result[i, 2] = long_end - reach
        result[i, 1] = max(short_end, long_end) - long_end
        result[i, 4] = hit
        result[i, 5] = cause
        result[i, 6] = missed
        result[i, 7] = where
    return result
