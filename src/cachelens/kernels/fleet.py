"""Replays requests through replicas: the loops over events.

Everything that differs between engines and between routers is handed in: `choose` of a policy, `match`, `admit` and
`finish` of an engine's cache, `see`, `sent`, `told` and `forget` of what a router knows of caches (see
`fleet.routing.base`, `fleet.engines.base` and `fleet_index`).

Per request: `arrived` (microseconds), `tokens` of the prompt, `output` tokens, `start` (where its runs begin in
`runs`), `answer_first` and `answer_stop` (where in `runs` those of its answer stand), `workload`, `keys`. `length`
gives the blocks of every run; blocks have `size` tokens.
Time ties are settled in this order: requests that end, steps that end, requests that arrive; then by number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cachelens.kernels.shim import kernel

ALIVE, INFLIGHT, WAITING, RUNNING, QUEUED_TOKENS, HELD_TOKENS, BUSY_BLOCKS, CAPACITY, ROUTED, INFLIGHT_TOKENS = range(
    10
)
LOADS = 10
"""Rows of the load of replicas."""
SEES = 3
"""Rows of what a policy sees of caches: tokens of the prompt in the engine's cache and in the router's index, and all
that the index has."""
REPLICA, HIT, STARTED, FIRST_TOKEN, ENDED, LOADED, ADMITTED, RELEASED = range(8)
COLUMNS = 8
"""Columns of the result, one row a request; REPLICA is -1 for a request that was rejected. LOADED are those tokens of
HIT that came from a second tier of memory. ADMITTED and RELEASED number all calls of `admit` and `finish` in the order
in which they were made, from 1; -1 untimed."""
T0, PER_TOKEN, PER_PAIR, STEP, PER_RUNNING, PER_HELD, PER_LOADED = range(7)
"""Parts of the latency, in microseconds: of a prefill step, of each new token, of each pair of a new token and one that
it attends to; of a decode step, of each running request and each token held in it; of each token brought from a second
tier of memory (it may be left out where no engine has one)."""
_FROM_TIER = 4
"""Cell of a pool: blocks that the last `admit` brought from a second tier."""


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
def needed(tokens: int, output: int, size: int) -> int:
    """Return the blocks of a prompt and its answer."""
    return (tokens + output + size - 1) // size


@kernel
def note_admitted(own: Any, evicted: Any, owner: Any, workload: int, interference: Any) -> None:
    """Count for whom blocks were evicted and whose they were, and whose those of the prompt are now."""
    for place in range(1, evicted[0] + 1, 2):
        interference[workload, owner[evicted[place]]] += evicted[place + 1]
    evicted[0] = 0
    for run in own:
        owner[run] = workload


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
    return float(pool[_FROM_TIER] * size * latency[PER_LOADED]) if pool[_FROM_TIER] else 0.0


@kernel
def replay_untimed(
    arrived: Any,
    tokens: Any,
    output: Any,
    start: Any,
    runs: Any,
    length: Any,
    answer_first: Any,
    answer_stop: Any,
    workload: Any,
    keys: Any,
    size: int,
    choose: Any,
    parameters: Any,
    memory: Any,
    match: Any,
    admit: Any,
    finish: Any,
    pools: Any,
    index: Any,
    mirror: Any,
    see: Any,
    sent: Any,
    told: Any,
    sees_caches: bool,
    load: Any,
    latency: Any,
    owner: Any,
    interference: Any,
) -> Any:
    """Replay without queues: every request is served at once, and only the caches are exact.

    What a policy sees as load is what would be in flight were every replica fast enough: a request stays for as long
    as its own prefill and answer take. `pools` hold one row of memory a replica. `index` is what the router remembers
    of its own choices, `mirror` what it was told of the caches, each empty for none; with `sees_caches` it looks into
    the caches themselves. Returns one row a request: replica, tokens hit and tokens loaded are set.
    """
    size_of, replicas = len(arrived), load.shape[1]
    result = np.full((size_of, COLUMNS), -1, dtype=np.int64)
    matched = np.zeros((SEES, replicas), dtype=np.int64)
    evicted = np.zeros(1 << 16, dtype=np.int32)
    times, items, flying = np.zeros(size_of + 1, dtype=np.int64), np.zeros(size_of + 1, dtype=np.int64), 0
    for i in range(size_of):
        now = arrived[i]
        own = runs[start[i] : start[i + 1]]
        while flying and times[0] <= now:
            gone = items[0]
            where = result[gone, REPLICA]
            note_left(load, where, tokens[gone], output[gone])
            load[BUSY_BLOCKS, where] -= needed(tokens[gone], output[gone], size)
            flying = pop(times, items, flying)
        if sees_caches:
            for replica in range(replicas):
                matched[0, replica] = match(pools[replica], own, length, (tokens[i] - 1) // size) * size
        see(own, length, size, now, index, mirror, matched)
        chosen = choose(i, now, tokens[i], keys, load, matched, parameters, memory)
        sent(index, chosen, own, length, now)
        need = needed(tokens[i], output[i], size)
        hit = admit(pools[chosen], own, length, tokens[i], size, need, now, evicted)
        if hit < 0:
            continue
        told(mirror, now, chosen, evicted, own, length)
        note_admitted(own, evicted, owner, workload[i], interference)
        answer = runs[answer_first[i] : answer_stop[i]]
        finish(pools[chosen], own, length, answer, need, now)
        told(mirror, now, chosen, evicted, answer, length)
        for run in answer:
            owner[run] = workload[i]
        result[i, REPLICA], result[i, HIT] = chosen, hit
        result[i, LOADED] = pools[chosen, _FROM_TIER] * size
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
