"""The shape `cachelens.fleet/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Times are microseconds, money is a
decimal string in US dollars, ratios and hours are rounded to six digits; `null` means unknown or no limit, never zero.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from cachelens.reports.layers_shape import StackV1
from cachelens.reports.shapes import Count, InputV1, Money, Ratio, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.fleet/v1"

Share = Annotated[float, msgspec.Meta(ge=0, le=1, description="Of 1, rounded to six digits.")]


class LossesV1(Shape, frozen=True, kw_only=True):
    """Input tokens that were computed, by cause; with `hit_tokens` they make up `input_tokens`."""

    routing: int
    eviction: int
    workload: Count
    routing_share: Ratio
    eviction_share: Ratio
    workload_share: Share
    computing: Annotated[int, msgspec.Meta(description="Another request was still computing them; 0 untimed.")] = 0
    computing_share: Ratio = 0.0


class SpreadV1(Shape, frozen=True, kw_only=True):
    """Microseconds; percentiles by nearest rank."""

    mean: Count
    p50: Count
    p95: Count
    p99: Count


class ReplicaV1(Shape, frozen=True, kw_only=True):
    """One replica of a run; `offered_load` is null untimed."""

    replica: Count
    requests: Count
    input_tokens: Count
    hit_tokens: Count
    uncached_tokens: Count
    token_hit_rate: Share | None
    utilisation: Share | None
    offered_load: Ratio | None


class TimingV1(Shape, frozen=True, kw_only=True):
    """What only a timed run knows. TTFT = queueing + prefill, for each request."""

    ttft: SpreadV1 | None
    queueing: SpreadV1 | None
    prefill: SpreadV1 | None
    offered_load: Ratio | None
    offered_load_mean: Ratio | None
    is_saturated: bool
    busy_imbalance: Ratio | None
    duration_us: Count
    restarted: Count
    gpu_hours: Ratio
    cost: Money | None


class InterferenceV1(Shape, frozen=True, kw_only=True):
    """Blocks of the workload `of` that were evicted to make room for `by`."""

    by: str
    of: str
    blocks: Count
    share: Share


class RunV1(Shape, frozen=True, kw_only=True):
    """One policy on one fleet. Tokens and rates are of the requests that were served."""

    policy: str
    replicas: Count
    kv_blocks: Count | None
    served: Count
    rejected: Count
    rejected_tokens: Count
    input_tokens: Count
    hit_tokens: Count
    loaded_tokens: Count = 0
    token_hit_rate: Share | None
    request_hit_rate: Share | None
    losses: LossesV1 | None
    utilisation: Share | None
    evicted_blocks: Count
    held_blocks: Count
    duplicate_blocks: Count
    duplicate_share: Share | None
    uncached_imbalance: Ratio | None
    per_replica: tuple[ReplicaV1, ...]
    interference: tuple[InterferenceV1, ...]
    timing: TimingV1 | None


class TargetV1(Shape, frozen=True, kw_only=True):
    """The smallest fleet whose TTFT meets the target; `replicas` is null where none up to `tried` does."""

    policy: str
    kv_blocks: Count | None
    replicas: Count | None
    gpus: Count | None
    ttft_us: Count | None
    cost_per_hour: Money | None
    tried: Count


class ChangeV1(Shape, frozen=True, kw_only=True):
    """An event; `replica` is -1 for every one in turn, -2 for a new one."""

    kind: Literal["fail", "add", "restart"]
    at_us: Count
    replica: int
    down_us: Count


class RoundRobinV1(Shape, frozen=True, kw_only=True):
    """Round robin on caches without limit, and the hit rate of a single one / replicas."""

    replicas: Count
    token_hit_rate: Share
    one_nth: Share


class SessionV1(Shape, frozen=True, kw_only=True):
    """A cache without limit for each session, against one for all."""

    sessions: Count
    token_hit_rate: Share
    single_token_hit_rate: Share
    shared_tokens: Ratio


class PrefixV1(Shape, frozen=True, kw_only=True):
    """Hits, in one cache without limit, of at least the `tokens` that take `recompute_us` to compute."""

    recompute_us: Count
    tokens: Count
    requests: Count
    request_share: Share
    hit_share: Share


class ChecksV1(Shape, frozen=True, kw_only=True):
    """Rules of thumb, held against this log."""

    round_robin: tuple[RoundRobinV1, ...]
    session: SessionV1 | None
    prefixes: tuple[PrefixV1, ...]


class FleetV1(Shape, frozen=True, kw_only=True):
    """Everything that was found; `runs` by replicas, then by cache size, then in the order of the policies."""

    schema: Literal["cachelens.fleet/v1"] = SCHEMA_ID
    version: str
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    requests: Count
    input_tokens: Count
    output_tokens: Count
    sessions: Count
    workloads: Count
    span_us: Count
    engine: str
    engine_source: str
    block_size: Count
    timed: bool
    speed: float
    seed: int
    latency: Annotated[
        tuple[float, float, float, float, float, float, float], msgspec.Meta(description="Microseconds.")
    ]
    latency_source: str
    prefill_budget: Count
    gpus_per_replica: Count
    changes: tuple[ChangeV1, ...]
    single_token_hit_rate: Share | None
    policies: dict[str, str]
    ceilings: tuple[str, ...]
    runs: tuple[RunV1, ...]
    ttft_target_us: Count | None
    ttft_percentile: Annotated[int, msgspec.Meta(ge=1, le=100)] = 95
    targets: tuple[TargetV1, ...]
    checks: ChecksV1
    ignored: Annotated[tuple[str, ...], msgspec.Meta(description="What was asked for and changes nothing.")] = ()
    notes: tuple[str, ...]
    stack: StackV1 | None = None
    """Response caches in front; all else is of what reaches the fleet."""
