"""The shape `cachelens.whatif/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Money is a decimal string in US
dollars, ratios are rounded to six digits; `null` means unknown or that there is none, never zero.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from cachelens.reports.shapes import Count, InputV1, Money, Ratio, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.whatif/v1"

Number = Annotated[str, msgspec.Meta(pattern=r"^-?\d+(\.\d+)?$", description="In plain decimal notation.")]
StatusV1 = Literal["ok", "preview", "bound", "impossible"]


class PartV1(Shape, frozen=True, kw_only=True):
    """A part of described prompts; `tokens` is the mean over its versions."""

    name: str
    place: str
    changes: str
    tokens: Ratio


class TrafficV1(Shape, frozen=True, kw_only=True):
    """What was replayed. Sums over the `requests` that count, times `factor`, stand for one `unit`."""

    name: str
    unit: Literal["day", "log"]
    requests: Count
    sessions: Count
    warming_requests: Count
    span_us: Count
    factor: Number
    input_tokens: Ratio
    output_tokens: Ratio
    requests_a_unit: Number
    days: Ratio | None
    dated: bool
    parts: tuple[PartV1, ...]


class BillV1(Shape, frozen=True, kw_only=True):
    """One kind of tokens: `plain`, `read`, `output`, `stored`, a TTL for writes, or `rent` (token-hours).

    `tokens` are those replayed, `cost` is that of a unit, `share` is of the whole cost.
    """

    kind: str
    tokens: Count
    cost: Money
    share: Ratio | None


class CellV1(Shape, frozen=True, kw_only=True):
    """A point of the grid. `prompt_tokens` null: as described or recorded. Costs are those of a unit.

    `evidence` says how tokens were counted, null where they are taken as described. `saving` is against
    `cost_no_cache`, `input_saving` the same without the output.
    """

    model: str
    boundary: str
    ttl: str
    prompt_tokens: Count | None
    traffic: Ratio
    status: StatusV1
    reasons: tuple[str, ...]
    evidence: Literal["recorded", "exact", "fitted", "estimated"] | None
    token_hit_rate: Ratio | None
    cost: Money | None
    cost_no_cache: Money | None
    saving: Ratio | None
    input_saving: Ratio | None
    cost_per_request: Money | None
    cost_a_month: Money | None
    bills: tuple[BillV1, ...]


class RateCardV1(Shape, frozen=True, kw_only=True):
    """Prices of a model, USD per million tokens, by TTL for writes; `seconds` is the length of each TTL."""

    model: str
    row: str
    start: str
    checked: str
    input: Money
    output: Money
    read: Money
    writes: dict[str, Money]
    seconds: dict[str, Count]
    storage_hour: Money | None
    minimum: Count | None


class BandV1(Shape, frozen=True, kw_only=True):
    """Gaps above one length up to another, null = without end, and the TTL that pays there once used again so often."""

    above_s: Count
    up_to_s: Count | None
    ttl: str
    uses: Count


class LapseV1(Shape, frozen=True, kw_only=True):
    """From so many gaps on that only `longer` outlasts, it costs less than `ttl`."""

    ttl: str
    longer: str
    lapses: Count


class PingsV1(Shape, frozen=True, kw_only=True):
    """Reads in a row, one every `every_s`, that cost less than to write again; and less than `longer`."""

    ttl: str
    every_s: Count
    most: Count
    horizon_s: Number
    longer: str
    most_before_longer: Count | None


class PadToV1(Shape, frozen=True, kw_only=True):
    """Shortest prefix that is worth padding to the minimum where it is used again so often, null = without end."""

    uses: Count | None
    tokens: Count


class RentV1(Shape, frozen=True, kw_only=True):
    """Reads an hour that pay for a stored object: its rent alone, and with the storing for an hour and for a day."""

    reads_an_hour: Number
    reads_first_hour: Number
    reads_a_day_long: Number


class AnswersV1(Shape, frozen=True, kw_only=True):
    """Break-even points of one model."""

    card: RateCardV1
    bands: tuple[BandV1, ...]
    lapses: tuple[LapseV1, ...]
    pings: tuple[PingsV1, ...]
    padding: tuple[PadToV1, ...]
    rent: RentV1 | None


class CrossingV1(Shape, frozen=True, kw_only=True):
    """Two models that change places when caches are counted; costs are those of the first and of the second.

    `hit_rate` is the share of the input that must be read for it by input prices alone. `sure` is false where rules
    of either are replayed in part.
    """

    cheaper_by_list: str
    cheaper_cached: str
    hit_rate: Ratio | None
    list_cost: tuple[Money, Money]
    cached_cost: tuple[Money, Money]
    sure: bool


class PriceChangeV1(Shape, frozen=True, kw_only=True):
    """What the same traffic costs a unit at one dated price; `change` is against the one before."""

    model: str
    row: str
    start: str
    standing: Literal["in force", "announced", "past"]
    cost: Money | None
    change: Ratio | None


class HitRateStepV1(Shape, frozen=True, kw_only=True):
    """The best scenario with a hit rate so many points higher."""

    points: int
    hit_rate: Ratio
    cost: Money


class FactV1(Shape, frozen=True, kw_only=True):
    """A rule or price that numbers rest on."""

    kind: Literal["rule", "price"]
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


class WhatIfV1(Shape, frozen=True, kw_only=True):
    """The document. `at` is the day of the rules and prices, empty for a log's own days."""

    schema: Literal["cachelens.whatif/v1"] = SCHEMA_ID
    version: str
    at: str
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    traffic: TrafficV1
    cells: tuple[CellV1, ...]
    best: CellV1 | None
    at_best: CellV1 | None
    less_than_recorded: Ratio | None
    answers: tuple[AnswersV1, ...]
    crossings: tuple[CrossingV1, ...]
    changes: tuple[PriceChangeV1, ...]
    hit_rates: tuple[HitRateStepV1, ...]
    growth: tuple[CellV1, ...]
    facts: tuple[FactV1, ...]
    notes: tuple[NoteV1, ...]
