"""What to watch of a cache: figures over recorded usage. Every ratio and every sum is computed before it gets here."""

from __future__ import annotations

import enum
from decimal import Decimal
from pathlib import Path

from cachelens.model.frozen import Frozen
from cachelens.model.result import InputSummary, Note, SkipCount


class Verdict(enum.StrEnum):
    """How a token hit rate stands to its two thresholds."""

    ON_TARGET = "on-target"
    BELOW_TARGET = "below-target"
    BELOW_RED_LINE = "below-red-line"
    TOO_FEW = "too-few-requests"
    """Fewer requests than a rate needs to say anything."""
    NOT_REPORTED = "not-reported"
    """No request of these says what it read."""

    @property
    def rank(self) -> int:
        """How bad it is: 0 for nothing to object to."""
        return _RANKS.get(self, 0)


_RANKS = {Verdict.BELOW_TARGET: 1, Verdict.BELOW_RED_LINE: 2}


class Thresholds(Frozen):
    """What a workload is held to."""

    target: float = 0.70
    """Token hit rate below which a workload falls short."""
    red_line: float = 0.40
    """Token hit rate below which it is broken."""
    fewest: int = 10
    """Requests with reported reads that a workload needs to be judged."""


class MetricsChoices(Frozen):
    """What is asked."""

    thresholds: Thresholds = Thresholds()
    pricing: tuple[Path, ...] = ()
    """Files of the user's own prices and rules."""


class Spread(Frozen):
    """How long something takes, from a histogram whose buckets grow by a factor of 2^(1/32)."""

    count: int
    sum_us: int
    p50_us: int
    """Within 1.1% of the exact nearest-rank percentile, as is `p95_us`."""
    p95_us: int
    offset: int
    """Number of the first bucket: bucket `i` holds what is above 2^(i/32) seconds and at most 2^((i+1)/32)."""
    buckets: tuple[int, ...]


class Figures(Frozen):
    """Sums over some requests. `None` means that the log does not say, never zero."""

    requests: int
    silent_requests: int
    """Requests that do not say what they read from cache; they are in no hit rate."""
    input_tokens: int
    read_tokens: int | None
    written_tokens: int | None
    """`None` where no request reports a write."""
    output_tokens: int | None
    token_hit_rate: float | None
    """Read tokens / input tokens, of the requests that say what they read."""
    request_hit_rate: float | None
    """Requests that read anything / requests that say what they read."""
    read_share: float | None
    """Read tokens / input tokens of all requests, also of those that do not say what they read."""
    ttft_hits: Spread | None
    """Time to the first token of requests that read from cache; `None` without any, or where it was not kept."""
    ttft_misses: Spread | None
    """The same of requests that read nothing."""
    cost: Decimal | None
    """US dollars at the prices of each request's own day, over the requests that have a price."""
    unpriced_requests: int
    cost_at_most: bool
    """True where some priced requests do not say what they read: they are priced as if they had read nothing."""


class Point(Frozen):
    """One span of a timeline."""

    start_us: int
    requests: int
    token_hit_rate: float | None
    request_hit_rate: float | None
    cost: Decimal | None


class Shift(Frozen):
    """A time at which the token hit rate changed level."""

    at_us: int
    """Start of the first span at the new level."""
    before: float
    """Token hit rate from the shift before (or the beginning) up to here."""
    after: float
    """Token hit rate from here up to the next shift (or the end)."""
    score: float
    """|difference of the means| / its standard error; see `metrics.shifts`."""


class Trend(Frozen):
    """Where a token hit rate is heading."""

    per_day: float
    """Change of the token hit rate in a day: Theil-Sen slope."""
    p_value: float
    """Mann-Kendall, two-sided: how often chance alone gives as much of a trend."""
    significant: bool
    """True where `p_value` is below 0.05."""


class Timeline(Frozen):
    """A token hit rate over time."""

    width_us: int
    """Length of every span."""
    points: tuple[Point, ...]
    """Spans that hold requests, by time."""
    trend: Trend | None
    """`None` where there is too little to tell."""
    shifts: tuple[Shift, ...] | None
    """By time; `None` where there is too little to tell."""


class Unread(Frozen):
    """Written tokens that nothing was seen to read."""

    written_tokens: int
    """Written by requests whose session is known."""
    unread_tokens: int
    """Of these, tokens that no later request of the session read, and no other session's first request either."""
    share: float | None
    """`unread_tokens` / `written_tokens`."""


class Group(Frozen):
    """Requests that have something in common."""

    name: str
    """Empty where the log does not say."""
    figures: Figures


class Workload(Frozen):
    """One workload, and how it stands."""

    name: str
    figures: Figures
    unread_writes: Unread | None
    """`None` where no request with a session reports a write."""
    timeline: Timeline | None
    """`None` where no request has a time."""
    verdict: Verdict


class SessionCost(Frozen):
    """One of the dearest sessions."""

    session: str
    requests: int
    cost: Decimal


class Sessions(Frozen):
    """Requests that the log itself puts together as sessions."""

    sessions: int
    requests: int
    """Requests that name a session."""
    cost_mean: Decimal | None
    cost_p50: Decimal | None
    """Within 1.1%, as is `cost_p95`, and never above the dearest session."""
    cost_p95: Decimal | None
    dearest: tuple[SessionCost, ...]
    closed_early: int
    """Sessions that had rested while many others went on; such a one counts twice if it did go on."""


class MetricsResult(Frozen):
    """All that was measured."""

    version: str
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    first_us: int | None
    last_us: int | None
    thresholds: Thresholds
    verdict: Verdict
    """The worst of the workloads."""
    total: Figures
    unread_writes: Unread | None
    timeline: Timeline | None
    workloads: tuple[Workload, ...]
    """By input tokens, the most first."""
    models: tuple[Group, ...]
    tenants: tuple[Group, ...]
    """Empty where the log names none; those of the others are the same."""
    days: tuple[Group, ...]
    """By day (UTC), named in ISO form."""
    replicas: tuple[Group, ...]
    sessions: Sessions | None
    prices: tuple[str, ...]
    """Price rows that were used, each with the day when it was checked."""
    notes: tuple[Note, ...]
