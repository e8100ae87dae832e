"""The entries of a response cache: lifetime, capacity, and when an answer is there to be served."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

import msgspec


class Tally(msgspec.Struct):
    """What happened to the entries of one store."""

    expired: int = 0
    """Look-ups that found an entry past its lifetime."""
    in_flight: int = 0
    """Look-ups that found a request whose answer was not there yet."""
    evicted: int = 0
    entries: int = 0
    """Most entries at any time."""
    bytes: int = 0
    """Most bytes of keys and answers at any time."""
    unsized: int = 0
    """Entries whose answer the log does not hold."""


class Store:
    """Key to the request whose answer is kept. The least recently used entry goes first.

    Lifetime counts from the moment the answer was there, and a hit does not renew it.
    """

    def __init__(
        self, *, ttl_us: int | None, capacity: int | None, size_of: Callable[[int], int | None], key_bytes: int
    ) -> None:
        self._ttl, self._capacity = ttl_us, capacity
        self._size_of, self._key_bytes = size_of, key_bytes
        self._entries: OrderedDict[Hashable, tuple[int, int]] = OrderedDict()
        """Key to (request, when its answer is there)."""
        self._held = 0
        self.tally = Tally()

    def find(self, key: Hashable, now: int) -> int:
        """Return the request whose answer an entry holds, -1 where there is none that can be served now."""
        found = self._entries.get(key)
        if found is None:
            return -1
        request, ready = found
        if ready > now:
            self.tally.in_flight += 1
            return -1
        if self._ttl is not None and now - ready > self._ttl:
            self.tally.expired += 1
            self._drop(key)
            return -1
        return request

    def touch(self, key: Hashable) -> None:
        """Note that an entry was served."""
        self._entries.move_to_end(key)

    def put(self, key: Hashable, request: int, ready: int) -> None:
        """Keep an answer; one that is still on its way keeps its place before a later one of the same key."""
        before = self._entries.get(key)
        if before is not None:
            if before[1] <= ready:
                return
            self._drop(key)
        self._entries[key] = request, ready
        size = self._size_of(request)
        self.tally.unsized += size is None
        self._held += self._key_bytes + (size or 0)
        if self._capacity is not None and len(self._entries) > self._capacity:
            self._drop(next(iter(self._entries)))
            self.tally.evicted += 1
        self.tally.entries = max(self.tally.entries, len(self._entries))
        self.tally.bytes = max(self.tally.bytes, self._held)

    def _drop(self, key: Hashable) -> None:
        request, _ = self._entries.pop(key)
        self._held -= self._key_bytes + (self._size_of(request) or 0)
