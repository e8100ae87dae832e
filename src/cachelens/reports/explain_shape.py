"""The shape `cachelens.explain/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Money is a decimal string in US
dollars, times are microseconds; `null` means unknown, never zero. Values are prompt text: by default only their length.
"""

from __future__ import annotations

from typing import Final, Literal

from cachelens.reports.shapes import Count, Money, Shape

SCHEMA_ID: Final = "cachelens.explain/v1"
DIFF_ID: Final = "cachelens.diff/v1"

CauseName = Literal[
    "cold",
    "expired",
    "diverged",
    "parameter-change",
    "too-short",
    "beyond-look-back",
    "not-yet-visible",
    "not-marked",
    "other-model",
    "other-cache-key",
    "not-kept",
    "unknown",
    "none",
]
OwnerName = Literal["yours", "provider", "unknowable", "nobody"]


class RequestV1(Shape, frozen=True, kw_only=True):
    """A request: its place in the order of arrival (from 1), and what the log says of it."""

    number: Count
    id: str
    path: str
    line: Count
    model: str
    provider: str
    session: str
    workload: str
    at_us: int | None
    tokens: Count


class CountsV1(Shape, frozen=True, kw_only=True):
    """Input tokens by what happened to them."""

    read: Count | None
    written: Count | None
    plain: Count | None
    input: Count


class PredecessorV1(Shape, frozen=True, kw_only=True):
    """The earlier request that it is compared with."""

    request: RequestV1
    relation: Literal["same session", "same workload", "longest shared prefix"]
    gap_us: int | None
    shared_tokens: Count


class ValueV1(Shape, frozen=True, kw_only=True):
    """A value from a prompt: its length, and its first 4,000 characters where values were asked for and it is no
    secret.
    """

    characters: Count
    text: str | None


class ChangeV1(Shape, frozen=True, kw_only=True):
    """One stretch in which two segments differ; line and column, from 1, are those of the later request."""

    kind: str
    line: Count
    column: Count
    before: ValueV1
    after: ValueV1


class ParameterV1(Shape, frozen=True, kw_only=True):
    """A request parameter that differs; `null` where a request does not set it."""

    name: str
    before: ValueV1 | None
    after: ValueV1 | None


class DifferenceV1(Shape, frozen=True, kw_only=True):
    """Where two prompts part. `exact` is false where the token is known to its block of 16 only."""

    place: str
    section: str
    other_place: str
    token: Count
    exact: bool
    line: Count | None
    column: Count | None
    same_but_for: str
    tools: str
    tool_names: tuple[ValueV1, ...]
    parameters: tuple[ParameterV1, ...]
    changes: tuple[ChangeV1, ...]
    changes_in_all: Count
    context: tuple[str, ...]
    unchanged_behind_tokens: Count


class PaidV1(Shape, frozen=True, kw_only=True):
    """Lost tokens, and the price per million that was paid for them."""

    unit: str
    tokens: Count
    usd_per_mtok: Money


class PriceV1(Shape, frozen=True, kw_only=True):
    """The price row behind the cost."""

    id: str
    start: str | None
    checked: str
    read_usd_per_mtok: Money


class LossV1(Shape, frozen=True, kw_only=True):
    """Reads that were missed, and what was paid beyond the price of reading."""

    tokens: Count
    cost: Money | None
    paid: tuple[PaidV1, ...]
    price: PriceV1 | None
    estimated: bool


class AdviceV1(Shape, frozen=True, kw_only=True):
    """Whose it is, and what to do; `rule` is an id of the audit's, or null."""

    owner: OwnerName
    reason: str
    next_step: str
    rule: str | None


class RulesV1(Shape, frozen=True, kw_only=True):
    """The cache rules that were replayed."""

    id: str
    checked: str
    status: Literal["ok", "preview", "bound"]


class ExplainV1(Shape, frozen=True, kw_only=True):
    """Why one request read from cache what it read."""

    schema: Literal["cachelens.explain/v1", "cachelens.diff/v1"] = SCHEMA_ID
    version: str
    missed: bool
    cause: CauseName
    evidence: tuple[str, ...]
    request: RequestV1
    predecessor: PredecessorV1 | None
    recorded: CountsV1 | None
    replayed: CountsV1 | None
    readable_tokens: Count | None
    difference: DifferenceV1 | None
    loss: LossV1
    advice: AdviceV1
    rules: RulesV1 | None
    notes: tuple[str, ...]
