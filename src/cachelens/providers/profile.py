"""How a cache behaves: all that the replay engines need to know, from `pricing/providers/*.yaml`."""

from __future__ import annotations

from decimal import Decimal

from cachelens.providers.billing import Billing, Facts
from cachelens.providers.dates import day_us
from cachelens.providers.vocabulary import (
    Accounting,
    Activation,
    Confidence,
    Effect,
    Eligible,
    ExactResend,
    GridOrigin,
    Isolation,
    MarkConflict,
    Match,
    Mechanism,
    MinimumBasis,
    ProfileStatus,
    ReadableFrom,
    RefreshScope,
    RoutingKind,
    TokenBasis,
    TtlAnchor,
    TtlKind,
    TtlRefresh,
    Uncacheable,
    WritePoints,
)


class MinimumRow(Facts, frozen=True, kw_only=True):
    """The smallest prefix that is cached, from a day on."""

    value: int | None
    """Tokens; `None` = not published."""
    start: str = ""
    sources: tuple[str, ...] = ()
    checked: str = ""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class ActivationRules(Facts, frozen=True, kw_only=True):
    """How caching is switched on and off."""

    default: Activation = Activation.ENABLED
    can_disable: bool | None = None
    """`None` = not published."""
    fields: tuple[str, ...] = ()
    """Request fields that control the cache."""
    excludes: str = ""
    """Profile that cannot serve the same request."""
    note: str = ""


class AutomaticMark(Facts, frozen=True, kw_only=True):
    """A mark that the service places on request of one top-level field, or by itself."""

    consumes_slot: bool = True
    walk_back_if_ineligible: bool = True
    """It moves to an earlier block when the last cannot carry a mark, and gives up silently if none can."""
    same_ttl_mark_present: MarkConflict = MarkConflict.NOOP
    other_ttl_mark_present: MarkConflict = MarkConflict.NOOP
    no_slot_left: MarkConflict = MarkConflict.NOOP


class RequestMarks(Facts, frozen=True, kw_only=True):
    """Rules for the marks of one request."""

    max: int
    """Marks (or writes) allowed per request."""
    automatic: AutomaticMark | None = None
    """The last-block mark; `None` = the provider has none."""
    longer_ttl_first: bool = False
    """A mark with a longer TTL must stand before one with a shorter TTL."""
    uncacheable: tuple[Uncacheable, ...] = ()
    """What cannot carry a mark; a mark that stands there is passed over."""
    implicit_latest_marks: int | None = None
    """Caller marks that still count when the service marks the latest message itself."""
    eligible_messages: tuple[Eligible, ...] = ()
    """Messages whose end the service marks."""
    earlier_marks_written: bool = True
    """False: a mark of an earlier turn is read but never written again."""
    note: str = ""


class TtlInKey(Facts, frozen=True, kw_only=True):
    """Whether an entry written with one TTL is invisible to a mark with another."""

    value: bool
    confidence: Confidence
    note: str = ""


class ThinkingStrip(Facts, frozen=True, kw_only=True):
    """Models that drop the reasoning of earlier turns at a user message that is not only tool results."""

    models: tuple[str, ...]
    """Globs of model ids."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class KeyRules(Facts, frozen=True, kw_only=True):
    """What is part of the cache key and in which order."""

    order: tuple[str, ...] = ("tools", "system", "messages")
    parameter_effects: dict[str, Effect] = {}
    model_specific: tuple[str, ...] = ()
    """Parameters whose effect on the levels above differs by model."""
    ttl_in_key: TtlInKey | None = None
    thinking_strip: ThinkingStrip | None = None
    note: str = ""


class WriteRules(Facts, frozen=True, kw_only=True):
    """Where entries are made."""

    points: WritePoints = WritePoints.GRID
    unit_ends: tuple[str, ...] = ()
    """For units: `input-end`, `output-end`, `shared-prefix`, `token-step`."""
    step_tokens: int | None = None
    """For units: the fixed step; `None` = not published."""
    note: str = ""


class RunCollapse(Facts, frozen=True, kw_only=True):
    """Consecutive blocks of one kind that count as one position of the look-back."""

    kinds: tuple[str, ...]
    start: str = ""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class CandidateMarks(Facts, frozen=True, kw_only=True):
    """Which explicit marks of the request are tried for a read."""

    first: int = 0
    latest: int = 0
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class ReadRules(Facts, frozen=True, kw_only=True):
    """What a request can read."""

    match: Match = Match.LONGEST_PREFIX
    lookback_positions: int | None = None
    """Positions checked from each mark, the marked block being the first; then checking goes on at the mark before."""
    run_collapse: RunCollapse | None = None
    grid_tokens: int | None = None
    """`None` = not published."""
    grid_confidence: Confidence = Confidence.HIGH
    first_step: int | None = None
    """Smallest read in tokens, where it is larger than one grid step."""
    grid_origin: GridOrigin = GridOrigin.PROMPT
    hidden_tokens: int | None = None
    """Length of the hidden message that the grid starts before; `None` = not known, taken as 0."""
    reported_rounding: int | None = None
    """The reported count is floored to a multiple of this."""
    exact_resend: ExactResend | None = None
    candidate_marks: CandidateMarks | None = None
    earlier_message_ends: int = 0
    """Ends of earlier messages that are tried without a mark."""
    guaranteed: bool = True
    """False: the provider calls hits best effort."""
    note: str = ""


class MinimumRules(Facts, frozen=True, kw_only=True):
    """The cacheable minimum of models that name none."""

    default: int | None = None
    """Tokens; `None` = not published."""
    basis: MinimumBasis = MinimumBasis.REQUEST_INPUT
    history: tuple[MinimumRow, ...] = ()
    """Dated values; where present they replace `default`."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class DatedLabel(Facts, frozen=True, kw_only=True):
    """A default TTL from a day on."""

    label: str
    start: str = ""
    note: str = ""


