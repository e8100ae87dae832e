"""What one process reads of the inputs: shards into one builder, counted on the way. Shares can be joined."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from cachelens.model.record import Skip
from cachelens.prompts.builder import TraceBuilder
from cachelens.sources.halving import Job
from cachelens.sources.reading import ReadOptions, Shard, read_shard
from cachelens.sources.watching import Progress, Watch, without_collection

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
    with without_collection():
        for index, shard in jobs:
            _read_shard(share, index, shard, options, progress)
        share.builder.store.flush()
    return share


def _read_shard(share: Share, index: int, shard: Shard, options: ReadOptions, progress: Progress) -> None:
    watch = Watch(shard, progress)
    add = share.builder.add
    for item in read_shard(shard, options, watch):
        if isinstance(item, Skip):
            share.note(index, item)
        else:
            add(item, index)
    watch.end()
    share.lines[index] = share.lines.get(index, 0) + watch.count
