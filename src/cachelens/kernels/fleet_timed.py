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

from typing import Any

import numpy as np

from cachelens.kernels.fleet import (
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
    loading,
    needed,
    note_admitted,
    note_left,
    note_queued,
    pop,
    push,
)
from cachelens.kernels.shim import kernel

_BUSY, _FROM_TIER = 1, 4
_NEVER = 1 << 62
_ARRIVES, _STEPS, _ENDS, _CHANGES = range(4)
STEPS, STUCK = range(2)
"""Rows of the microseconds that replicas are busy: in steps, and with a queue but no room for its head."""
FAILS, COMES = range(2)
"""What happens to a replica."""
LOST = 5
"""Columns of the attempts that were lost."""


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
    tokens: Any,
    output: Any,
    start: Any,
    runs: Any,
    length: Any,
    workload: Any,
    size: int,
    admit: Any,
    pool: Any,
    load: Any,
    latency: Any,
    waiting: Any,
    head: Any,
    left: Any,
    done: Any,
    result: Any,
    calls: Any,
    mirror: Any,
    told: Any,
    evicted: Any,
    owner: Any,
    interference: Any,
) -> int:
    """Begin a step of a replica, if there is a prompt to work on; return when it ends (`1 << 62`: there is none).

    `waiting` chains the queue behind `head[replica]`, `left` counts each request's tokens still to be computed (-1: not
    admitted yet), `done` chains what ends with this step behind `done[-1 - replica]`, `calls[0]` counts what the caches
    were asked.
    """
    cost = 0.0
    worked = False
    done[len(done) - 1 - replica] = -1
    last = len(done) - 1 - replica
    while budget > 0 and head[replica] >= 0:
        i = head[replica]
        if left[i] < 0:
            own = runs[start[i] : start[i + 1]]
            need = needed(tokens[i], held_output(output[i]), size)
            hit = admit(pool, own, length, tokens[i], size, need, now, evicted)
            if hit < 0:
                break
            told(mirror, now, replica, evicted, own, length)
            note_admitted(own, evicted, owner, workload[i], interference)
            result[i, HIT], result[i, STARTED], result[i, LOADED] = hit, now, pool[_FROM_TIER] * size
            calls[0] += 1
            result[i, ADMITTED] = calls[0]
            cost += loading(pool, size, latency)
            left[i] = tokens[i] - hit
            load[QUEUED_TOKENS, replica] -= hit
            load[BUSY_BLOCKS, replica] = pool[_BUSY]
        new = min(left[i], budget)
        context = tokens[i] - left[i]
        cost += latency[PER_TOKEN] * new + latency[PER_PAIR] * new * (context + new / 2)
        worked = True
        left[i] -= new
        budget -= new
        load[QUEUED_TOKENS, replica] -= new
        if left[i] > 0:
            break
        head[replica] = waiting[i]
        done[last] = i
        done[i] = -1
        last = i
    if not worked:
        return _NEVER
    return now + max(1, int(latency[T0] + cost + decode_step(latency, load, replica)))


