"""What a what-if found: costs of other models, marks, lifetimes, prompts and traffic, and where one overtakes another.

Money is US dollars. A *unit* is what the sums are over: a day of the described traffic, or the log as a whole.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from cachelens.model.frozen import Frozen
from cachelens.model.pricing import Standing
from cachelens.model.result import Evidence, FactRef, InputSummary, Note, SkipCount, Status

SAMPLE = 20_000
"""Requests that are made to stand for described traffic."""


class WhatIfChoices(Frozen):
    """What is asked. Empty lists mean the default."""

    models: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    ttls: tuple[str, ...] = ()
    prompt_tokens: tuple[int, ...] = ()
    """Sizes of what never changes in the prompt."""
    traffic: tuple[float, ...] = ()
    """Amounts of traffic, as factors."""
    at: str = ""
    """ISO day whose rules and prices hold; empty = of described traffic the day on which they were last checked, of a
    log its own days."""
    sample: int = SAMPLE
    pricing: tuple[Path, ...] = ()


class Unit(enum.StrEnum):
    """What sums are over."""

    DAY = "day"
    LOG = "log"


class DescribedPart(Frozen):
    """A part of described prompts."""

    name: str
    place: str
    changes: str
    tokens: float
    """Mean over its versions."""


class Traffic(Frozen):
    """What was replayed."""

    name: str
    unit: Unit
    requests: int
    """Replayed requests that count."""
    sessions: int
    warming_requests: int
    """Replayed before those, to warm the caches up."""
    span_us: int
    """Time that the replayed requests that count take."""
    factor: Decimal
    """What every replayed sum is multiplied by to stand for a unit: sessions of a day / sessions that count."""
    input_tokens: float
    """Mean of a request."""
    output_tokens: float
    """Mean of a request."""
    requests_a_unit: Decimal
    days: float | None
    """Length of a unit in days; `None` for a log without times."""
    dated: bool
    """False for a log whose times are no days of the calendar: the newest prices and rules then hold."""
    parts: tuple[DescribedPart, ...] = ()


class Bill(Frozen):
    """What one kind of tokens costs in a unit."""

    kind: str
    """`plain`, `read`, `output`, `stored`, `rent`, or a TTL label for writes."""
    tokens: int
    """Replayed tokens, without the factor; token-hours for rent."""
    cost: Decimal
    share: float | None
    """Of the whole cost."""


class Cell(Frozen):
    """One point of the grid."""

    model: str
    """Model id, or `as-recorded`."""
    boundary: str
    ttl: str
    """TTL label; empty where nothing is cached or the provider has one lifetime only, which it may not publish."""
    prompt_tokens: int | None
    """Size of what never changes in the prompt; `None` = as described or recorded."""
    traffic: float
    """Factor on the amount of traffic."""
    status: Status
    reasons: tuple[str, ...] = ()
    evidence: Evidence | None = None
    """Weakest evidence among the token counts; `None` where they are taken as described."""
    token_hit_rate: float | None = None
    """Read tokens / input tokens."""
    cost: Decimal | None = None
    """Of a unit."""
    cost_no_cache: Decimal | None = None
    """The same without any caching."""
    saving: float | None = None
    """1 - `cost` / `cost_no_cache`."""
    input_saving: float | None = None
    """The same for input alone."""
    cost_per_request: Decimal | None = None
    cost_a_month: Decimal | None = None
    """Of 30 days; `None` for a log of less than a day."""
    bills: tuple[Bill, ...] = ()

    @property
    def name(self) -> str:
        """Boundary and lifetime."""
        return f"{self.boundary}, {self.ttl}" if self.ttl else self.boundary


class RateCard(Frozen):
    """The prices that the answers about a model rest on, USD per million tokens."""

    model: str
    row: str
    start: str
    checked: str
    input: Decimal
    output: Decimal
    read: Decimal
    writes: Mapping[str, Decimal]
    """By TTL label, shortest first; equal to `input` where writes are not billed apart."""
    seconds: Mapping[str, int]
    """TTL label to seconds."""
    storage_hour: Decimal | None
    """Rent of a stored object for an hour; `None` without."""
    minimum: int | None
    """Smallest cached prefix in tokens; `None` = not published."""


class Band(Frozen):
    """Which lifetime pays for content that is used again and again at gaps of one length."""

    above_s: int
    """Gaps longer than this."""
    up_to_s: int | None
    """Gaps no longer than this; `None` = without end."""
    ttl: str
    """Empty: none, each use is better billed as plain input."""
    uses: int
    """Uses again after the write from which on it is cheaper than no caching; 0 = from the write on."""


class Lapse(Frozen):
    """When a longer lifetime is worth its dearer write."""

    ttl: str
    longer: str
    lapses: int
    """Gaps that outlast the shorter and not the longer, from which on the longer is cheaper."""


class Pings(Frozen):
    """How long it pays to keep an entry alive by reading it."""

    ttl: str
    every_s: int
    most: int
    """Pings in a row that are cheaper than to write again."""
    horizon_s: Decimal
    """`every_s` (write / read - 1)."""
    longer: str
    """A lifetime that would outlast the gap without pings; empty = none."""
    most_before_longer: int | None
    """Pings in a row that are cheaper than the longer lifetime's dearer write."""


