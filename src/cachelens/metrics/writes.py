"""Which written tokens nothing read again, as far as recorded counts tell.

A request that read `r` tokens and wrote `w` left an entry for the positions `r` to `r + w` of its prompt. Of these

* what lies below the reads of a later request of the same session and model was read again;
* what a later request of the session writes anew, at the same positions, was replaced without having been read;
* what lies below the reads of another session's first request (same workload and model) was read by others;
* the rest was never read.

Counts say how much was read, not what. So another prefix that is as long is taken for the same one, and what is
reported is the least that was never read. Requests without a session are left out, and so are those of a model that has
not written anything so far.
"""

from __future__ import annotations

from collections import OrderedDict

from cachelens.metrics.sessions import MOST_OPEN
from cachelens.model.metrics import Unread
from cachelens.model.usage import Usage

_MOST_PREFIXES = 1_000
_Key = tuple[str, str, str]
"""Session, workload and model."""


class Writes:
    """Follows the writes of open sessions."""

    def __init__(self) -> None:
        self._open: OrderedDict[_Key, list[tuple[int, int]]] = OrderedDict()
        """Written positions that nothing has read yet, each list ascending."""
        self._shared: dict[tuple[str, str], int] = {}
        """By workload and model: the most that a session's first request read."""
        self._writing: set[str] = set()
        """Models that have written anything so far."""
        self._written: dict[str, int] = {}
        self._unread: dict[str, int] = {}

    def add(self, session: str, workload: str, model: str, usage: Usage) -> None:
        """Follow a request of a session that says what it read."""
        written = usage.write_5m + usage.write_1h + usage.write_30m + usage.write_12h
        if model not in self._writing:
            if not written:
                return
            self._writing.add(model)
        read = usage.cache_read or 0
        key = (session, workload, model)
        waiting = self._open.get(key)
        if waiting is None:
            if len(self._open) >= MOST_OPEN:
                self._close(*self._open.popitem(last=False))
            waiting = self._open[key] = []
            place = (workload, model)
            if read > self._shared.get(place, 0) and (place in self._shared or len(self._shared) < _MOST_PREFIXES):
                self._shared[place] = read
        else:
            self._open.move_to_end(key)
        if waiting:
            waiting[:] = self._settled(waiting, read, read + written, workload)
        if written:
            self._written[workload] = self._written.get(workload, 0) + written
            waiting.append((read, read + written))
            waiting.sort()

    def _settled(self, waiting: list[tuple[int, int]], read: int, end: int, workload: str) -> list[tuple[int, int]]:
        """Return what still waits once everything below `read` was read, and up to `end` written anew."""
        left: list[tuple[int, int]] = []
        replaced = 0
        for start, stop in waiting:
            replaced += max(0, min(stop, end) - max(start, read))
            if stop > max(start, end):
                left.append((max(start, end), stop))
        if replaced:
            self._unread[workload] = self._unread.get(workload, 0) + replaced
        return left

    def _close(self, key: _Key, waiting: list[tuple[int, int]]) -> None:
        _, workload, model = key
        shared = self._shared.get((workload, model), 0)
        never = sum(max(0, stop - max(start, shared)) for start, stop in waiting)
        self._unread[workload] = self._unread.get(workload, 0) + never

    def result(self) -> dict[str, Unread]:
        """Close what is open and return the figures of each workload that reports writes in sessions."""
        while self._open:
            self._close(*self._open.popitem(last=False))
        return {
            name: unread_of(written, self._unread.get(name, 0)) for name, written in self._written.items() if written
        }


def unread_of(written: int, unread: int) -> Unread:
    """Return both sums with their ratio."""
    return Unread(written_tokens=written, unread_tokens=unread, share=unread / written if written else None)
