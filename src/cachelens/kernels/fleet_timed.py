"""Replays requests through replicas with time: queues, prefill in steps, answers that slow the steps down.

A replica works in steps. A step computes prompt tokens of the requests at the head of its queue, at most `budget` of
them, in order of arrival, and one token of every running answer. While no prompt waits, answers go on by themselves:
how long an answer takes is fixed by the load when its first token is out. An answer holds room for half of it while it
runs, as much as it does on average while it grows. A request is admitted when the pool has room for that and its
prompt; while the head of the queue has to wait, so does all behind it. The other half of an answer finds its room when
the answer ends; where all is held by others, the answer is not cached.

Replicas may fail and come back, always with an empty cache. What was in flight on one that fails is routed anew and
starts from the beginning. What arrives while the chosen replica is down is rejected.
Time ties: requests that end, steps that end, replicas that change, requests that start again, requests that arrive.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cachelens.kernels.fleet import (
    loading,
    look,
    note_admitted,
    note_left,
    note_queued,
    pop,
    push,
)
from cachelens.kernels.fleet_arrays import (
    ADMITTED,
    ALIVE,
    BUSY_BLOCKS,
    CAPACITY,
    COLUMNS,
    ENDED,
    FIRST_TOKEN,
    HELD_TOKENS,
    HIT,
    INFLIGHT,
    INFLIGHT_TOKENS,
    LOADED,
    PER_HELD,
    PER_PAIR,
    PER_RUNNING,
    PER_TOKEN,
    POOL_BUSY,
    POOL_LOADED,
    QUEUED_TOKENS,
    RELEASED,
    REPLICA,
    ROUTED,
    RUNNING,
    SEES,
    STARTED,
    STEP,
    T0,
    WAITING,
    answer_of,
    needed,
    prompt_of,
)
from cachelens.kernels.shim import kernel

_NEVER = 1 << 62
_ARRIVES, _STEPS, _ENDS, _CHANGES = range(4)
STEPS, STUCK = range(2)
"""Rows of the microseconds that replicas are busy: in steps, and with a queue but no room for its head."""
FAILS, COMES = range(2)
"""What happens to a replica."""
LOST = 5
"""Columns of the attempts that were lost."""


class Work(NamedTuple):
    """What the replicas are at."""

    head: Any
    tail: Any
    """The first and the last request of each replica's queue; -1 where it is empty."""
    behind: Any
    """The request behind each request in a queue; -1 for none."""
    left: Any
    """Each request's tokens still to be computed; -1: not admitted yet."""
    done: Any
    """What ends with the step of a replica: chained behind the entry `-1 - replica`."""
    step_ends: Any
    """When the step of each replica ends."""
    stuck: Any
    """Since when each replica has had a queue but no room for its head; -1: it has not."""
    busy: Any
    """Rows `STEPS` and `STUCK`: microseconds of each replica."""
    calls: Any
    """One cell: how often caches were asked."""
    evicted: Any
    """What the last call of a cache evicted."""


@kernel
def held_output(output: int) -> int:
    """Return the tokens of an answer that hold room while it grows from none to all: half of them, on average."""
    return output // 2


@kernel
def decode_step(latency: Any, load: Any, replica: int) -> float:
    """Return how long one token of every running answer takes together, in microseconds."""
    running = load[RUNNING, replica]
    if running == 0:
        return 0.0
    return float(latency[STEP] + latency[PER_RUNNING] * running + latency[PER_HELD] * load[HELD_TOKENS, replica])


@kernel
def begin_step(
    now: int,
    replica: int,
    budget: int,
    requests: Any,
    router: Any,
    caches: Any,
    owners: Any,
    load: Any,
    latency: Any,
    work: Any,
    result: Any,
) -> int:
    """Begin a step of a replica, if there is a prompt to work on; return when it ends (`1 << 62`: there is none)."""
    cost = 0.0
    worked = False
    tokens, size, length, pool = requests.tokens, requests.size, requests.length, caches.pools[replica]
    head, left, done, evicted = work.head, work.left, work.done, work.evicted
    last = len(done) - 1 - replica
    done[last] = -1
    while budget > 0 and head[replica] >= 0:
        i = head[replica]
        if left[i] < 0:
            own = prompt_of(requests, i)
            need = needed(tokens[i], held_output(requests.output[i]), size)
            hit = caches.admit(pool, own, length, tokens[i], size, need, now, evicted)
            if hit < 0:
                break
            router.told(router.mirror, now, replica, evicted, own, length)
            note_admitted(own, evicted, owners.workload[i], owners)
            result[i, HIT], result[i, STARTED], result[i, LOADED] = hit, now, pool[POOL_LOADED] * size
            work.calls[0] += 1
            result[i, ADMITTED] = work.calls[0]
            cost += loading(pool, size, latency)
            left[i] = tokens[i] - hit
            load[QUEUED_TOKENS, replica] -= hit
            load[BUSY_BLOCKS, replica] = pool[POOL_BUSY]
        new = min(left[i], budget)
        context = tokens[i] - left[i]
        cost += latency[PER_TOKEN] * new + latency[PER_PAIR] * new * (context + new / 2)
        worked = True
        left[i] -= new
        budget -= new
        load[QUEUED_TOKENS, replica] -= new
        if left[i] > 0:
            break
        head[replica] = work.behind[i]
        done[last] = i
        done[i] = -1
        last = i
    if not worked:
        return _NEVER
    return now + max(1, int(latency[T0] + cost + decode_step(latency, load, replica)))


