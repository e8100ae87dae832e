"""The entries of a cache that matches exact prefixes, one dictionary and no cleverness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracles.traffic import US, OReq, OUse, Prefix, prefix, tokens_to


@dataclass
class Entry:
    """One written prefix."""

    readable_from: int
    """First start time at which it can be read."""
    last_use: int
    """Start of the last request that wrote or read it."""
    ttl_us: int
    born: int = 0
    """Start of the request that wrote it first."""

    def alive(self, now: int) -> bool:
        """True while start minus last start is at most the TTL."""
        return now - self.last_use <= self.ttl_us

    def readable(self, now: int) -> bool:
        """True when it is alive and its writer's first token was out."""
        return self.alive(now) and self.readable_from <= now


class EntryCache:
    """Entries by (scope, key class, prefix). The key class is empty unless TTLs are part of the key."""

    def __init__(self, *, refresh_path: bool) -> None:
        self.entries: dict[tuple[str, str, Prefix], Entry] = {}
        self.refresh_path = refresh_path

    def readable(self, request: OReq, index: int, label: str = "") -> bool:
        """Whether the prefix that ends at `index` can be read by this request."""
        entry = self.entries.get((request.scope, label, prefix(request, index)))
        return entry is not None and entry.readable(request.at_us)

    def refresh(self, request: OReq, index: int, label: str = "") -> None:
        """Restart the clock of the entry at `index` and of all shorter entries on its path that are alive.

        A shorter entry is kept alive whatever its key class and whether or not it is readable yet.
        """
        hit = prefix(request, index)
        for (scope, other, known), entry in self.entries.items():
            same = known == hit and other == label
            shorter = self.refresh_path and len(known) < len(hit) and hit[: len(known)] == known
            if scope == request.scope and (same or shorter) and entry.alive(request.at_us):
                entry.last_use = request.at_us

    def write(self, request: OReq, index: int, ttl_us: int, label: str = "") -> None:
        """Write the prefix that ends at `index`.

        If the same entry is alive already (being written, not readable yet) the two become one: it is
        readable from the earlier of the two times and keeps the longer TTL. A dead entry is replaced.
        """
        key = (request.scope, label, prefix(request, index))
        fresh = Entry(request.readable_from, request.at_us, ttl_us)
        old = self.entries.get(key)
        if old is not None and old.alive(request.at_us):
            fresh.readable_from = min(fresh.readable_from, old.readable_from)
            fresh.ttl_us = max(fresh.ttl_us, old.ttl_us)
        self.entries[key] = fresh


def bill(request: OReq, hit: int, marks: Sequence[tuple[int, str]]) -> OUse:
    """Divide the input: read to the hit, each stretch up to a mark as a write of that mark's TTL, rest plain.

    `hit` is a segment index or -1; `marks` are those deeper than the hit, in order. With the longer TTL
    first this is the published formula: A read, B - A as 1h write, C - B as 5m write, the rest plain.
    """
    done = read = tokens_to(request, hit)
    writes: dict[str, int] = {}
    for index, label in marks:
        here = tokens_to(request, index)
        if here > done:
            writes[label] = writes.get(label, 0) + here - done
        done = here
    return OUse(plain=request.total - done, read=read, writes=writes)


def seconds(value: int) -> int:
    """Seconds as microseconds."""
    return value * US
