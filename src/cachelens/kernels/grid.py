"""Replay of caches that match the longest common prefix, floored to a token grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.entries import COLD, DIVERGED, EXPIRED, NONE, NOT_VISIBLE, TOO_SHORT, UNMARKED, common_ancestor
from cachelens.kernels.shim import kernel

FOREVER = 1 << 62
"""A lifetime without end, in microseconds."""
WRITTEN = 6
"""Column of the written tokens."""


@kernel
def whole(tokens: int, grid: int, hidden: int) -> int:
    """Return the visible tokens up to the last grid step; the grid starts `hidden` tokens before the prompt."""
    return max(0, (tokens + hidden) // grid * grid - hidden)


@kernel
def replay_grid(
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
    enabled: Any,
    limit: Any,
    ttl_us: Any,
    grid: int,
    first_step: int,
    rounding: int,
    resend: int,
    parent: Any,
    ends: Any,
    system_end: Any,
    oldest_us: Any = None,
    hidden: int = 0,
    refresh: bool = True,
    locked: bool = False,
    uneven: bool = False,
    billed: bool = False,
) -> Any:
    """Replay requests in `order` (grouped by scope, by arrival within one).

    As in `replay_entries`, and per request: `enabled` (false: neither reads nor writes), `limit` (node behind which
    nothing is reused, -1 none), `ttl_us` (idle lifetime of what it writes) and `oldest_us` (age at which an entry is no
    longer read). `first_step` is the smallest read, `rounding` what the reported count is floored to, `resend` what an
    identical prompt reads beyond the grid (0 nothing, 1 all, 2 all but the last token), `hidden` see `whole`.
    A request covers every prefix of its prompt: with `refresh` it keeps them alive, and unless they are `locked` to
    the lifetime of their first write it gives them its own where that is longer. `uneven` says that a prefix may die
    before a longer one, which then cannot be read. `billed` counts who reads what was written.

    Returns the columns of `replay_entries`, with the grid that a request adds in `WRITTEN`.
    """
    n_nodes = len(parent)
    result = np.zeros((len(leaf), WRITTEN + 1), dtype=np.int64)
    stamp = np.full(n_nodes, -1, dtype=np.int32)
    last = np.zeros(n_nodes, dtype=np.int64)
    born = np.zeros(n_nodes, dtype=np.int64)
    life = np.zeros(n_nodes, dtype=np.int64)
    seen_from = np.zeros(n_nodes, dtype=np.int64)
    unread = np.zeros(n_nodes, dtype=np.int64)
    writer = np.zeros(n_nodes, dtype=np.int64)
    for place in range(len(order)):
        i = order[place]
        now, here = arrived[i], scope[i]
        row = ends[basis[i]]
        total = row[leaf[i]]
        bound = total
        if limit[i] >= 0:
            bound = min(bound, row[limit[i]])
        oldest = FOREVER
        if oldest_us is not None:
            oldest = oldest_us[i]
        hit, cause, missed, where = 0, NONE, 0, 0
        node = leaf[i]
        stale, pending = 0, 0
        while node != 0:
            if stamp[node] == here:
                if now - last[node] > life[node] or now - born[node] > oldest or seen_from[node] > now:
                    if now - last[node] <= life[node] and now - born[node] <= oldest:
                        pending = max(pending, node)
                    else:
                        stale = max(stale, node)
                    if whole(row[node], grid, hidden) > whole(row[parent[node]], grid, hidden):
                        hit = 0
                elif hit == 0:
                    hit = node
                    if not uneven:
                        break
            node = parent[node]
        reach = 0
        if enabled[i]:
            reach = whole(min(row[hit], bound), grid, hidden)
            if hit == leaf[i] and resend > 0 and bound == total:
                reach = total - (resend - 1)
            if reach < first_step or total < minimum[i]:
                reach = 0
            reach = reach // rounding * rounding
        known = min(outside[i], bound) if enabled[i] else 0
        if known < reach:
            known = 0
        reach = max(reach, known)
        stale_tokens = whole(min(row[stale], bound), grid, hidden)
        pending_tokens = whole(min(row[pending], bound), grid, hidden)
        if not enabled[i]:
            longest = max(row[hit], row[stale])
            if longest >= max(minimum[i], first_step) and longest > 0:
                cause, missed = UNMARKED, longest
        elif known == 0:
            if total < max(minimum[i], first_step):
                if neighbour[i] >= 0 or previous[i] >= 0:
                    cause, missed = TOO_SHORT, total
            elif pending_tokens > reach and pending_tokens >= first_step and pending >= stale:
                cause, missed, where = NOT_VISIBLE, pending_tokens - reach, pending
            elif stale_tokens > reach and stale_tokens >= first_step:
                cause, missed, where = EXPIRED, stale_tokens - reach, stale
            else:
                target = 0
                if previous[i] >= 0:
                    target = leaf[previous[i]]
                elif neighbour[i] >= 0:
                    target = system_end[leaf[neighbour[i]]]
                if target > 0:
                    shared, behind = common_ancestor(parent, leaf[i], target)
                    offered = whole(min(row[target], bound), grid, hidden)
                    if shared != target and offered > reach and offered >= first_step:
                        cause, missed, where = DIVERGED, offered - reach, behind
                elif reach == 0 and previous[i] < 0 and neighbour[i] < 0:
                    cause, missed = COLD, total
        node = hit if billed and reach > 0 else 0
        while node != 0:
            if unread[node] > 0:
                result[writer[node], 1] -= unread[node]
                unread[node] = 0
            node = parent[node]
        from_now = visible[i] if visible[i] >= 0 else now + 1
        if enabled[i] and total >= minimum[i]:
            end = whole(bound, grid, hidden) if bound >= first_step else 0
            node = leaf[i]
            while node != 0:
                if row[node] <= bound or limit[i] < 0:
                    alive = stamp[node] == here and now - last[node] <= life[node] and now - born[node] <= oldest
                    if alive:
                        seen_from[node] = min(seen_from[node], from_now)
                        if refresh:
                            last[node] = now
                        if not locked:
                            life[node] = max(life[node], ttl_us[i])
                    else:
                        stamp[node] = here
                        seen_from[node] = from_now
                        last[node] = now
                        born[node] = now
                        life[node] = ttl_us[i]
                    if billed:
                        own = min(whole(row[node], grid, hidden), end) - max(
                            reach, whole(row[parent[node]], grid, hidden)
                        )
                        if own > 0 or not alive:
                            unread[node] = max(0, own)
                            writer[node] = i
                            result[i, 1] += unread[node]
                node = parent[node]
            result[i, WRITTEN] = max(0, end - reach)
        result[i, 0] = reach
        result[i, 2] = hit
        result[i, 3] = cause
        result[i, 4] = missed
        result[i, 5] = where
    return result


@kernel
def replay_objects(
    order: Any, scope: Any, target: Any, arrived: Any, basis: Any, minimum: Any, ttl_us: Any, ends: Any
) -> Any:
    """Replay named cache objects that hold the prompt up to `target` and live from their creation for as long as
    `ttl_us` of the request that created them says.

    An object is created by the first request that needs it while none is alive. Returns int64 rows per request:
    read tokens, tokens stored by a creation.
    """
    result = np.zeros((len(target), 2), dtype=np.int64)
    stamp = np.full(ends.shape[1], -1, dtype=np.int32)
    until = np.zeros(ends.shape[1], dtype=np.int64)
    for place in range(len(order)):
        i = order[place]
        node = target[i]
        tokens = ends[basis[i], node] if node > 0 else 0
        if node <= 0 or tokens < minimum[i] or tokens == 0:
            continue
        if stamp[node] != scope[i] or arrived[i] > until[node]:
            stamp[node] = scope[i]
            until[node] = arrived[i] + ttl_us[i]
            result[i, 1] = tokens
        result[i, 0] = tokens
    return result
