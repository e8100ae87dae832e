"""The shape `cachelens.simulate/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Money is a decimal string
in US dollars with at most twelve decimals, ratios are rounded to six digits, times are microseconds UTC;
`null` means unknown or not compared, never zero.
"""

from __future__ import annotations

from typing import Final, Literal

from cachelens.reports.layers_shape import StackV1
from cachelens.reports.shapes import Count, InputV1, Money, Ratio, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.simulate/v1"

StatusName = Literal["ok", "preview", "bound", "impossible"]
EvidenceName = Literal["recorded", "exact", "fitted", "estimated"]
CauseName = Literal[
    "cold",
    "expired",
    "diverged",
    "parameter-change",
    "too-short",
    "beyond-look-back",
    "not-yet-visible",
    "not-marked",
]


class SummaryV1(Shape, frozen=True, kw_only=True):
    """What was read."""

    requests: Count
    sessions: Count
    workloads: Count
    first_us: int | None
    last_us: int | None
    days: Ratio | None
    skipped_lines: Count
    passed_over_lines: Count


class TokenCheckV1(Shape, frozen=True, kw_only=True):
    """Predicted against recorded tokens; the error is (predicted - recorded) / recorded."""

    predicted: Count | None
    recorded: Count | None
    error: Ratio | None


class MoneyCheckV1(Shape, frozen=True, kw_only=True):
    """Predicted against recorded money; the error is (predicted - recorded) / recorded."""

    predicted: Money | None
    recorded: Money | None
    error: Ratio | None


class ValidationV1(Shape, frozen=True, kw_only=True):
    """Predicted against recorded, for the requests of one group that have recorded cache counts."""

    group: str
    requests: Count
    read: TokenCheckV1
    write: TokenCheckV1
    cost: MoneyCheckV1
    mean_abs_read_error: Ratio | None
    outside_requests: Count
    outside_tokens: Count


class SegmentV1(Shape, frozen=True, kw_only=True):
    """Requests whose first differing segment has this index; `kind` is what it is, where that is known."""

    index: Count
    requests: Count
    kind: str | None = None


class MissV1(Shape, frozen=True, kw_only=True):
    """Requests, and tokens that they could have read but did not, for one cause."""

    cause: CauseName
    requests: Count
    tokens: Count
    segments: tuple[SegmentV1, ...]


class TotalsV1(Shape, frozen=True, kw_only=True):
    """Sums over a set of requests under one scenario. As recorded is what the others are compared with: no delta."""

    requests: Count
    sessions: Count
    input_tokens: Count
    plain_tokens: Count | None
    read_tokens: Count | None
    write_tokens: dict[str, Count]
    output_tokens: Count | None
    token_hit_rate: Ratio | None
    request_hit_rate: Ratio | None
    unread_write_share: Ratio | None
    cost: Money | None
    cost_no_cache: Money | None
    cost_perfect: Money | None
    storage_cost: Money
    delta: Money | None
    delta_share: Ratio | None
    cost_per_month: Money | None
    cost_per_session: Money | None
    estimated: bool
    misses: tuple[MissV1, ...]
    recorded_token_hit_rate: Ratio | None = None


class WorkloadBestV1(Shape, frozen=True, kw_only=True):
    """The scenario that is best for one workload, and what it costs and reads there."""

    scenario: str
    cost: Money | None
    token_hit_rate: Ratio | None


class WorkloadV1(Shape, frozen=True, kw_only=True):
    """One workload under one scenario; `best` is the same under each."""

    workload: str
    totals: TotalsV1
    best: WorkloadBestV1 | None = None


class MarkV1(Shape, frozen=True, kw_only=True):
    """One mark of the policy that was found for a workload; the TTL `default` is the provider's own."""

    workload: str
    position: str
    ttl: str


class ScenarioV1(Shape, frozen=True, kw_only=True):
    """One combination of layout, boundary, TTL, model and provider; `totals` is null when impossible."""

    name: str
    layout: str
    boundary: str
    ttl: str
    model: str
    provider: str
    status: StatusName
    note: str
    best: bool
    totals: TotalsV1 | None
    workloads: tuple[WorkloadV1, ...]
    marks: tuple[MarkV1, ...] = ()
    policies_tried: Count = 0


class MoveV1(Shape, frozen=True, kw_only=True):
    """What a layout does to the prompts of a workload; `to` is empty where things stay within their section."""

    layout: str
    workload: str
    place: str
    what: str
    to: str
    warning: str


class HoldoutV1(Shape, frozen=True, kw_only=True):
    """Input cost of the later half of a workload's requests: as recorded, and with the marks that are the cheapest on
    the earlier half.
    """

    scenario: str
    workload: str
    recorded: Money
    fitted: Money


class TokenBasisV1(Shape, frozen=True, kw_only=True):
    """How the tokens of one model were counted."""

    model: str
    evidence: EvidenceName
    tokenizer: str
    ratio: Ratio
    recorded_requests: Count
    median_error: Ratio | None


class FactV1(Shape, frozen=True, kw_only=True):
    """A rule or price that the numbers rest on, with its dates, source and confidence."""

    kind: str
    id: str
    start: str
    checked: str
    source: str
    confidence: str
    note: str


class NoteV1(Shape, frozen=True, kw_only=True):
    """Something a reader must know to judge the numbers."""

    code: str
    text: str


class TimePointV1(Shape, frozen=True, kw_only=True):
    """Requests that arrived within one step from `start_us` on, as recorded and replayed."""

    start_us: int
    requests: Count
    input_tokens: Count
    read_tokens: Count
    token_hit_rate: Ratio | None


class LevelChangeV1(Shape, frozen=True, kw_only=True):
    """From `at_us` on the token hit rate has another level, by Pettitt's test; rates are of the levels beside it."""

    at_us: int
    before: Ratio
    after: Ratio
    p_value: float


class TimeSeriesV1(Shape, frozen=True, kw_only=True):
    """The hit rate of a workload over time, empty for all; steps without a request are left out."""

    workload: str
    step_us: Count
    points: tuple[TimePointV1, ...]
    changes: tuple[LevelChangeV1, ...]


class PauseBinV1(Shape, frozen=True, kw_only=True):
    """Pauses longer than the bin before and no longer than `up_to_us`, null for no end; tokens that hang on them."""

    up_to_us: Count | None
    pauses: Count
    tokens: Count
    share_so_far: Ratio


class PausesV1(Shape, frozen=True, kw_only=True):
    """How long it is from the start of a request to that of the next with the same prefix, or of the same session."""

    what: Literal["prefix", "session"]
    pauses: Count
    median_us: Count | None
    bins: tuple[PauseBinV1, ...]


class SimulateV1(Shape, frozen=True, kw_only=True):
    """Everything that was found. Scenarios: as-recorded first, then by cost, impossible last."""

    schema: Literal["cachelens.simulate/v1"] = SCHEMA_ID
    version: str
    summary: SummaryV1
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    validation: tuple[ValidationV1, ...]
    scenarios: tuple[ScenarioV1, ...]
    token_bases: tuple[TokenBasisV1, ...]
    facts: tuple[FactV1, ...]
    notes: tuple[NoteV1, ...]
    moves: tuple[MoveV1, ...] = ()
    holdouts: tuple[HoldoutV1, ...] = ()
    stack: StackV1 | None = None
    """Response caches in front; all else is of what reaches the model."""
    over_time: tuple[TimeSeriesV1, ...] = ()
    pauses: tuple[PausesV1, ...] = ()