class PadTo(Frozen):
    """From which length on a prefix below the minimum is worth padding up to it."""

    uses: int | None
    """Uses again of each entry; `None` = without end."""
    tokens: int
    """Shortest prefix for which padding is cheaper."""


class Rent(Frozen):
    """When a stored object is worth its rent."""

    reads_an_hour: Decimal
    """Reads an hour that pay for the rent alone."""
    reads_first_hour: Decimal
    """The same for an object that is stored for one hour, which also pays for the storing."""
    reads_a_day_long: Decimal
    """Reads an hour for an object that is stored for a day."""


class Answers(Frozen):
    """Break-even points of one model."""

    card: RateCard
    bands: tuple[Band, ...]
    lapses: tuple[Lapse, ...]
    pings: tuple[Pings, ...]
    padding: tuple[PadTo, ...]
    rent: Rent | None


class Crossing(Frozen):
    """Two models of which the one that is cheaper by list is dearer with caches."""

    cheaper_by_list: str
    cheaper_cached: str
    hit_rate: float | None
    """Share of the input that must be read for that, if all else is written; `None`: not by input prices alone."""
    list_cost: tuple[Decimal, Decimal]
    """Replayed cost without caching of the first and the second."""
    cached_cost: tuple[Decimal, Decimal]
    """The same at the best of the grid."""
    sure: bool
    """True where the rules of both are published and replayed in full."""


class PriceChange(Frozen):
    """What one dated price makes of the same traffic."""

    model: str
    row: str
    start: str
    """First day; empty = published without a start."""
    standing: Standing
    cost: Decimal | None
    """Of a unit, at the best of the grid."""
    change: float | None
    """Against the price before."""


class HitRateStep(Frozen):
    """The best scenario with another hit rate."""

    points: int
    hit_rate: float
    cost: Decimal


class WhatIfResult(Frozen):
    """Everything that `cachelens whatif` shows."""

    version: str
    at: str
    """ISO day of the rules and prices; empty = the log's own days."""
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    traffic: Traffic
    cells: tuple[Cell, ...]
    best: Cell | None
    """The cheapest for the traffic as it is that is known as well as the recorded scenario; of described traffic, whose
    rules are published and replayed in full. Where there is none, the cheapest."""
    at_best: Cell | None
    """One that costs still less, but is less well known; `None` without."""
    less_than_recorded: float | None
    """1 - cost of the best / cost as recorded; `None` for described traffic."""
    answers: tuple[Answers, ...]
    crossings: tuple[Crossing, ...]
    changes: tuple[PriceChange, ...]
    hit_rates: tuple[HitRateStep, ...]
    growth: tuple[Cell, ...]
    """The best scenario with other amounts of traffic."""
    facts: tuple[FactRef, ...]
    notes: tuple[Note, ...]
