"""Two processes for one reading: which of them reads what, and how the second one says how far it is."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from cachelens.sources.reading import Shard
from cachelens.sources.watching import size_of

Job = tuple[int, Shard]
"""Number of an input, and a range of it."""
_TOLD_AT_MOST = 64
"""How often the second process says how far it is: what it says must find room while nobody listens."""


def halves(jobs: list[Job], lead: int) -> tuple[list[Job], list[Job]]:
    """Cut the jobs in two runs that take about the same time, the second of them `lead` bytes longer."""
    sizes = [size_of(shard) for _, shard in jobs]
    front, done = max(sum(sizes) / 4, (sum(sizes) - lead) / 2), 0
    for position, size in enumerate(sizes):
        if done + size / 2 > front and position:
            return _joined(jobs[:position]), _joined(jobs[position:])
        done += size
    return _joined(jobs[:-1]), _joined(jobs[-1:])


def _joined(jobs: list[Job]) -> list[Job]:
    """Make one shard of those that follow each other in one input."""
    result: list[Job] = []
    for index, shard in jobs:
        if result and result[-1][0] == index:
            shard = msgspec.structs.replace(result[-1][1], end=shard.end)  # noqa: PLW2901
            result.pop()
        result.append((index, shard))
    return result


def elsewhere(shard: Shard) -> Shard:
    """Name an open file of this process, such as a copy of standard input, so that another process finds it."""
    path = shard.path.replace("/proc/self/", f"/proc/{os.getpid()}/", 1)
    return msgspec.structs.replace(shard, path=path)


class News:
    """Takes the bytes that a second process has read, and tells the first one now and then."""

    def __init__(self, tell: Callable[[int], None], jobs: list[Job]) -> None:
        self._tell = tell
        self._step = sum(size_of(shard) for _, shard in jobs) // _TOLD_AT_MOST
        self._untold = 0

    def __call__(self, count: int) -> None:
        """Count bytes."""
        self._untold += count
        if self._untold > self._step:
            self.end()

    def end(self) -> None:
        """Tell what has not been told."""
        self._tell(self._untold)
        self._untold = 0