class TtlRules(Facts, frozen=True, kw_only=True):
    """How long an entry lives."""

    options: dict[str, int] = {}
    """TTL label to seconds; empty = not published."""
    default: str = ""
    """Label; empty = not published."""
    default_history: tuple[DatedLabel, ...] = ()
    """Dated defaults; where present they replace `default`."""
    kind: TtlKind = TtlKind.TYPICAL
    anchor: TtlAnchor = TtlAnchor.LAST_USE
    refresh: TtlRefresh | None = None
    """`None` = not published."""
    refresh_scope: RefreshScope = RefreshScope.HIT_ENTRY
    refresh_scope_confidence: Confidence = Confidence.MEDIUM
    range_s: tuple[int, int] | None = None
    """Published range of lifetimes in seconds, where no single value is."""
    max_s: int | None = None
    typical_s: int | None = None
    platform_max_s: dict[str, int] = {}
    """Longest lifetime since creation, by platform."""
    platform_min_s: dict[str, int] = {}
    any_duration: bool = False
    """The caller may ask for any number of seconds."""
    locked_at_first_write: bool = False
    """The TTL of the first write stays, whatever later requests ask for."""
    models: dict[str, tuple[str, ...]] = {}
    """TTL label to globs of the ids of models that have it; a label not named here is open to all."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""

    def default_at(self, at_us: int | None) -> str:
        """Return the default label at an instant (`None` = the newest); empty = not published."""
        label = self.default
        for row in self.default_history:
            if at_us is None or not row.start or at_us >= day_us(row.start):
                label = row.label
        return label


class Visibility(Facts, frozen=True, kw_only=True):
    """When a new entry can be read."""

    readable_from: ReadableFrom = ReadableFrom.UNKNOWN
    observed_delay_s: Decimal | None = None
    """Further delay seen in measurements, not documented."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class RoutingRules(Facts, frozen=True, kw_only=True):
    """How requests find the machine that holds their prefix."""

    kind: RoutingKind
    hash_tokens: int | None = None
    affinity_fields: tuple[str, ...] = ()
    overflow_rpm_per_key: int | None = None
    """Requests a minute under one key before they spill over to another machine."""
    idle_expiry_s: int | None = None
    note: str = ""


class Tokenizer(Facts, frozen=True, kw_only=True):
    """How the tokens of a model are counted offline."""

    name: str
    """Reference tokenizer, `o200k_base`."""
    basis: TokenBasis
    ratio: Decimal | None = None
    """Tokens of the model per token of the reference; `None` = not published, fit it to recorded usage."""


class HitExample(Facts, frozen=True, kw_only=True):
    """A measured chance that a prefix that should hit does hit."""

    source: str
    prefix_tokens: int | None = None
    repeats: int | None = None
    low: Decimal
    high: Decimal


class CacheProfile(Facts, frozen=True, kw_only=True):
    """The rules of one cache."""

    id: str
    provider: str
    mechanism: Mechanism
    status: ProfileStatus = ProfileStatus.STABLE
    leaves_out: str = ""
    """What a replay leaves out: of the published rules while the status is preview, else what is known besides them."""
    inherits: str = ""
    """Profile whose rules hold where this one says nothing."""
    without: tuple[str, ...] = ()
    """Dotted paths that are not inherited (`billing.modifiers.us`)."""
    applies_to: tuple[str, ...] = ()
    """Globs of the model ids that follow these rules."""
    activation: ActivationRules = ActivationRules()
    marks: RequestMarks | None = None
    """`None` = callers cannot mark."""
    key: KeyRules = KeyRules()
    write: WriteRules = WriteRules()
    read: ReadRules = ReadRules()
    min_tokens: MinimumRules = MinimumRules()
    ttl: TtlRules = TtlRules()
    visibility: Visibility = Visibility()
    isolation: dict[str, Isolation] = {}
    """Platform to what shares one cache; the empty platform is the provider's own API; a platform that is
    absent = not published."""
    isolation_confidence: Confidence = Confidence.HIGH
    isolation_field: str = ""
    """Request field that separates caches further."""
    routing: RoutingRules | None = None
    billing: Billing = Billing()
    accounting: Accounting = Accounting.INCLUSIVE
    rate_limit_counts: tuple[str, ...] | None = None
    """Token classes that count towards input tokens per minute; `None` = not published."""
    tokenizer: Tokenizer | None = None
    hit_examples: tuple[HitExample, ...] = ()
    sources: tuple[str, ...]
    checked: str
    confidence: Confidence = Confidence.HIGH
    note: str = ""
