"""Logs to figures: finds the inputs, reads them once, and puts together what was counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cachelens.errors import InputError, UsageError
from cachelens.metrics.collecting import Collector
from cachelens.metrics.prices import Prices
from cachelens.metrics.reading import read_all
from cachelens.metrics.results import result_of
from cachelens.metrics.rows import Counted
from cachelens.metrics.seen import Seen
from cachelens.model.metrics import MetricsChoices, MetricsResult
from cachelens.model.result import InputSummary, SkipCount
from cachelens.providers.loading import load_pricing
from cachelens.sources.nothing import NoRequestError
from cachelens.sources.passed import Passed
from cachelens.sources.reading import ReadOptions, discover
from cachelens.sources.watching import Progress


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
    if not 0 <= limits.red_line <= limits.target <= 1:  # false of nan too
        raise UsageError(
            f"a red line of {limits.red_line:.0%} and a target of {limits.target:.0%} contradict each other",
            hint="choose shares of which the red line is not above the target",
        )
    opened = discover(inputs, forced=forced_format, options=options)
    counting = _Counting(choices.pricing)
    passed = read_all(opened, options, counting.take, progress, counting.prepare)
    passed.absorb(counting.passed)
    collector = counting.collector
    collector.flush()
    skips = passed.counts([item.name for item in opened])
    if not collector.total.requests:
        raise _nothing(inputs, skips)
    check(skips)
    summaries = tuple(
        InputSummary(
            path=item.name,
            format=item.format,
            lines=passed.lines.get(index, 0),
            requests=counting.requests.get(index, 0),
            duplicates=passed.duplicates(index),
        )
        for index, item in enumerate(opened)
        if item.skip is None
    )
    return result_of(collector, limits, summaries, skips)


class _Counting:
    """Hands requests to a collector, each once."""

    def __init__(self, pricing: Sequence[Path]) -> None:
        self.collector: Collector
        self.requests: dict[int, int] = {}
        self.passed = Passed()
        self._pricing = pricing
        self._seen = Seen()

    def prepare(self) -> None:
        """Load the prices; raises `PricingError` for a broken file."""
        self.collector = Collector(Prices(load_pricing(self._pricing)))

    def take(self, index: int, record: Counted) -> None:
        """Count a request of one input, or that it is there again."""
        if self._seen.before(record):
            self.passed.note_duplicates(index, 1, record.line)
        else:
            self.requests[index] = self.requests.get(index, 0) + 1
            self.collector.add(record)


def _nothing(inputs: Sequence[str], skips: tuple[SkipCount, ...]) -> InputError:
    if any(Path(name).suffix in {".trace", ".parquet"} for name in inputs):
        return InputError("metrics are read from logs, not from compiled traces", hint="name the logs themselves")
    return NoRequestError(skips)
