"""Logs to a compiled trace: finds the inputs, reads them (large ones in two processes), compiles, joins."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from cachelens.beside import Beside
from cachelens.errors import InputError
from cachelens.kernels import trees
from cachelens.model.record import RequestRecord, Skip
from cachelens.model.result import InputSummary, SkipCount
from cachelens.prompts import parquet
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.container import is_trace, load
from cachelens.prompts.finish import finish
from cachelens.prompts.trace import Trace
from cachelens.sources.base import BAD_USAGE
from cachelens.sources.reading import Opened, ReadOptions, Shard, discover, read_shard, shards

PARALLEL_BYTES = 48_000_000
"""Below this much input a second process costs more than it saves."""
LEAD_BYTES = 60_000_000
"""How much more the second process reads: the first also loads what comes after reading."""
_PROCESSES = 2
_PIECES = 24
_MOST_TOKENS = (1 << 31) - 1
"""No request has more; a larger count is damage."""
Progress = Callable[[int], None]
_Job = tuple[int, Shard]
"""Number of an input, and a range of it."""


class CompileOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Choices for reading and compiling."""

    read: ReadOptions = ReadOptions()
    forced_format: str = ""
    keep_text: bool = False
    salt: str = ""


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A trace and what was said while reading it."""

    trace: Trace
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]


class _Read(msgspec.Struct, kw_only=True):
    """What one process made of its shards."""

    builder: TraceBuilder
    requests: dict[int, int] = {}
    skipped: dict[tuple[int, str, str, bool], tuple[int, int]] = {}
    """(input, reason, detail, benign) to (lines, first line)."""


def compile_inputs(
    inputs: Sequence[str],
    options: CompileOptions,
    *,
    progress: Progress = lambda _count: None,
    prepare: Callable[[], None] = lambda: None,
) -> Compiled:
    """Read logs, or open a compiled trace. Raises `InputError` when no request is found.

    `prepare` is called once, as early as it costs least: what it loads and checks is needed after reading.
    """
    if len(inputs) == 1 and is_trace(Path(inputs[0])):
        prepare()
        return _reopened(load(Path(inputs[0])))
    if len(inputs) == 1 and parquet.is_parquet(Path(inputs[0])):
        prepare()
        return _reopened(parquet.load(Path(inputs[0])))
    opened = discover(inputs, forced=options.forced_format, options=options.read)
    read = _read_all(opened, options, progress, prepare)
    names = [item.name for item in opened]
    skips = _skips(opened, read)
    summaries = tuple(
        InputSummary(path=item.name, format=item.format, lines=0, requests=read.requests.get(index, 0), duplicates=0)
        for index, item in enumerate(opened)
        if item.skip is None
    )
    if not len(read.builder.columns):
        raise InputError("no usable request was found" + _why_none(skips), hint=_next_step(skips))
    duplicates = read.builder.duplicates
    if duplicates:
        skips = (
            *skips,
            SkipCount(
                path=names[0], reason="duplicate of an earlier request", lines=duplicates, first_line=0, benign=True
            ),
        )
    meta = {
        "inputs": [msgspec.to_builtins(summary) for summary in summaries],
        "skips": [msgspec.to_builtins(skip) for skip in skips],
        "salted": bool(options.salt),
    }
    trace = finish(read.builder, names, salt=options.salt, meta=meta)
    return Compiled(trace=trace, inputs=summaries, skips=skips)


def _reopened(trace: Trace) -> Compiled:
    return Compiled(
        trace=trace,
        inputs=msgspec.convert(trace.meta.get("inputs", ()), tuple[InputSummary, ...]),
        skips=msgspec.convert(trace.meta.get("skips", ()), tuple[SkipCount, ...]),
    )


def _read_all(
    opened: Sequence[Opened], options: CompileOptions, progress: Progress, prepare: Callable[[], None]
) -> _Read:
    """Read all shards, in a second process too where that pays; the result does not depend on it."""
    total = sum(item.size for item in opened)
    parallel = total >= PARALLEL_BYTES and (os.cpu_count() or 1) >= _PROCESSES
    jobs = [(index, shard) for index, item in enumerate(opened) for shard in shards(item, _PIECES if parallel else 1)]
    if not parallel or len(jobs) < _PROCESSES:
        prepare()
        return _read_jobs(jobs, options, progress)
    front, back = _halves(jobs)
    with Beside(_read_handed, back, options) as other:
        prepare()
        trees.warm()
        first = _read_jobs(front, options, progress)
        _join(first, other.result(), len(opened))
    return first


def _read_handed(jobs: list[_Job], options: CompileOptions) -> _Read:
    """Compile shards in a process of their own, and leave behind what the other one has no use for."""
    read = _read_jobs(jobs, options, None)
    read.builder.close()
    return read


def _halves(jobs: list[_Job]) -> tuple[list[_Job], list[_Job]]:
    """Cut the jobs in two runs that take about the same time, the second of them `LEAD_BYTES` longer."""
    sizes = [_size(shard) for _, shard in jobs]
    front, done = max(sum(sizes) / 4, (sum(sizes) - LEAD_BYTES) / 2), 0
    for position, size in enumerate(sizes):
        if done + size / 2 > front and position:
            return _joined(jobs[:position]), _joined(jobs[position:])
        done += size
    return _joined(jobs[:-1]), _joined(jobs[-1:])


def _joined(jobs: list[_Job]) -> list[_Job]:
    """Make one shard of those that follow each other in one input."""
    result: list[_Job] = []
    for index, shard in jobs:
        if result and result[-1][0] == index:
            shard = msgspec.structs.replace(result[-1][1], end=shard.end)  # noqa: PLW2901
            result.pop()
        result.append((index, shard))
    return result


def _size(shard: Shard) -> int:
    return (shard.end if shard.end is not None else Path(shard.path).stat().st_size) - shard.start


def _read_jobs(jobs: list[_Job], options: CompileOptions, progress: Progress | None) -> _Read:
    """Compile shards one after the other into one builder. No cycles are made, so no cycles are sought."""
    read = _Read(builder=TraceBuilder(keep_text=options.keep_text))
    gc_was_on = gc.isenabled()
    gc.disable()
    try:
        for index, shard in jobs:
            _read_job(read, index, shard, options)
            if progress is not None:
                progress(_size(shard))
        read.builder.store.flush()
    finally:
        if gc_was_on:
            gc.enable()
    return read


def _read_job(read: _Read, index: int, shard: Shard, options: CompileOptions) -> None:
    requests = 0
    add = read.builder.add
    for item in read_shard(shard, options.read):
        if isinstance(item, Skip):
            _note_skip(read, index, item)
            continue
        if _most_tokens(item) > _MOST_TOKENS:
            _note_skip(read, index, Skip(line=item.line, reason=BAD_USAGE, detail="more tokens than any request has"))
            if not item.parts:
                continue
            item.usage = item.input_tokens = item.output_tokens = None
        if add(item, index):
            requests += 1
    read.requests[index] = read.requests.get(index, 0) + requests


def _most_tokens(record: RequestRecord) -> int:
    """Return the largest count that a record states."""
    usage = record.usage
    if usage is not None:
        return max(usage.input_tokens, usage.output or 0)
    return max(record.input_tokens or 0, record.output_tokens or 0)


def _note_skip(read: _Read, index: int, skip: Skip) -> None:
    key = (index, skip.reason, skip.detail, skip.benign)
    lines, first = read.skipped.get(key, (0, skip.line))
    read.skipped[key] = (lines + 1, first)


def _join(first: _Read, second: _Read, inputs: int) -> None:
    first.builder.absorb(second.builder, range(inputs))
    for index, requests in second.requests.items():
        first.requests[index] = first.requests.get(index, 0) + requests
    for key, (lines, line) in second.skipped.items():
        have, earliest = first.skipped.get(key, (0, line))
        first.skipped[key] = (have + lines, earliest)


def _skips(opened: Sequence[Opened], read: _Read) -> tuple[SkipCount, ...]:
    rows = [
        SkipCount(
            path=item.name,
            reason=item.skip.reason,
            lines=1,
            first_line=item.skip.line,
            detail=item.skip.detail,
            benign=item.skip.benign,
        )
        for item in opened
        if item.skip is not None
    ]
    for (index, reason, detail, benign), (lines, first) in sorted(read.skipped.items()):
        rows.append(
            SkipCount(
                path=opened[index].name, reason=reason, lines=lines, first_line=first, detail=detail, benign=benign
            )
        )
    return tuple(rows)


def _why_none(skips: Sequence[SkipCount]) -> str:
    shown = [
        f"{skip.path}: {skip.reason}" + (f" (line {skip.first_line})" if skip.first_line else "") for skip in skips[:3]
    ]
    return f" ({'; '.join(shown)})" if shown else ""


def _next_step(skips: Sequence[SkipCount]) -> str:
    detail = next((skip.detail for skip in skips if skip.detail), "")
    return detail or "name a log that a source can read, or force one with --from"
