"""What routing policies share: repeatable chance, hash rings, sums over a window of time.

Load is that of `fleet.routing.base`: a row a kind, a column a replica.
"""

from __future__ import annotations

from typing import Any

from cachelens.kernels.fleet_arrays import ALIVE, INFLIGHT
from cachelens.kernels.shim import kernel

_LOW = 0xFFFFFFFF
ANY = float(1 << 62)
"""Requests in flight that no replica reaches."""
RING = 0
"""Where a ring begins in the memory of a policy: its number of points, then the points, then their replicas."""


@kernel
def mixed(x: int) -> int:
    """Return a hash of 32 bits; no product leaves 63, so that plain Python gives the same."""
    x &= 0xFFFFFFFF
    x = ((x >> 16) ^ x) * 0x45D9F3B & 0xFFFFFFFF
    x = ((x >> 16) ^ x) * 0x45D9F3B & 0xFFFFFFFF
    return (x >> 16) ^ x


@kernel
def draw(seed: int, request: int, salt: int) -> int:
    """Return 32 bits that look like chance and depend on nothing but the arguments."""
    return int(mixed(mixed(mixed(seed + 0x9E3779B9) ^ (request & 0xFFFFFFFF)) + salt * 0x9E3779B1))


@kernel
def alive_count(load: Any) -> int:
    """Return how many replicas are alive."""
    count = 0
    for replica in range(load.shape[1]):
        count += load[ALIVE, replica]
    return count


@kernel
def nth_alive(load: Any, number: int) -> int:
    """Return the replica that has so many living ones before it; 0 where there is none."""
    for replica in range(load.shape[1]):
        if load[ALIVE, replica]:
            if number == 0:
                return replica
            number -= 1
    return 0


@kernel
def least(load: Any, row: int) -> int:
    """Return the living replica with the least of a load, the first of equal ones."""
    best = -1
    for replica in range(load.shape[1]):
        if load[ALIVE, replica] and (best < 0 or load[row, replica] < load[row, best]):
            best = replica
    return max(best, 0)


@kernel
def two_choices(request: int, seed: int, load: Any) -> int:
    """Return the replica with fewer requests in flight of two drawn ones, the first drawn of equal ones."""
    alive = alive_count(load)
    if alive <= 1:
        return int(nth_alive(load, 0))
    first = draw(seed, request, 0) * alive >> 32
    second = draw(seed, request, 1) * (alive - 1) >> 32
    if second >= first:
        second += 1
    one, other = nth_alive(load, first), nth_alive(load, second)
    return int(other if load[INFLIGHT, other] < load[INFLIGHT, one] else one)


@kernel
def bound(load: Any, factor: float) -> float:
    """Return the requests in flight that a replica may have: its share, this request included, times a factor."""
    total, alive = 0, 0
    for replica in range(load.shape[1]):
        if load[ALIVE, replica]:
            total += load[INFLIGHT, replica]
            alive += 1
    return factor * (total + 1) / max(1, alive)


@kernel
def position(key: int) -> int:
    """Return where a key stands on a ring, whether it is that of a request alone or not."""
    return key if key >= 0 else -1 - key


@kernel
def on_ring(memory: Any, key: int) -> int:
    """Return the number of the first point of the ring that is not before a key."""
    low, high = 0, memory[0]
    while low < high:
        middle = (low + high) // 2
        if memory[1 + middle] < key:
            low = middle + 1
        else:
            high = middle
    return int(low if low < memory[0] else 0)


@kernel
def walk_ring(memory: Any, key: int, load: Any, most: float) -> int:
    """Return the first replica behind a key that is alive and has at most so many requests in flight.

    Where none has as few, the first that is alive.
    """
    points = memory[0]
    place = on_ring(memory, key)
    first = -1
    for _ in range(points):
        replica = memory[1 + points + place]
        if load[ALIVE, replica]:
            if load[INFLIGHT, replica] <= most:
                return int(replica)
            if first < 0:
                first = replica
        place += 1
        if place == points:
            place = 0
    return int(max(first, 0))


@kernel
def forget_window(memory: Any, at: int, replicas: int, now: int, keep: int) -> None:
    """Take out of the sums what is older than `keep`.

    From the cell `at` to the end of the memory: entries gone, entries in all, a sum for each replica, then time,
    replica and amount of each. Entries go round, so that where there are too many the oldest counts no more.
    """
    entries = at + 2 + replicas
    fit = (len(memory) - entries) // 3
    while memory[at] < memory[at + 1]:
        entry = entries + 3 * (memory[at] % fit)
        if now - memory[entry] <= keep and memory[at + 1] - memory[at] < fit:
            break
        memory[at + 2 + memory[entry + 1]] -= memory[entry + 2]
        memory[at] += 1


@kernel
def note_window(memory: Any, at: int, replicas: int, now: int, replica: int, amount: int) -> None:
    """Add an amount to the sum of a replica."""
    entries = at + 2 + replicas
    entry = entries + 3 * (memory[at + 1] % ((len(memory) - entries) // 3))
    memory[entry], memory[entry + 1], memory[entry + 2] = now, replica, amount
    memory[at + 2 + replica] += amount
    memory[at + 1] += 1
