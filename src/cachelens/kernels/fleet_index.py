"""What a router remembers: which runs it believes to be on which replica.

One array of 64-bit integers: a head, the first entry of each run, three cells a replica, the entries, and a queue of
events that have not arrived yet. An entry says that a replica has the leading blocks of a run. Entries of a run are
chained, and so are those of a replica from the one used least recently on. Numbers of entries count from 1; 0 is none,
so that an index begins as zeros, and only what is used takes memory.

`see`, `sent`, `told` and `forget` are handed to the loops over events, or `see_nothing` and so on where a router keeps
no record: what is not used is not compiled.
"""

from __future__ import annotations

from typing import Any, Final

from cachelens.kernels.shim import kernel

SEE: Final = "void(int32[::1], int32[::1], int64, int64, int64[::1], int64[::1], int64[:, ::1])"
SENT: Final = "void(int64[::1], int64, int32[::1], int32[::1], int64)"
TOLD: Final = "void(int64[::1], int64, int64, int32[::1], int32[::1], int32[::1])"
FORGET: Final = "void(int64[::1], int64[::1], int64)"

LIMIT, MOST, KEEP, LAG, REPLICAS, ENDS, CELLS, EVENTS, ENTRIES, QUEUE, USED, SPARE, HEAD, TAIL = range(14)
"""Cells of the head: blocks for each replica, blocks of a prompt that are looked at, microseconds that an entry is
believed (each 0 = all), microseconds until an event arrives, replicas; where the cells of replicas begin, those of
entry 0 and those of events; entries and events that fit; entries used, first spare one, events arrived, events sent.
Events go round: number n stands where n - QUEUE stood."""
FIRST = 14
HELD, OLDEST, NEWEST = range(3)
"""Cells of a replica: blocks it is believed to have, and the ends of its chain."""
RUN, REPLICA, BLOCKS, TIME, NEXT, BEFORE, BEHIND = range(7)
FIELDS = 7
DUE, WHERE, WHAT, CHANGE = range(4)
EVENT = 4
"""Cells of an event: when it arrives, replica, run, blocks (below zero: so many are gone)."""


@kernel
def unchain(index: Any, entry: int) -> None:
    """Take an entry out of the chain of its replica."""
    cell = index[CELLS] + FIELDS * entry
    ends = index[ENDS] + 3 * index[cell + REPLICA]
    before, behind = index[cell + BEFORE], index[cell + BEHIND]
    if before:
        index[index[CELLS] + FIELDS * before + BEHIND] = behind
    else:
        index[ends + OLDEST] = behind
    if behind:
        index[index[CELLS] + FIELDS * behind + BEFORE] = before
    else:
        index[ends + NEWEST] = before


@kernel
def drop(index: Any, entry: int, blocks: int) -> None:
    """Forget the last blocks of an entry, and all of it if no block is left."""
    cell = index[CELLS] + FIELDS * entry
    blocks = min(blocks, index[cell + BLOCKS])
    index[cell + BLOCKS] -= blocks
    index[index[ENDS] + 3 * index[cell + REPLICA] + HELD] -= blocks
    if index[cell + BLOCKS]:
        return
    unchain(index, entry)
    link = FIRST + index[cell + RUN]
    while index[link] != entry:
        link = index[CELLS] + FIELDS * index[link] + NEXT
    index[link] = index[cell + NEXT]
    index[cell + NEXT] = index[SPARE]
    index[SPARE] = entry


@kernel
def find(index: Any, run: int, replica: int) -> int:
    """Return the entry of a run and a replica, 0 for none."""
    entry = index[FIRST + run]
    while entry and index[index[CELLS] + FIELDS * entry + REPLICA] != replica:
        entry = index[index[CELLS] + FIELDS * entry + NEXT]
    return int(entry)


@kernel
def keep_run(index: Any, replica: int, run: int, blocks: int, now: int) -> None:
    """Note that a replica has so many leading blocks of a run, or more if more are known, used now."""
    entry = find(index, run, replica)
    if entry:
        unchain(index, entry)
    else:
        entry = index[SPARE]
        if entry:
            index[SPARE] = index[index[CELLS] + FIELDS * entry + NEXT]
        elif index[USED] < index[ENTRIES]:
            index[USED] += 1
            entry = index[USED]
        else:
            return
        fresh = index[CELLS] + FIELDS * entry
        index[fresh + RUN], index[fresh + REPLICA], index[fresh + BLOCKS] = run, replica, 0
        index[fresh + NEXT] = index[FIRST + run]
        index[FIRST + run] = entry
    cell = index[CELLS] + FIELDS * entry
    ends = index[ENDS] + 3 * replica
    more = max(0, blocks - index[cell + BLOCKS])
    index[cell + BLOCKS] += more
    index[ends + HELD] += more
    index[cell + TIME] = now
    newest = index[ends + NEWEST]
    index[cell + BEFORE], index[cell + BEHIND] = newest, 0
    if newest:
        index[index[CELLS] + FIELDS * newest + BEHIND] = entry
    else:
        index[ends + OLDEST] = entry
    index[ends + NEWEST] = entry


