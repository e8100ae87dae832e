"""Sums over requests: the same few integers for every way to group them."""

from __future__ import annotations

from decimal import Decimal

from cachelens.metrics.histogram import Histogram, percentile
from cachelens.metrics.prices import USD
from cachelens.model.metrics import Figures, Spread
from cachelens.model.usage import Usage
from cachelens.providers.dates import US_PER_SECOND


class Counters:
    """What is counted of a set of requests. Counters add up exactly, in any order."""

    __slots__ = (
        "cost",
        "guessed",
        "hits",
        "input",
        "output",
        "output_known",
        "priced",
        "read",
        "reported",
        "reported_input",
        "requests",
        "ttft_hits",
        "ttft_hits_us",
        "ttft_misses",
        "ttft_misses_us",
        "written",
    )

    def __init__(self) -> None:
        self.requests = self.input = self.written = self.output = self.output_known = 0
        self.reported = self.reported_input = self.read = self.hits = 0
        self.cost = self.priced = self.guessed = 0
        self.ttft_hits_us = self.ttft_misses_us = 0
        self.ttft_hits: Histogram | None = None
        self.ttft_misses: Histogram | None = None

    def count(self, usage: Usage, total: int, cost: int | None, waited_us: int | None) -> None:
        """Count a request of `total` input tokens; `cost` in `prices.USD`; `None` for what is not known."""
        self.requests += 1
        read = usage.cache_read
        self.input += total
        self.written += total - usage.uncached_input - (read or 0)
        if usage.output is not None:
            self.output += usage.output
            self.output_known += 1
        if read is not None:
            self.reported += 1
            self.reported_input += total
            self.read += read
            self.hits += read > 0
            if waited_us is not None:
                self._waited(read > 0, waited_us)
        if cost is not None:
            self.cost += cost
            self.priced += 1
            self.guessed += read is None

    def count_silent(self, input_tokens: int) -> None:
        """Count a request without usage."""
        self.requests += 1
        self.input += input_tokens

    def _waited(self, hit: bool, waited_us: int) -> None:  # noqa: FBT001 - one of two histograms
        if hit:
            self.ttft_hits = self.ttft_hits or Histogram()
            self.ttft_hits.add(waited_us / US_PER_SECOND)
            self.ttft_hits_us += waited_us
        else:
            self.ttft_misses = self.ttft_misses or Histogram()
            self.ttft_misses.add(waited_us / US_PER_SECOND)
            self.ttft_misses_us += waited_us

    def absorb(self, other: Counters, *, times: bool = True) -> None:
        """Add the sums of another set of requests; its histograms only with `times`."""
        self.requests += other.requests
        self.input += other.input
        self.written += other.written
        self.output += other.output
        self.output_known += other.output_known
        self.reported += other.reported
        self.reported_input += other.reported_input
        self.read += other.read
        self.hits += other.hits
        self.cost += other.cost
        self.priced += other.priced
        self.guessed += other.guessed
        if times and other.ttft_hits is not None:
            self.ttft_hits = self.ttft_hits or Histogram()
            self.ttft_hits.absorb(other.ttft_hits)
            self.ttft_hits_us += other.ttft_hits_us
        if times and other.ttft_misses is not None:
            self.ttft_misses = self.ttft_misses or Histogram()
            self.ttft_misses.absorb(other.ttft_misses)
            self.ttft_misses_us += other.ttft_misses_us

    def figures(self) -> Figures:
        """Return what the sums say."""
        return Figures(
            requests=self.requests,
            silent_requests=self.requests - self.reported,
            input_tokens=self.input,
            read_tokens=self.read if self.reported else None,
            written_tokens=self.written or None,
            output_tokens=self.output if self.output_known else None,
            token_hit_rate=_ratio(self.read, self.reported_input) if self.reported else None,
            request_hit_rate=_ratio(self.hits, self.reported),
            read_share=_ratio(self.read, self.input) if self.reported else None,
            ttft_hits=_spread(self.ttft_hits, self.ttft_hits_us),
            ttft_misses=_spread(self.ttft_misses, self.ttft_misses_us),
            cost=money(self.cost) if self.priced else None,
            unpriced_requests=self.requests - self.priced,
            cost_at_most=self.guessed > 0,
        )


def money(cost: int) -> Decimal:
    """Return a cost in US dollars."""
    return Decimal(cost).scaleb(USD)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _spread(times: Histogram | None, total_us: int) -> Spread | None:
    if times is None:
        return None
    first, last = min(times.counts), max(times.counts)
    return Spread(
        count=times.count,
        sum_us=total_us,
        p50_us=round(percentile(times.counts, 50) * US_PER_SECOND),
        p95_us=round(percentile(times.counts, 95) * US_PER_SECOND),
        offset=first,
        buckets=tuple(times.counts.get(bucket, 0) for bucket in range(first, last + 1)),
    )
