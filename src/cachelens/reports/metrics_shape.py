"""The shape `cachelens.metrics/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Times are microseconds (UTC), money is
a decimal string in US dollars, ratios are rounded to six digits; `null` means that the log does not say, never zero.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from cachelens.reports.shapes import Count, InputV1, Money, Ratio, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.metrics/v1"

Share = Annotated[float, msgspec.Meta(ge=0, le=1, description="Of 1, rounded to six digits.")]
VerdictV1 = Literal["on-target", "below-target", "below-red-line", "too-few-requests", "not-reported"]


class ThresholdsV1(Shape, frozen=True, kw_only=True):
    """Token hit rates that a workload is held to, and the requests that it needs to be judged."""

    target: Share
    red_line: Share
    fewest: Count


class SpreadV1(Shape, frozen=True, kw_only=True):
    """Microseconds. Percentiles are within 1.1% of those by nearest rank.

    `buckets` hold counts: the first is number `offset`, and number i holds what lies above 2^(i/32) seconds and at most
    2^((i+1)/32).
    """

    count: Count
    sum_us: Count
    p50_us: Count
    p95_us: Count
    offset: int
    buckets: tuple[Count, ...]


class FiguresV1(Shape, frozen=True, kw_only=True):
    """Sums over some requests; hit rates are of those that say what they read from cache."""

    requests: Count
    silent_requests: Count
    input_tokens: Count
    read_tokens: Count | None
    written_tokens: Count | None
    output_tokens: Count | None
    token_hit_rate: Share | None
    request_hit_rate: Share | None
    read_share: Share | None
    ttft_hits: SpreadV1 | None
    ttft_misses: SpreadV1 | None
    cost: Money | None
    unpriced_requests: Count
    cost_at_most: bool


class PointV1(Shape, frozen=True, kw_only=True):
    """One span of a timeline."""

    start_us: Count
    requests: Count
    token_hit_rate: Share | None
    request_hit_rate: Share | None
    cost: Money | None


class ShiftV1(Shape, frozen=True, kw_only=True):
    """A time at which the token hit rate changed level."""

    at_us: Count
    before: Share
    after: Share
    score: Ratio


class TrendV1(Shape, frozen=True, kw_only=True):
    """Theil-Sen slope a day, and the p-value of the Mann-Kendall test."""

    per_day: Ratio
    p_value: Share
    significant: bool


class TimelineV1(Shape, frozen=True, kw_only=True):
    """Spans of one length that hold requests; without `trend` and `shifts` where there is too little to tell."""

    width_us: Count
    points: tuple[PointV1, ...]
    trend: TrendV1 | None
    shifts: tuple[ShiftV1, ...] | None


class UnreadV1(Shape, frozen=True, kw_only=True):
    """Tokens that requests with a session wrote, and those of them that nothing was seen to read: at least so many."""

    written_tokens: Count
    unread_tokens: Count
    share: Share | None


class WorkloadV1(Shape, frozen=True, kw_only=True):
    """One workload; the name is empty where the log gives none."""

    name: str
    verdict: VerdictV1
    figures: FiguresV1
    unread_writes: UnreadV1 | None
    timeline: TimelineV1 | None


class GroupV1(Shape, frozen=True, kw_only=True):
    """Requests of one model, tenant, day or replica; the name is empty where the log gives none."""

    name: str
    figures: FiguresV1


class SessionCostV1(Shape, frozen=True, kw_only=True):
    """One of the dearest sessions."""

    session: str
    requests: Count
    cost: Money


class SessionsV1(Shape, frozen=True, kw_only=True):
    """Requests that the log itself puts together; percentiles within 1.1%."""

    sessions: Count
    requests: Count
    cost_mean: Money | None
    cost_p50: Money | None
    cost_p95: Money | None
    dearest: tuple[SessionCostV1, ...]
    closed_early: Count


class NoteV1(Shape, frozen=True, kw_only=True):
    """Something to know about the figures."""

    code: str
    text: str


class MetricsV1(Shape, frozen=True, kw_only=True):
    """All that was measured."""

    schema: Literal["cachelens.metrics/v1"] = SCHEMA_ID
    version: str
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    first_us: Count | None
    last_us: Count | None
    thresholds: ThresholdsV1
    verdict: VerdictV1
    total: FiguresV1
    unread_writes: UnreadV1 | None
    timeline: TimelineV1 | None
    workloads: tuple[WorkloadV1, ...]
    models: tuple[GroupV1, ...]
    tenants: tuple[GroupV1, ...]
    days: tuple[GroupV1, ...]
    replicas: tuple[GroupV1, ...]
    sessions: SessionsV1 | None
    prices: tuple[str, ...]
    notes: tuple[NoteV1, ...]
