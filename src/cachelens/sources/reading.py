"""The door to the sources: find inputs, tell their formats, cut them into shards, read records.

opened = discover(["logs/"])                  # files, folders, globs, `-`
for item in opened:
for shard in shards(item, parts=4):
for result in read_shard(shard, ReadOptions()):
...                               # RequestRecord or Skip
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import msgspec

from cachelens.model.record import RequestRecord, Skip
from cachelens.sources.base import ReadOptions
from cachelens.sources.discovery import Opened, discover, source_of
from cachelens.sources.limits import possible
from cachelens.sources.lines import count_lines, cut_points, iter_stream

MIN_SHARD_BYTES = 8 << 20
"""Below this a shard is not worth a process of its own."""
NOT_MAPPABLE = "this format has no use for --map and the --*-key options"
"""Reason of a benign skip: the whole file is read, without them."""
_WHAT_FOR = "they tell where an API log keeps its fields"

Lines = Iterator[tuple[int, bytes]]
"""Numbered lines without their ends."""
Watch = Callable[[Lines], Lines]

__all__ = [
    "MIN_SHARD_BYTES",
    "Lines",
    "Opened",
    "ReadOptions",
    "Shard",
    "discover",
    "iter_lines",
    "read_shard",
    "shards",
]


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """A byte range of one input that begins and ends at a line. Can be sent to another process."""

    path: str
    name: str
    """The input as the user named it."""
    format: str
    compression: str = ""
    start: int = 0
    end: int | None = None
    """First byte behind the range; `None` reads to the end."""
    answered: bool = False
    """As in `Opened`."""
    index: int = 0
    """Position among the shards of the same input; reading them in this order gives the file's order."""


def shards(opened: Opened, parts: int = 1, *, min_bytes: int = MIN_SHARD_BYTES) -> list[Shard]:
    """Cut an input into at most `parts` ranges; compressed and unsplittable inputs stay whole.

    An input that was passed over (`opened.skip`) has no shards.
    """
    if opened.skip is not None:
        return []
    whole = Shard(
        path=opened.path,
        name=opened.name,
        format=opened.format,
        compression=opened.compression,
        answered=opened.answered,
    )
    parts = min(parts, opened.size // max(min_bytes, 1))
    if parts <= 1 or opened.compression or not opened.splittable:
        return [whole]
    points = cut_points(opened.path, opened.size, parts)
    return [
        msgspec.structs.replace(whole, start=start, end=end, index=index)
        for index, (start, end) in enumerate(itertools.pairwise(points))
    ]


def iter_lines(shard: Shard) -> Iterator[tuple[int, bytes] | Skip]:
    """Yield (line number in the whole file, line without its end); blank lines are left out.

    A skip comes last where compressed data breaks off. The lines before the range are counted
    when the first line is asked for, at the speed of reading.
    """
    before = count_lines(shard.path, shard.start) if shard.start else 0
    return iter_stream(shard.path, shard.compression, shard.start, shard.end, before + 1)


def read_shard(shard: Shard, options: ReadOptions, watch: Watch | None = None) -> Iterator[RequestRecord | Skip]:
    """Yield the records of a shard in file order, and a skip for every line that cannot be used.

    All lines pass through `watch` on their way to the source.
    """
    source = source_of(shard.format)
    if options.paths and not source.mappable and not shard.index:
        yield Skip(line=0, reason=NOT_MAPPABLE, detail=_WHAT_FOR, benign=True, kept=True)
    if shard.answered:
        options = msgspec.structs.replace(options, answered=True)
    trouble: list[Skip] = []
    lines = _only_lines(iter_lines(shard), trouble)
    if watch is not None:
        lines = watch(lines)
    yield from possible(source.read(lines, os.fspath(shard.path), options))
    yield from trouble


def _only_lines(lines: Iterator[tuple[int, bytes] | Skip], trouble: list[Skip]) -> Lines:
    for item in lines:
        if type(item) is tuple:
            yield item
        elif isinstance(item, Skip):
            trouble.append(item)