@kernel
def see(runs: Any, length: Any, size: int, now: int, index: Any, mirror: Any, matched: Any) -> None:
    """Write what a router believes of the caches to `matched`, as far as it keeps a record (see `base.Match`).

    The events that have arrived by now are taken in first.
    """
    while len(mirror) and mirror[HEAD] < mirror[TAIL]:
        event = mirror[EVENTS] + EVENT * (mirror[HEAD] % mirror[QUEUE])
        if mirror[event + DUE] > now:
            break
        replica, run, blocks = mirror[event + WHERE], mirror[event + WHAT], mirror[event + CHANGE]
        if blocks > 0:
            keep_run(mirror, replica, run, blocks, now)
        elif blocks < 0:
            entry = find(mirror, run, replica)
            if entry:
                drop(mirror, entry, -blocks)
        mirror[HEAD] += 1
    for row in range(2):
        record = index if row else mirror
        if len(record) == 0:
            continue
        for replica in range(record[REPLICAS]):
            matched[row, replica] = 0
        most, keep, depth = record[MOST], record[KEEP], 0
        for run in runs:
            wanted = min(length[run], most - depth) if most else length[run]
            found = False
            entry = record[FIRST + run]
            while entry:
                cell = record[CELLS] + FIELDS * entry
                replica = record[cell + REPLICA]
                if matched[row, replica] == depth and not (keep and now - record[cell + TIME] > keep):
                    matched[row, replica] += min(record[cell + BLOCKS], wanted)
                    found = True
                entry = record[cell + NEXT]
            depth += length[run]
            if not found or (most and depth >= most):
                break
        for replica in range(record[REPLICAS]):
            matched[row, replica] *= size
            if row:
                matched[2, replica] = record[record[ENDS] + 3 * replica + HELD] * size


@kernel
def see_nothing(runs: Any, length: Any, size: int, now: int, index: Any, mirror: Any, matched: Any) -> None:
    """See nothing."""


@kernel
def sent(index: Any, replica: int, runs: Any, length: Any, now: int) -> None:
    """Note that a prompt was sent to a replica, the beginning as used last; forget what is too much or too old."""
    most = index[MOST]
    count, depth = 0, 0
    for run in runs:
        if most and depth >= most:
            break
        depth += length[run]
        count += 1
    behind = max(0, depth - most) if most else 0
    for place in range(count - 1, -1, -1):
        keep_run(index, replica, runs[place], length[runs[place]] - behind, now)
        behind = 0
    ends = index[ENDS] + 3 * replica
    while index[ends + OLDEST]:
        oldest = index[ends + OLDEST]
        too_many = index[ends + HELD] - index[LIMIT] if index[LIMIT] else 0
        if index[KEEP] and now - index[index[CELLS] + FIELDS * oldest + TIME] > index[KEEP]:
            too_many = index[ends + HELD]
        if too_many <= 0:
            break
        drop(index, oldest, too_many)


@kernel
def sent_nothing(index: Any, replica: int, runs: Any, length: Any, now: int) -> None:
    """Note nothing."""


@kernel
def told(mirror: Any, now: int, replica: int, evicted: Any, runs: Any, length: Any) -> None:
    """Put on its way that a replica has evicted blocks (pairs of a run and a number), and then has `runs`, whole."""
    for place in range(evicted[0] // 2 + len(runs)):
        if mirror[TAIL] - mirror[HEAD] >= mirror[QUEUE]:
            break
        event = mirror[EVENTS] + EVENT * (mirror[TAIL] % mirror[QUEUE])
        mirror[event + DUE], mirror[event + WHERE] = now + mirror[LAG], replica
        if place < evicted[0] // 2:
            mirror[event + WHAT], mirror[event + CHANGE] = evicted[2 * place + 1], -evicted[2 * place + 2]
        else:
            run = runs[place - evicted[0] // 2]
            mirror[event + WHAT], mirror[event + CHANGE] = run, length[run]
        mirror[TAIL] += 1


@kernel
def told_nothing(mirror: Any, now: int, replica: int, evicted: Any, runs: Any, length: Any) -> None:
    """Tell nothing."""


@kernel
def forget(index: Any, mirror: Any, replica: int) -> None:
    """Forget all that a replica has, as it went down, and what is on its way from there."""
    for row in range(2):
        record = index if row else mirror
        if len(record) == 0:
            continue
        ends = record[ENDS] + 3 * replica
        while record[ends + OLDEST]:
            drop(record, record[ends + OLDEST], record[ends + HELD])
        for number in range(record[HEAD], record[TAIL]):
            event = record[EVENTS] + EVENT * (number % record[QUEUE])
            if record[event + WHERE] == replica:
                record[event + CHANGE] = 0


@kernel
def forget_nothing(index: Any, mirror: Any, replica: int) -> None:
    """Forget nothing."""
