"""What one process reads of the inputs: shards into one builder, counted on the way. Shares can be joined."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from cachelens.model.record import RequestRecord, Skip
from cachelens.prompts.builder import TraceBuilder
from cachelens.sources.base import BAD_USAGE
from cachelens.sources.discovery import source_of
from cachelens.sources.reading import ReadOptions, Shard, iter_lines

Progress = Callable[[int], None]
"""Takes the number of bytes read since the last call."""
Job = tuple[int, Shard]
"""Number of an input, and a range of it."""

REPORT_BYTES = 1 << 20
"""How much is read between two calls of `Progress`."""
DUPLICATE = "duplicate of an earlier request"
_MOST_TOKENS = (1 << 31) - 1
"""No request has more; a larger count is damage."""


class Found(msgspec.Struct, frozen=True, order=True):
    """Why lines of one input were passed over."""

    input: int
    reason: str
    detail: str = ""
    benign: bool = False


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
        self._count(Found(index, skip.reason, skip.detail, skip.benign), 1, skip.line)

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
    lines = _Lines(shard, progress)
    add = share.builder.add
    for item in source_of(shard.format).read(iter(lines), shard.path, options):
        if isinstance(item, Skip):
            share.note(index, item)
            continue
        if _most_tokens(item) > _MOST_TOKENS:
            share.note(index, Skip(line=item.line, reason=BAD_USAGE, detail="more tokens than any request has"))
            if not item.parts:
                continue
            item.usage = item.input_tokens = item.output_tokens = None
        add(item, index)
    for skip in lines.trouble:
        share.note(index, skip)
    lines.end()
    share.lines[index] = share.lines.get(index, 0) + lines.count


class _Lines:
    """The lines of a shard; counts them and says how far it is."""

    def __init__(self, shard: Shard, progress: Progress) -> None:
        self._shard = shard
        self._progress = progress
        self._left = size_of(shard)
        self.count = 0
        self.trouble: list[Skip] = []

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield numbered lines. How far it is cannot be told where they are compressed."""
        step = sys.maxsize if self._shard.compression else REPORT_BYTES
        passed = 0
        for item in iter_lines(self._shard):
            if isinstance(item, Skip):
                self.trouble.append(item)
                continue
            self.count += 1
            passed += len(item[1]) + 1
            if passed >= step:
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


def _most_tokens(record: RequestRecord) -> int:
    """Return the largest count that a record states."""
    usage = record.usage
    if usage is not None:
        return max(usage.input_tokens, usage.output or 0)
    return max(record.input_tokens or 0, record.output_tokens or 0)
