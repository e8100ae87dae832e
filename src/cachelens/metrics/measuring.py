"""Logs to figures: finds the inputs, reads them once, and puts together what was counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cachelens.errors import InputError, UsageError
from cachelens.metrics.collecting import Collector
from cachelens.metrics.prices import Prices
from cachelens.metrics.results import result_of
from cachelens.metrics.seen import Seen
from cachelens.model.metrics import MetricsChoices, MetricsResult
from cachelens.model.record import Skip
from cachelens.model.result import InputSummary, SkipCount
from cachelens.providers.loading import load_pricing
from cachelens.sources.reading import Opened, ReadOptions, discover, read_shard, shards
from cachelens.sources.watching import Progress, Watch, without_collection

DUPLICATE = "duplicate of an earlier request"
Found = tuple[str, str, str, bool, bool]
"""Input, and a skip without its line."""


class Passed:
    """Counts what was passed over."""

    def __init__(self) -> None:
        self._rows: dict[Found, list[int]] = {}

    def note(self, path: str, skip: Skip) -> None:
        """Count a line."""
        key = (path, skip.reason, skip.detail, skip.benign, skip.kept)
        row = self._rows.setdefault(key, [0, skip.line])
        row[0] += 1
        row[1] = min(row[1], skip.line)

    def counts(self) -> tuple[SkipCount, ...]:
        """Return the counts, by input and reason."""
        return tuple(
            SkipCount(path=path, reason=reason, lines=lines, first_line=first, detail=detail, benign=benign, kept=kept)
            for (path, reason, detail, benign, kept), (lines, first) in sorted(self._rows.items())
        )


def measure(
    inputs: Sequence[str],
    choices: MetricsChoices,
    options: ReadOptions,
    *,
    forced_format: str = "",
    progress: Progress = lambda _count: None,
    check: Callable[[Sequence[SkipCount]], None] = lambda _skips: None,
) -> MetricsResult:
    """Read logs and add them up. `check` may refuse what was passed over.

    Raises `InputError` without a usable request or for a compiled trace, `UsageError` for thresholds that contradict
    each other, `PricingError` for a broken price file.
    """
    limits = choices.thresholds
    if limits.red_line > limits.target:
        raise UsageError(
            f"the red line ({limits.red_line:.0%}) lies above the target ({limits.target:.0%})",
            hint="choose a target that is at least the red line",
        )
    opened = discover(inputs, forced=forced_format, options=options)
    book = load_pricing(choices.pricing)
    collector, passed, seen = Collector(Prices(book)), Passed(), Seen()
    summaries: list[InputSummary] = []
    with without_collection():
        for item in opened:
            if item.skip is not None:
                passed.note(item.name, item.skip)
            else:
                summaries.append(_read(item, options, collector, passed, seen, progress))
    collector.flush()
    skips = passed.counts()
    if not collector.total.requests:
        raise _nothing(inputs, skips)
    check(skips)
    return result_of(collector, choices.thresholds, tuple(summaries), skips)


def _read(
    item: Opened, options: ReadOptions, collector: Collector, passed: Passed, seen: Seen, progress: Progress
) -> InputSummary:
    lines = requests = duplicates = 0
    for shard in shards(item):
        watch = Watch(shard, progress)
        for record in read_shard(shard, options, watch):
            if isinstance(record, Skip):
                passed.note(item.name, record)
            elif seen.before(record):
                duplicates += 1
                passed.note(item.name, Skip(line=record.line, reason=DUPLICATE, benign=True))
            else:
                requests += 1
                collector.add(record)
        watch.end()
        lines += watch.count
    return InputSummary(path=item.name, format=item.format, lines=lines, requests=requests, duplicates=duplicates)


def _nothing(inputs: Sequence[str], skips: Sequence[SkipCount]) -> InputError:
    if any(Path(name).suffix in {".trace", ".parquet"} for name in inputs):
        return InputError("metrics are read from logs, not from compiled traces", hint="name the logs themselves")
    shown = [f"{row.path}: {row.reason}" + (f" (line {row.first_line})" if row.first_line else "") for row in skips[:3]]
    hint = next(
        (row.detail for row in skips if row.detail), "name a log that a source can read, or force one with --from"
    )
    return InputError("no usable request was found" + (f" ({'; '.join(shown)})" if shown else ""), hint=hint)
