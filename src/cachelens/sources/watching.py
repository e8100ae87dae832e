"""How far the reading of a shard is: lines counted, bytes told."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cachelens.sources.reading import Lines, Shard

Progress = Callable[[int], None]
"""Takes the number of bytes read since the last call."""
REPORT_BYTES = 1 << 20
"""How much is read between two calls of `Progress`."""


def size_of(shard: Shard) -> int:
    """Return the bytes of a shard on the disk."""
    return (shard.end if shard.end is not None else Path(shard.path).stat().st_size) - shard.start


class Watch:
    """Counts the lines of a shard, and says how far it is."""

    def __init__(self, shard: Shard, progress: Progress) -> None:
        self._step = sys.maxsize if shard.compression else REPORT_BYTES
        self._progress = progress
        self._left = size_of(shard)
        self.count = 0

    def __call__(self, lines: Lines) -> Lines:
        """Pass lines on. How far it is cannot be told where they are compressed."""
        passed = 0
        for item in lines:
            self.count += 1
            passed += len(item[1]) + 1
            if passed >= self._step:
                self._tell(passed)
                passed = 0
            yield item

    def end(self) -> None:
        """Report what has not been reported yet: line ends, blank lines, compressed data."""
        self._tell(self._left)

    def _tell(self, count: int) -> None:
        count = min(count, self._left)
        self._left -= count
        self._progress(count)


@contextmanager
def without_collection() -> Iterator[None]:
    """Seek no cycles while records are read: none are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
