"""What a simulation found. Every ratio and every sum is computed before it gets here: reports only print."""

from __future__ import annotations

import enum
from decimal import Decimal

from cachelens.model.frozen import Frozen
from cachelens.model.stack import Stack


class Status(enum.StrEnum):
    """How far a scenario's numbers can be trusted."""

    OK = "ok"
    """The rules are published and were replayed, but for what their profile says it leaves out (`pricing show`)."""
    PREVIEW = "preview"
    """The mechanism is replayed in part; `note` says what is left out."""
    BOUND = "bound"
    """A rule is not published; the numbers are the best that any value of it allows."""
    IMPOSSIBLE = "impossible"
    """The provider cannot do this; `note` says why and there are no totals."""


class Evidence(enum.StrEnum):
    """How a token count came about."""

    RECORDED = "recorded"
    """The provider's own count stands in the log."""
    EXACT = "exact"
    """Counted with the model's own tokenizer."""
    FITTED = "fitted"
    """Estimated, with a ratio fitted to counts recorded in this log."""
    ESTIMATED = "estimated"
    """Estimated with a stated ratio, nothing in the log to fit it to."""


class MissCause(enum.StrEnum):
    """Why a request read less from the cache than its predecessor made possible."""

    COLD = "cold"
    EXPIRED = "expired"
    DIVERGED = "diverged"
    PARAMETER = "parameter-change"
    TOO_SHORT = "too-short"
    LOOKBACK = "beyond-look-back"
    NOT_VISIBLE = "not-yet-visible"
    UNMARKED = "not-marked"


class SkipCount(Frozen):
    """Lines of one input that were passed over for one reason."""

    path: str
    reason: str
    lines: int
    first_line: int
    detail: str = ""
    benign: bool = False
    kept: bool = False
    """True where the requests of these lines are used all the same."""


class InputSummary(Frozen):
    """One file as it was read."""

    path: str
    format: str
    lines: int
    requests: int
    duplicates: int = 0


class TokenBasis(Frozen):
    """How the tokens of one model were counted."""

    model: str
    evidence: Evidence
    tokenizer: str
    """The reference tokenizer, `o200k_base`."""
    ratio: float
    """Tokens of this model per token of the reference tokenizer; 1.0 when exact."""
    recorded_requests: int
    """Requests with a recorded input count that the fit used."""
    median_error: float | None = None
    """Median of |counted - recorded| / recorded before counts were anchored; `None` without records."""


class MissCount(Frozen):
    """Requests, and tokens that they could have read but did not, for one cause."""

    cause: MissCause
    requests: int
    tokens: int
    segments: tuple[tuple[int, int], ...] = ()
    """For `diverged`: (index of the first differing segment, requests), most frequent first, at most five."""
    kinds: tuple[str, ...] = ()
    """What each of `segments` is, such as `system` or `tool`; empty where it was not worked out."""


class Totals(Frozen):
    """Sums over a set of requests under one scenario. `None` means unknown, never zero."""

    requests: int
    sessions: int
    input_tokens: int
    plain_tokens: int | None
    read_tokens: int | None
    write_tokens: dict[str, int]
    """Written tokens by TTL label, only the classes that the provider bills apart."""
    output_tokens: int | None
    token_hit_rate: float | None
    """Read tokens / input tokens."""
    request_hit_rate: float | None
    """Requests that read anything / requests."""
    unread_write_share: float | None
    """Written tokens never read again / written tokens; `None` without writes."""
    cost: Decimal | None
    cost_no_cache: Decimal | None
    cost_perfect: Decimal | None
    """Cost if every token seen before at the same prefix had been read (lower bound)."""
    storage_cost: Decimal
    """Rent of stored cache objects, part of `cost`."""
    delta: Decimal | None
    """`cost` minus the as-recorded replay's cost; negative saves. `None` without a comparison."""
    delta_share: float | None
    """`delta` / the as-recorded cost."""
    cost_per_month: Decimal | None
    """`cost` scaled from the log's own span to 30 days; `None` when the span is too short."""
    cost_per_session: Decimal | None
    misses: tuple[MissCount, ...]
    evidence: Evidence | None = None
    """Weakest evidence among the token counts of these requests; `None` where it was not worked out,
    and then the weakest of `SimulateResult.bases` stands."""

    recorded_hit_rate: float | None = None
    """Token hit rate as the log has it: recorded reads / recorded input, over those of these requests that say both;
    the same under every scenario. `None` where none of them does."""

    @property
    def written_tokens(self) -> int:
        """All written tokens, whatever their TTL."""
        return sum(self.write_tokens.values())


class WorkloadTotals(Frozen):
    """One workload under one scenario."""

    workload: str
    totals: Totals
    ttl_refused: bool = False
    """True where nobody who serves these requests offers the scenario's TTL, so that the default was kept."""


class MarkChoice(Frozen):
    """One mark of the policy of a workload."""

    workload: str
    position: str
    """Such as `tools`, `system` or `end` (`layouts.policies`)."""
    where: str
    """The same in words, such as "behind the system prompt"."""
    ttl: str
    """TTL label, `default` for the provider's own."""
    fields: tuple[str, ...] = ()
    """Request fields of the provider that say so; none where it takes no marks and looks at the whole prompt."""


class MoveFact(Frozen):
    """What a layout does to the prompts of a workload."""

    layout: str
    workload: str
    place: str
    """Such as `system 1`; `tools` where they are put in order."""
    what: str
    """What the values there are and how often they change, such as `clock, request`; `in the order of their names`."""
    to: str
    """Where it goes, in words; empty where it stays within its section."""
    warning: str = ""
    """How the move may change what the model answers; empty where it should not."""