@kernel
def stop(replica: int, now: int, load: Any, router: Any, caches: Any, work: Any) -> None:
    """Break off what a replica does, empty it, and let the router forget what was there."""
    router.forget(router.record, router.mirror, replica)
    load[INFLIGHT:CAPACITY, replica] = 0
    load[INFLIGHT_TOKENS, replica] = 0
    caches.pools[replica, :] = caches.cold
    work.head[replica] = -1
    if work.step_ends[replica] < _NEVER:
        work.busy[STEPS, replica] -= work.step_ends[replica] - now
        work.step_ends[replica] = _NEVER
    if work.stuck[replica] >= 0:
        work.busy[STUCK, replica] += now - work.stuck[replica]
        work.stuck[replica] = -1


@kernel
def lose(replica: int, coming: int, result: Any, calls: Any, queued: Any, again: Any, lost: Any, known: int) -> Any:
    """Take back what is in flight on a replica: note its numbers in `again`, and the attempts in `lost`.

    Returns how many there are, `lost` (grown where it was full), and how many attempts are now known.
    """
    count = 0
    for i in range(coming):
        if result[i, REPLICA] != replica or result[i, ENDED] >= 0:
            continue
        if known == len(lost):
            more = np.zeros((2 * known, LOST), dtype=np.int64)
            more[:known] = lost
            lost = more
        calls[0] += 1
        lost[known, 0], lost[known, 1], lost[known, 2] = i, replica, queued[i]
        lost[known, 3], lost[known, 4] = result[i, ADMITTED], calls[0]
        known += 1
        again[count] = i
        count += 1
        result[i, :] = -1
    return count, lost, known


@kernel
def still_flying(times: Any, items: Any, count: int, result: Any) -> int:
    """Drop from a heap what is on no replica any more; return its new size."""
    kept = 0
    for place in range(count):
        time, item = times[place], items[place]
        if result[item, REPLICA] >= 0:
            kept = push(times, items, kept, time, item)
    return kept


