"""What one process reads of the inputs: shards into one builder, counted on the way. Shares can be joined."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from cachelens.model.record import Skip
from cachelens.prompts.builder import TraceBuilder
from cachelens.sources.reading import Lines, ReadOptions, Shard, read_shard

Progress = Callable[[int], None]
"""Takes the number of bytes read since the last call."""
Job = tuple[int, Shard]
"""Number of an input, and a range of it."""

REPORT_BYTES = 1 << 20
"""How much is read between two calls of `Progress`."""
DUPLICATE = "duplicate of an earlier request"


class Found(msgspec.Struct, frozen=True, order=True):
    """Why lines of one input were passed over."""

    input: int
    reason: str
    detail: str = ""
    benign: bool = False
    kept: bool = False


class Share(msgspec.Struct, kw_only=True):
    """What one process made of its shards."""

    builder: TraceBuilder
    lines: dict[int, int] = {}
    """Lines that hold anything, by input."""
    skipped: dict[Found, tuple[int, int]] = {}
    """Lines, and the first of them."""

    def requests(self) -> dict[int, int]:
        """Return the requests by input."""
        return dict(enumerate(np.bincount(self.builder.columns.column("file")).tolist()))

    def passed_over(self) -> dict[Found, tuple[int, int]]:
        """Return all that was passed over, duplicates included."""
        duplicates = {Found(index, DUPLICATE, benign=True): row for index, row in self.builder.duplicates.items()}
        return self.skipped | duplicates

    def note(self, index: int, skip: Skip) -> None:
        """Count a line that was passed over."""
        self._count(Found(index, skip.reason, skip.detail, skip.benign, skip.kept), 1, skip.line)

    def _count(self, found: Found, lines: int, first: int) -> None:
        have, earliest = self.skipped.get(found, (0, first))
        self.skipped[found] = have + lines, min(earliest, first)

    def absorb(self, later: Share) -> None:
        """Add what another process made of the shards behind these."""
        self.builder.absorb(later.builder)
        for index, lines in later.lines.items():
            self.lines[index] = self.lines.get(index, 0) + lines
        for found, (lines, first) in later.skipped.items():
            self._count(found, lines, first)


def read(jobs: Sequence[Job], options: ReadOptions, progress: Progress, *, keep_text: bool = False) -> Share:
    """Compile shards one after the other into one builder. No cycles are made, so no cycles are sought."""
    share = Share(builder=TraceBuilder(keep_text=keep_text))
    gc_was_on = gc.isenabled()
    gc.disable()
    try:
        for index, shard in jobs:
            _read_shard(share, index, shard, options, progress)
        share.builder.store.flush()
    finally:
        if gc_was_on:
            gc.enable()
    return share


def size_of(shard: Shard) -> int:
    """Return the bytes of a shard on the disk."""
    return (shard.end if shard.end is not None else Path(shard.path).stat().st_size) - shard.start


def _read_shard(share: Share, index: int, shard: Shard, options: ReadOptions, progress: Progress) -> None:
    watch = _Watch(shard, progress)
    add = share.builder.add
    for item in read_shard(shard, options, watch):
        if isinstance(item, Skip):
            share.note(index, item)
        else:
            add(item, index)
    watch.end()
    share.lines[index] = share.lines.get(index, 0) + watch.count


class _Watch:
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
