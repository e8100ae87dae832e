"""Replays requests through replicas: what the loops over events share, and the loop without time.

Time ties are settled in this order: requests that end, steps that end, requests that arrive; then by number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.fleet_arrays import (
    BUSY_BLOCKS,
    COLUMNS,
    HELD_TOKENS,
    HIT,
    INFLIGHT,
    INFLIGHT_TOKENS,
    LOADED,
    PER_LOADED,
    PER_PAIR,
    PER_TOKEN,
    POOL_LOADED,
    QUEUED_TOKENS,
    REPLICA,
    ROUTED,
    RUNNING,
    SEES,
    STEP,
    T0,
    WAITING,
    answer_of,
    needed,
    prompt_of,
)
from cachelens.kernels.shim import kernel


@kernel
def push(times: Any, items: Any, count: int, time: int, item: int) -> int:
    """Add to a heap ordered by time, then by item; return its new size."""
    place = count
    while place > 0:
        above = (place - 1) // 2
        if times[above] < time or (times[above] == time and items[above] < item):
            break
        times[place], items[place] = times[above], items[above]
        place = above
    times[place], items[place] = time, item
    return count + 1


@kernel
def pop(times: Any, items: Any, count: int) -> int:
    """Remove the first of a heap; return its new size."""
    count -= 1
    time, item = times[count], items[count]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= count:
            break
        other = below + 1
        if other < count and (
            times[other] < times[below] or (times[other] == times[below] and items[other] < items[below])
        ):
            below = other
        if time < times[below] or (time == times[below] and item < items[below]):
            break
        times[place], items[place] = times[below], items[below]
        place = below
    times[place], items[place] = time, item
    return count


@kernel
def note_admitted(own: Any, evicted: Any, workload: int, owners: Any) -> None:
    """Count for whom blocks were evicted and whose they were, and whose those of the prompt are now."""
    for place in range(1, evicted[0] + 1, 2):
        owners.interference[workload, owners.owner[evicted[place]]] += evicted[place + 1]
    evicted[0] = 0
    for run in own:
        owners.owner[run] = workload


@kernel
def note_queued(load: Any, replica: int, tokens: int) -> None:
    """Count a request that a replica takes into its queue."""
    load[ROUTED, replica] += 1
    load[INFLIGHT, replica] += 1
    load[INFLIGHT_TOKENS, replica] += tokens
    load[WAITING, replica] += 1
    load[QUEUED_TOKENS, replica] += tokens


@kernel
def note_left(load: Any, replica: int, tokens: int, held: int) -> None:
    """Count a request off that ran, with so many tokens of its answer held."""
    load[INFLIGHT, replica] -= 1
    load[INFLIGHT_TOKENS, replica] -= tokens
    load[RUNNING, replica] -= 1
    load[HELD_TOKENS, replica] -= tokens + held


@kernel
def loading(pool: Any, size: int, latency: Any) -> float:
    """Return how long it takes to bring what the last `admit` found in a second tier."""
    return float(pool[POOL_LOADED] * size * latency[PER_LOADED]) if pool[POOL_LOADED] else 0.0


@kernel
def look(own: Any, tokens: int, length: Any, size: int, match: Any, pools: Any, matched: Any) -> None:
    """Write to `matched` what of a prompt the caches themselves hold."""
    for replica in range(len(pools)):
        matched[0, replica] = match(pools[replica], own, length, (tokens - 1) // size) * size


@kernel
def replay_untimed(requests: Any, router: Any, caches: Any, owners: Any, load: Any, latency: Any) -> Any:
    """Replay without queues: every request is served at once, and only the caches are exact.

    What a policy sees as load is what would be in flight were every replica fast enough: a request stays for as long
    as its own prefill and answer take. `router` is a `fleet.router.Router`, the others are those of `fleet_arrays`.
    Returns one row a request: replica, tokens hit and tokens loaded are set.
    """
    count, size = len(requests.arrived), requests.size
    tokens, output, length, pools = requests.tokens, requests.output, requests.length, caches.pools
    keys, parameters, memory = router.keys, router.parameters, router.memory
    index, mirror = router.record, router.mirror
    result = np.full((count, COLUMNS), -1, dtype=np.int64)
    matched = np.zeros((SEES, load.shape[1]), dtype=np.int64)
    evicted = np.zeros(1 << 16, dtype=np.int32)
    times, items, flying = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64), 0
    for i in range(count):
        now = requests.arrived[i]
        while flying and times[0] <= now:
            gone = items[0]
            where = result[gone, REPLICA]
            note_left(load, where, tokens[gone], output[gone])
            load[BUSY_BLOCKS, where] -= needed(tokens[gone], output[gone], size)
            flying = pop(times, items, flying)
        own, answer = prompt_of(requests, i), answer_of(requests, i)
        if router.sees_caches:
            look(own, tokens[i], length, size, caches.match, pools, matched)
        router.see(own, length, size, now, index, mirror, matched)
        chosen = router.choose(i, now, tokens[i], keys, load, matched, parameters, memory)
        router.sent(index, chosen, own, length, now)
        need = needed(tokens[i], output[i], size)
        hit = caches.admit(pools[chosen], own, length, tokens[i], size, need, now, evicted)
        if hit < 0:
            continue
        router.told(mirror, now, chosen, evicted, own, length)
        note_admitted(own, evicted, owners.workload[i], owners)
        caches.finish(pools[chosen], own, length, answer, need, now)
        router.told(mirror, now, chosen, evicted, answer, length)
        for run in answer:
            owners.owner[run] = owners.workload[i]
        result[i, REPLICA], result[i, HIT] = chosen, hit
        result[i, LOADED] = pools[chosen, POOL_LOADED] * size
        load[ROUTED, chosen] += 1
        load[INFLIGHT, chosen] += 1
        load[RUNNING, chosen] += 1
        load[HELD_TOKENS, chosen] += tokens[i] + output[i]
        load[INFLIGHT_TOKENS, chosen] += tokens[i]
        load[BUSY_BLOCKS, chosen] += need
        new = tokens[i] - hit
        stays = latency[T0] + latency[PER_TOKEN] * new + latency[PER_PAIR] * new * (hit + new / 2)
        stays += loading(pools[chosen], size, latency)
        stays += output[i] * latency[STEP]
        flying = push(times, items, flying, now + np.int64(stays), i)
    return result