@kernel
def stop(
    replica: int,
    now: int,
    load: Any,
    pools: Any,
    cold: Any,
    forget: Any,
    index: Any,
    mirror: Any,
    head: Any,
    step_ends: Any,
    stuck: Any,
    busy: Any,
) -> None:
    """Break off what a replica does, empty it, and let the router forget what was there."""
    forget(index, mirror, replica)
    load[INFLIGHT:CAPACITY, replica] = 0
    load[INFLIGHT_TOKENS, replica] = 0
    pools[replica, :] = cold
    head[replica] = -1
    if step_ends[replica] < _NEVER:
        busy[STEPS, replica] -= step_ends[replica] - now
        step_ends[replica] = _NEVER
    if stuck[replica] >= 0:
        busy[STUCK, replica] += now - stuck[replica]
        stuck[replica] = -1


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
    budget: int,
    refresh: int,
    busy: Any,
    changes: Any,
    cold: Any,
    forget: Any,
    grow: Any,
) -> Any:
    """Replay with queues; arguments as in `replay_untimed`.

    `refresh` is the age in microseconds that the reported load may have; `busy` (rows `STEPS`, `STUCK`) collects
    microseconds of each replica. `changes` has rows of time, `FAILS` or `COMES`, replica, in order of time; `cold` is
    an empty memory. Returns one row a request, times in microseconds; when each was queued last; and of the attempts
    that were lost request, replica, time queued, ADMITTED (-1: it still waited), and RELEASED for its end.
    """
    size_of, replicas = len(arrived), load.shape[1]
    result = np.full((size_of, COLUMNS), -1, dtype=np.int64)
    matched = np.zeros((SEES, replicas), dtype=np.int64)
    evicted = np.zeros(1 << 16, dtype=np.int32)
    times, items, flying = np.zeros(size_of + 1, dtype=np.int64), np.zeros(size_of + 1, dtype=np.int64), 0
    waiting, left = np.full(size_of, -1, dtype=np.int64), np.full(size_of, -1, dtype=np.int64)
    head, tail = np.full(replicas, -1, dtype=np.int64), np.full(replicas, -1, dtype=np.int64)
    done = np.full(size_of + replicas, -1, dtype=np.int64)
    step_ends = np.full(replicas, _NEVER, dtype=np.int64)
    seen, seen_at = load.copy(), -refresh - 1
    coming, changed, repeats, repeated = 0, 0, 0, 0
    queued, stuck = arrived.copy(), np.full(replicas, -1, dtype=np.int64)
    again, calls = np.zeros(size_of, dtype=np.int64), np.zeros(1, dtype=np.int64)
    lost, known = np.zeros((16, LOST), dtype=np.int64), 0
    now: Any = np.int64(0)
    while coming < size_of or flying or repeated < repeats or step_ends.min() < _NEVER:
        replica, event = int(np.argmin(step_ends)), _ARRIVES
        if repeated == repeats:
            now, event = step_ends[replica], _STEPS
            if flying and times[0] <= now:
                now, event = times[0], _ENDS
            if changed < len(changes) and changes[changed, 0] < now:
                now, event = changes[changed, 0], _CHANGES
            if coming < size_of and arrived[coming] < now:
                now, event = arrived[coming], _ARRIVES
        if event == _ENDS:
            i = items[0]
            flying = pop(times, items, flying)
            replica = result[i, REPLICA]
            calls[0] += 1
            result[i, ENDED], result[i, RELEASED] = now, calls[0]
            own = runs[start[i] : start[i + 1]]
            answer = runs[answer_first[i] : answer_stop[i]]
            need, more = needed(tokens[i], held_output(output[i]), size), needed(tokens[i], output[i], size)
            if grow(pools[replica], length, more - need, evicted):
                need = more
            else:
                answer = answer[:0]
            finish(pools[replica], own, length, answer, need, now)
            told(mirror, now, replica, evicted, answer, length)
            note_admitted(answer, evicted, owner, workload[i], interference)
            note_left(load, replica, tokens[i], held_output(output[i]))
            load[BUSY_BLOCKS, replica] = pools[replica, _BUSY]
        elif event == _STEPS:
            i = done[size_of + replicas - 1 - replica]
            step_ends[replica] = _NEVER
            while i >= 0:
                result[i, FIRST_TOKEN] = now
                load[WAITING, replica] -= 1
                load[RUNNING, replica] += 1
                load[HELD_TOKENS, replica] += tokens[i] + held_output(output[i])
                i = done[i]
            i = done[size_of + replicas - 1 - replica]
            while i >= 0:
                more = max(0, output[i] - 1) * decode_step(latency, load, replica)
                flying = push(times, items, flying, now + np.int64(more), i)
                i = done[i]
        elif event == _CHANGES:
            replica = changes[changed, 2]
            load[ALIVE, replica] = changes[changed, 1] == COMES
            changed += 1
            if not load[ALIVE, replica]:
                stop(replica, now, load, pools, cold, forget, index, mirror, head, step_ends, stuck, busy)
                repeats, lost, known = lose(replica, coming, result, calls, queued, again, lost, known)
                flying = still_flying(times, items, flying, result)
                repeated = 0
        else:
            i = coming
            if repeated < repeats:
                i = again[repeated]
                repeated += 1
                queued[i], left[i], waiting[i] = now, -1, -1
            else:
                coming += 1
            own = runs[start[i] : start[i + 1]]
            if sees_caches:
                for r in range(replicas):
                    matched[0, r] = match(pools[r], own, length, (tokens[i] - 1) // size) * size
            see(own, length, size, now, index, mirror, matched)
            if now - seen_at > refresh:
                seen[:] = load
                seen_at = now
            seen[ALIVE], seen[INFLIGHT], seen[ROUTED] = load[ALIVE], load[INFLIGHT], load[ROUTED]
            seen[INFLIGHT_TOKENS] = load[INFLIGHT_TOKENS]
            replica = choose(i, now, tokens[i], keys, seen, matched, parameters, memory)
            if not load[ALIVE, replica]:
                continue
            sent(index, replica, own, length, now)
            if needed(tokens[i], output[i], size) > load[CAPACITY, replica]:
                continue
            result[i, REPLICA] = replica
            note_queued(load, replica, tokens[i])
            if head[replica] < 0:
                head[replica] = i
            else:
                waiting[tail[replica]] = i
            tail[replica] = i
        if step_ends[replica] == _NEVER and head[replica] >= 0:
            step_ends[replica] = begin_step(
                now,
                replica,
                budget,
                tokens,
                output,
                start,
                runs,
                length,
                workload,
                size,
                admit,
                pools[replica],
                load,
                latency,
                waiting,
                head,
                left,
                done,
                result,
                calls,
                mirror,
                told,
                evicted,
                owner,
                interference,
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
