"""Reads the requests of all inputs in their order, the later half in a second process where that pays.

The second process leaves its requests in a file, since nobody listens before the first one is done with its half, and
memory must not grow with the log.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import msgspec

from cachelens.beside import Beside, Tell, can_fork, can_start
from cachelens.errors import InputError
from cachelens.metrics.rows import Counted, UsageRow, row_of
from cachelens.model.record import Skip
from cachelens.sources.halving import Job, News, elsewhere, halves
from cachelens.sources.passed import Passed
from cachelens.sources.reading import Opened, ReadOptions, read_shard, shards
from cachelens.sources.watching import Progress, Watch, without_collection

PARALLEL_BYTES = 48_000_000
"""Below this much input a second process costs more than it saves."""
LEAD_BYTES = 150_000_000
"""How much more the second process reads: the first also loads the prices and adds everything up."""
_PIECES = 48
_PROCESSES = 2
_BATCH = 512
"""Requests that are written at once."""
_SIZE = 4
"""Bytes of the length of a batch."""
Take = Callable[[int, Counted], None]
"""Takes the number of an input and a request of it."""


def read_all(
    opened: Sequence[Opened], options: ReadOptions, take: Take, progress: Progress, prepare: Callable[[], None]
) -> Passed:
    """Hand every request to `take`, in the order of the inputs; `prepare` is called before the first one.

    Whether there is a second process makes no difference to what is handed over.
    """
    large = sum(item.size for item in opened) >= PARALLEL_BYTES and (os.cpu_count() or 1) >= _PROCESSES
    fork = large and can_fork()
    parallel = large and (fork or can_start())
    jobs = [(index, shard) for index, item in enumerate(opened) for shard in shards(item, _PIECES if parallel else 1)]
    passed = Passed()
    for index, item in enumerate(opened):
        if item.skip is not None:
            passed.note(index, item.skip)
    if not parallel or len(jobs) < _PROCESSES:
        prepare()
        _read(jobs, options, take, progress, passed)
        return passed
    front, back = halves(jobs, LEAD_BYTES)
    handed = back if fork else [(index, elsewhere(shard)) for index, shard in back]
    with _scratch() as folder:
        scratch = Path(folder, "rows")
        with Beside(_read_beside, handed, options, scratch, fork=fork) as other:
            prepare()

            def both(count: int) -> None:
                progress(count + other.news())

            _read(front, options, take, both, passed)
            try:
                passed.absorb(other.result(progress))
            except OSError as error:
                raise _no_room(error) from error
        with without_collection():
            for row in _rows(scratch):
                take(row.index, row)
    return passed


def _scratch() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="cachelens-")
    except OSError as error:
        raise _no_room(error) from error


def _no_room(error: OSError) -> InputError:
    return InputError(
        f"a log of this size needs a temporary file, and that cannot be written: {error.strerror}",
        hint="name a folder with room in TMPDIR",
    )


def _read(jobs: Sequence[Job], options: ReadOptions, take: Take, progress: Progress, passed: Passed) -> None:
    with without_collection():
        for index, shard in jobs:
            watch = Watch(shard, progress)
            for record in read_shard(shard, options, watch):
                if isinstance(record, Skip):
                    passed.note(index, record)
                else:
                    take(index, record)
            watch.end()
            passed.add_lines(index, watch.count)


def _read_beside(tell: Tell, jobs: list[Job], options: ReadOptions, scratch: Path) -> Passed:
    """Read jobs in a process of their own, and leave the requests in a file."""
    passed, news = Passed(), News(tell, jobs)
    with scratch.open("wb") as file:
        batch = _Batch(file)
        _read(jobs, options, batch.take, news, passed)
        batch.end()
    news.end()
    return passed


class _Batch:
    """Requests on their way into a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rows: list[UsageRow] = []
        self._encode = msgspec.msgpack.Encoder().encode

    def take(self, index: int, record: Counted) -> None:
        self._rows.append(record if isinstance(record, UsageRow) else row_of(index, record))
        if len(self._rows) >= _BATCH:
            self.end()

    def end(self) -> None:
        data = self._encode(self._rows)
        self._file.write(len(data).to_bytes(_SIZE, "big") + data)
        self._rows.clear()


def _rows(scratch: Path) -> Iterator[UsageRow]:
    decode = msgspec.msgpack.Decoder(list[UsageRow]).decode
    with scratch.open("rb") as file:
        while size := file.read(_SIZE):
            yield from decode(file.read(int.from_bytes(size, "big")))