@kernel
def replay_timed(
    requests: Any,
    router: Any,
    caches: Any,
    owners: Any,
    load: Any,
    latency: Any,
    budget: int,
    busy: Any,
    changes: Any,
) -> Any:
    """Replay with queues; the first arguments as in `replay_untimed`.

    `budget` bounds the prompt tokens of a step; `busy` (rows `STEPS`, `STUCK`) collects microseconds of each replica.
    `changes` has rows of time, `FAILS` or `COMES`, replica, in order of time. Returns one row a request, times in
    microseconds; when each was queued last; and of the attempts that were lost request, replica, time queued, ADMITTED
    (-1: it still waited), and RELEASED for its end.
    """
    count, replicas, arrived = len(requests.arrived), load.shape[1], requests.arrived
    result = np.full((count, COLUMNS), -1, dtype=np.int64)
    matched = np.zeros((SEES, replicas), dtype=np.int64)
    times, items, flying = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64), 0
    work = Work(
        np.full(replicas, -1, dtype=np.int64),
        np.full(replicas, -1, dtype=np.int64),
        np.full(count, -1, dtype=np.int64),
        np.full(count, -1, dtype=np.int64),
        np.full(count + replicas, -1, dtype=np.int64),
        np.full(replicas, _NEVER, dtype=np.int64),
        np.full(replicas, -1, dtype=np.int64),
        busy,
        np.zeros(1, dtype=np.int64),
        np.zeros(1 << 16, dtype=np.int32),
    )
    tokens, output, length, size = requests.tokens, requests.output, requests.length, requests.size
    keys, parameters, memory, refresh = router.keys, router.parameters, router.memory, router.refresh_us
    index, mirror, pools, evicted = router.record, router.mirror, caches.pools, work.evicted
    head, tail, behind, done = work.head, work.tail, work.behind, work.done
    step_ends, stuck, calls = work.step_ends, work.stuck, work.calls
    seen, seen_at = load.copy(), -refresh - 1
    coming, changed, repeats, repeated = 0, 0, 0, 0
    queued, again = arrived.copy(), np.zeros(count, dtype=np.int64)
    lost, known = np.zeros((16, LOST), dtype=np.int64), 0
    now: Any = np.int64(0)
    while coming < count or flying or repeated < repeats or step_ends.min() < _NEVER:
        replica, event = int(np.argmin(step_ends)), _ARRIVES
        if repeated == repeats:
            now, event = step_ends[replica], _STEPS
            if flying and times[0] <= now:
                now, event = times[0], _ENDS
            if changed < len(changes) and changes[changed, 0] < now:
                now, event = changes[changed, 0], _CHANGES
            if coming < count and arrived[coming] < now:
                now, event = arrived[coming], _ARRIVES
        if event == _ENDS:
            i = items[0]
            flying = pop(times, items, flying)
            replica = result[i, REPLICA]
            calls[0] += 1
            result[i, ENDED], result[i, RELEASED] = now, calls[0]
            own, answer = prompt_of(requests, i), answer_of(requests, i)
            need, more = needed(tokens[i], held_output(output[i]), size), needed(tokens[i], output[i], size)
            if caches.grow(pools[replica], length, more - need, evicted):
                need = more
            else:
                answer = answer[:0]
            caches.finish(pools[replica], own, length, answer, need, now)
            router.told(mirror, now, replica, evicted, answer, length)
            note_admitted(answer, evicted, owners.workload[i], owners)
            note_left(load, replica, tokens[i], held_output(output[i]))
            load[BUSY_BLOCKS, replica] = pools[replica, POOL_BUSY]
        elif event == _STEPS:
            i = done[count + replicas - 1 - replica]
            step_ends[replica] = _NEVER
            while i >= 0:
                result[i, FIRST_TOKEN] = now
                load[WAITING, replica] -= 1
                load[RUNNING, replica] += 1
                load[HELD_TOKENS, replica] += tokens[i] + held_output(output[i])
                i = done[i]
            i = done[count + replicas - 1 - replica]
            while i >= 0:
                more = max(0, output[i] - 1) * decode_step(latency, load, replica)
                flying = push(times, items, flying, now + np.int64(more), i)
                i = done[i]
        elif event == _CHANGES:
            replica = changes[changed, 2]
            load[ALIVE, replica] = changes[changed, 1] == COMES
            changed += 1
            if not load[ALIVE, replica]:
                stop(replica, now, load, router, caches, work)
                repeats, lost, known = lose(replica, coming, result, calls, queued, again, lost, known)
                flying = still_flying(times, items, flying, result)
                repeated = 0
        else:
            i = coming
            if repeated < repeats:
                i = again[repeated]
                repeated += 1
                queued[i], work.left[i], behind[i] = now, -1, -1
            else:
                coming += 1
            own = prompt_of(requests, i)
            if router.sees_caches:
                look(own, tokens[i], length, size, caches.match, pools, matched)
            router.see(own, length, size, now, index, mirror, matched)
            if now - seen_at > refresh:
                seen[:] = load
                seen_at = now
            seen[ALIVE], seen[INFLIGHT], seen[ROUTED] = load[ALIVE], load[INFLIGHT], load[ROUTED]
            seen[INFLIGHT_TOKENS] = load[INFLIGHT_TOKENS]
            replica = router.choose(i, now, tokens[i], keys, seen, matched, parameters, memory)
            if not load[ALIVE, replica]:
                continue
            router.sent(index, replica, own, length, now)
            if needed(tokens[i], output[i], size) > load[CAPACITY, replica]:
                continue
            result[i, REPLICA] = replica
            note_queued(load, replica, tokens[i])
            if head[replica] < 0:
                head[replica] = i
            else:
                behind[tail[replica]] = i
            tail[replica] = i
        if step_ends[replica] == _NEVER and head[replica] >= 0:
            step_ends[replica] = begin_step(
                now, replica, budget, requests, router, caches, owners, load, latency, work, result
            )
            if step_ends[replica] == _NEVER:
                if stuck[replica] < 0:
                    stuck[replica] = now
                continue
            busy[STEPS, replica] += step_ends[replica] - now
            if stuck[replica] >= 0:
                busy[STUCK, replica] += now - stuck[replica]
                stuck[replica] = -1
    return result, queued, lost[:known]