class HoldoutFact(Frozen):
    """Whether the marks that were searched hold for requests that the search did not see.

    USD for the input of the later half of a workload's requests.
    """

    scenario: str
    workload: str
    recorded: Decimal
    """As recorded."""
    fitted: Decimal
    """With the marks that are the cheapest on the earlier half."""


class ScenarioResult(Frozen):
    """One combination of layout, boundary, TTL, model and provider."""

    name: str
    """Unique and stable, such as `as-recorded` or `system-only/1h/claude-opus-5`."""
    layout: str
    boundary: str
    ttl: str
    """TTL label, `as-recorded`, or the provider's default as `default (5m)`."""
    model: str
    """Model that the requests were priced as, or `as-recorded`."""
    provider: str
    status: Status
    note: str = ""
    reasons: tuple[str, ...] = ()
    """The explanations that `note` joins, one each; empty where they were not kept apart."""
    total: Totals | None = None
    workloads: tuple[WorkloadTotals, ...] = ()
    marks: tuple[MarkChoice, ...] = ()
    """The policies that were found, by workload; empty but for the boundary `optimal`."""
    tried: int = 0
    """Policies that were replayed to find them."""


class ValidationRow(Frozen):
    """Predicted against recorded, for the requests of one group that have recorded cache counts."""

    group: str
    """`all`, a model, or a named subset."""
    requests: int
    predicted_read: int
    recorded_read: int
    predicted_write: int | None
    recorded_write: int | None
    """`None` where the provider reports no writes."""
    predicted_cost: Decimal | None
    recorded_cost: Decimal | None
    read_error: float | None
    """(predicted - recorded) / recorded, of the totals."""
    write_error: float | None
    cost_error: float | None
    mean_abs_read_error: float | None
    """Sum over requests of |predicted - recorded| reads / sum of recorded reads."""
    outside_requests: int = 0
    """Requests that read entries written before or outside this log."""
    outside_tokens: int = 0
    """Tokens so read; known from the record only, and counted as neither error nor merit."""


class FactRef(Frozen):
    """A rule or price that a number rests on."""

    kind: str
    """`rule` or `price`."""
    id: str
    start: str
    """First day it held, ISO date; empty when the provider published it without one."""
    checked: str
    source: str
    confidence: str
    note: str = ""


class Note(Frozen):
    """Something a reader must know to judge the numbers."""

    code: str
    text: str


class TimePoint(Frozen):
    """Requests that arrived in one stretch of time, as recorded and replayed."""

    start_us: int
    requests: int
    input_tokens: int
    read_tokens: int
    token_hit_rate: float | None


class LevelChange(Frozen):
    """A point of time from which on the hit rate has another level (`replay.levels`)."""

    at_us: int
    """Start of the first stretch of the new level."""
    before: float
    """Token hit rate from the change before it, or the start, to here."""
    after: float
    """Token hit rate from here to the next change, or the end."""
    p_value: float
    """Probability of a test value as large where the level does not change."""


class TimeSeries(Frozen):
    """The hit rate of a workload over time; stretches without a request are left out."""

    workload: str
    """Empty for all requests."""
    step_us: int
    """Length of a stretch."""
    points: tuple[TimePoint, ...]
    changes: tuple[LevelChange, ...]


class PauseBin(Frozen):
    """Pauses of like length."""

    up_to_us: int | None
    """The longest that is counted here; `None` for all that are longer."""
    pauses: int
    tokens: int
    """Input tokens that the later requests could read, were the entry still there."""
    share_so_far: float
    """Pauses of this length or shorter / all."""


class Pauses(Frozen):
    """How long it is between two uses of the same content, from start to start."""

    what: str
    """`prefix`: the same tools and system prompt; `session`: the same session."""
    pauses: int
    median_us: int | None
    bins: tuple[PauseBin, ...]


class SimulateResult(Frozen):
    """Everything that `cachelens simulate` shows."""

    version: str
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    requests: int
    sessions: int
    workloads: int
    first_us: int | None
    last_us: int | None
    days: float | None
    """Span of the log in days; `None` when the log has no usable times."""
    bases: tuple[TokenBasis, ...]
    scenarios: tuple[ScenarioResult, ...]
    validation: tuple[ValidationRow, ...]
    facts: tuple[FactRef, ...]
    notes: tuple[Note, ...]
    moves: tuple[MoveFact, ...] = ()
    """What the replayed layouts move."""
    holdouts: tuple[HoldoutFact, ...] = ()
    """For each search of marks and workload with two requests or more."""
    stack: Stack | None = None
    """The response caches in front, where they were asked for; all other figures are of what reaches the model,
    and nothing is validated: the recorded usage is of all traffic."""
    over_time: tuple[TimeSeries, ...] = ()
    """The hit rate as recorded and replayed: of all requests, then of the largest workloads; empty without times."""
    pauses: tuple[Pauses, ...] = ()
    """Empty without times."""

    @property
    def skipped_lines(self) -> int:
        """Lines that could not be used although something was expected of them."""
        return sum(skip.lines for skip in self.skips if not skip.benign and not skip.kept)

    @property
    def passed_over_lines(self) -> int:
        """Lines without fault that hold no request of their own: duplicates, failed calls, other entries."""
        return sum(skip.lines for skip in self.skips if skip.benign and not skip.kept)
