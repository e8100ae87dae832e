"""Logs to a compiled trace: finds the inputs, reads them (large ones in two processes), compiles, joins."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from cachelens import share
from cachelens.beside import Beside, Tell, can_fork, can_start
from cachelens.config.compiling import CompileOptions
from cachelens.errors import TraceFormatError, UsageError
from cachelens.kernels import trees
from cachelens.model.result import InputSummary, SkipCount
from cachelens.prompts import parquet, tokens
from cachelens.prompts.container import is_trace, load
from cachelens.prompts.finish import finish
from cachelens.prompts.sharing import salted, without_text
from cachelens.prompts.trace import Trace
from cachelens.share import Share
from cachelens.sources.halving import Job, News, elsewhere, halves
from cachelens.sources.nothing import NoRequestError
from cachelens.sources.passed import Passed
from cachelens.sources.reading import Opened, ReadOptions, discover, shards
from cachelens.sources.watching import Progress

PARALLEL_BYTES = 48_000_000
"""Below this much input a second process costs more than it saves."""
LEAD_BYTES = 60_000_000
"""How much more the second process reads: the first also loads what comes after reading."""
_PROCESSES = 2
_PIECES = 24


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A trace and what was said while reading it."""

    trace: Trace
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]


def compile_inputs(
    inputs: Sequence[str],
    options: CompileOptions,
    *,
    progress: Progress = lambda _count: None,
    prepare: Callable[[], None] = lambda: None,
) -> Compiled:
    """Read logs, or open a compiled trace. Raises `NoRequestError` when no request is found,
    `InputError` for an input that does not exist.

    `prepare` is called once, as early as it costs least: what it loads and checks is needed after reading.
    """
    given = Path(inputs[0]) if len(inputs) == 1 else None
    opened: Sequence[Opened] = ()
    if given is None or _opener(given) is None:
        opened = discover(inputs, forced=options.forced_format, options=options.read)
        if len(opened) == 1 and [opened[0].name] == list(inputs):
            given = Path(opened[0].path)  # the copy, where it was a stream
    if given is not None and (opener := _opener(given)) is not None:
        _refuse_reader_options(inputs[0], options)
        prepare()
        return _reopened(given, opener, options)
    read = _read_all(opened, options, progress, prepare)
    passed = read.passed_over()
    skips = _skips(opened, passed)
    if not len(read.builder.columns):
        raise NoRequestError(skips)
    summaries = _summaries(opened, read, passed)
    meta = {
        "inputs": [msgspec.to_builtins(summary) for summary in summaries],
        "skips": [msgspec.to_builtins(skip) for skip in skips],
        "salted": False,
    }
    trace = finish(read.builder, [item.name for item in opened], meta=meta)
    return Compiled(trace=_to_share(trace, options), inputs=summaries, skips=skips)


def _opener(path: Path) -> Callable[[Path], Trace] | None:
    """Return what opens a compiled trace; `None` for anything else."""
    if is_trace(path):
        return load
    return parquet.load if parquet.is_parquet(path) else None


def _refuse_reader_options(name: str, options: CompileOptions) -> None:
    if options.read.calls is not None:
        raise UsageError(
            f"{name} is a compiled trace: it holds neither the parameters nor the answers that response caches need",
            hint="name the logs that it was compiled from",
        )
    if options.forced_format or options.read != ReadOptions():
        raise UsageError(
            f"{name} is a compiled trace, so options that say how to read logs (--from, --map, --session-key, "
            "--workload-key, --tenant-key) cannot hold for it",
            hint="leave them out, or compile the logs again with them",
        )


def _reopened(path: Path, opener: Callable[[Path], Trace], options: CompileOptions) -> Compiled:
    trace = _to_share(opener(path), options)
    try:
        return Compiled(
            trace=trace,
            inputs=msgspec.convert(trace.meta.get("inputs", ()), tuple[InputSummary, ...]),
            skips=msgspec.convert(trace.meta.get("skips", ()), tuple[SkipCount, ...]),
        )
    except msgspec.ValidationError as error:
        raise TraceFormatError(
            f"{path} is damaged: what it says of its inputs cannot be read ({error})", hint="compile the logs again"
        ) from error


def _to_share(trace: Trace, options: CompileOptions) -> Trace:
    """Leave out and key what the options say."""
    if options.salt:
        return salted(trace, options.salt)
    return trace if options.keep_text else without_text(trace)


def _read_all(
    opened: Sequence[Opened], options: CompileOptions, progress: Progress, prepare: Callable[[], None]
) -> Share:
    """Read all shards, in a second process too where that pays; the result does not depend on it."""
    total = sum(item.size for item in opened)
    fork = can_fork() and not tokens.has_threads()
    parallel = total >= PARALLEL_BYTES and (os.cpu_count() or 1) >= _PROCESSES and (fork or can_start())
    jobs = [(index, shard) for index, item in enumerate(opened) for shard in shards(item, _PIECES if parallel else 1)]
    keep_text = options.keep_text and not options.salt
    if not parallel or len(jobs) < _PROCESSES:
        prepare()
        return share.read(jobs, options.read, progress, keep_text=keep_text)
    front, back = halves(jobs, LEAD_BYTES)
    handed = back if fork else [(index, elsewhere(shard)) for index, shard in back]
    with Beside(_read_handed, handed, options.read, keep_text, fork=fork) as other:
        prepare()
        trees.warm()

        def both(count: int) -> None:
            progress(count + other.news())

        first = share.read(front, options.read, both, keep_text=keep_text)
        first.absorb(other.result(progress))
    return first


def _read_handed(tell: Tell, jobs: list[Job], options: ReadOptions, keep_text: bool) -> Share:  # noqa: FBT001 - handed over
    """Compile shards in a process of their own, and leave behind what the other one has no use for."""
    news = News(tell, jobs)
    result = share.read(jobs, options, news, keep_text=keep_text)
    result.builder.close()
    news.end()
    return result


def _summaries(opened: Sequence[Opened], read: Share, passed: Passed) -> tuple[InputSummary, ...]:
    requests = read.requests()
    return tuple(
        InputSummary(
            path=item.name,
            format=item.format,
            lines=passed.lines.get(index, 0),
            requests=requests.get(index, 0),
            duplicates=passed.duplicates(index),
        )
        for index, item in enumerate(opened)
        if item.skip is None
    )


def _skips(opened: Sequence[Opened], passed: Passed) -> tuple[SkipCount, ...]:
    """Return the inputs that were passed over whole, then lines of the others."""
    whole = Passed()
    for index, item in enumerate(opened):
        if item.skip is not None:
            whole.note(index, item.skip)
    names = [item.name for item in opened]
    return (*whole.counts(names), *passed.counts(names))
