"""What one process reads of the inputs: shards into one builder, counted on the way. Shares can be joined."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from cachelens.model.record import Skip
from cachelens.prompts.builder import TraceBuilder
from cachelens.sources.halving import Job
from cachelens.sources.passed import Passed
from cachelens.sources.reading import ReadOptions, Shard, read_shard
from cachelens.sources.watching import Progress, Watch, without_collection


class Share(msgspec.Struct, kw_only=True):
    """What one process made of its shards."""

    builder: TraceBuilder
    passed: Passed = msgspec.field(default_factory=Passed)

    def requests(self) -> dict[int, int]:
        """Return the requests by input."""
        return dict(enumerate(np.bincount(self.builder.columns.column("file")).tolist()))

    def passed_over(self) -> Passed:
        """Return what was read, with the duplicates among what was passed over."""
        whole = Passed()
        whole.absorb(self.passed)
        for index, (lines, first) in self.builder.duplicates.items():
            whole.note_duplicates(index, lines, first)
        return whole

    def absorb(self, later: Share) -> None:
        """Add what another process made of the shards behind these."""
        self.builder.absorb(later.builder)
        self.passed.absorb(later.passed)


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
            share.passed.note(index, item)
        else:
            add(item, index)
    watch.end()
    share.passed.add_lines(index, watch.count)
