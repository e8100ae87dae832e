"""What a change of templates costs at recorded traffic."""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from cachelens.model.location import Location
from cachelens.model.result import Evidence, InputSummary, SkipCount


class Move(enum.StrEnum):
    """What became of a value in a change."""

    NEW = "new"
    GONE = "gone"
    EARLIER = "earlier"
    LATER = "later"
    OFTENER = "oftener"
    """It stands where it stood and changes more often."""
    RARER = "rarer"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A value that changes, and by which the change costs or saves."""

    expression: str
    """Its source text, shortened and without the texts quoted in it."""
    location: Location
    """In the templates as they are now; where it is gone, as they were."""
    workload: str
    move: Move
    token_before: int | None
    """Tokens in front of it, on average; `None` where it did not stand."""
    token_after: int | None
    share_before: float | None
    """Share of requests in which it differs from the request before."""
    share_after: float | None


class Why(enum.StrEnum):
    """Why a change costs or saves, where it is not by a value."""

    BELOW_MINIMUM = "below-minimum"
    """What requests share became shorter than the model's cacheable minimum."""
    ABOVE_MINIMUM = "above-minimum"
    SHORTER = "shorter"
    """Less fixed text is sent."""
    LONGER = "longer"
    UNKNOWN = "unknown"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a workload costs more or less, where it is not by a value."""

    why: Why
    workload: str
    tokens_before: int
    """For a minimum the tokens that a request shares with those before it (median), else those of a request (mean)."""
    tokens_after: int
    minimum: int | None = None
    """The model's cacheable minimum in tokens, where it was crossed."""


class Note(enum.StrEnum):
    """What a comparison leaves out, or takes for granted."""

    NO_COUNTERPART = "no-counterpart"
    NOT_IN_TRAFFIC = "not-in-traffic"
    AMBIGUOUS = "ambiguous"
    TOO_MUCH_WORK = "too-much-work"
    OTHER_VALUES = "other-values"
    UNKNOWN_VALUE = "unknown-value"
    UNKNOWN_CONDITION = "unknown-condition"
    UNKNOWN_LOOP = "unknown-loop"
    ADDED_MESSAGE = "added-message"
    REMOVED_MESSAGE = "removed-message"
    MARKS = "marks"
    READ_FROM_BEFORE = "read-from-before"


class ChangeNote(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that was left out or taken for granted."""

    code: Note
    message: str
    """One sentence; holds no prompt text."""
    location: Location | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """Some requests under one version of the templates. `None` means unknown, never zero."""

    input_tokens: int
    read_tokens: int | None
    token_hit_rate: float | None
    cost: Decimal | None
    """USD over the traffic, output included."""
    cost_per_month: Decimal | None
    """Scaled to 30 days; `None` for traffic of less than a day."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Some requests under both versions."""

    workload: str
    """Empty for all of them."""
    requests: int
    changed: int
    """Requests that hold text of a changed template."""
    before: Side
    after: Side
    delta: Decimal | None
    """USD more over the traffic; negative saves."""
    delta_per_month: Decimal | None
    delta_share: float | None
    """`delta` / the cost before."""


class ChangeResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `cachelens audit --diff-base` shows."""

    version: str
    base: str
    """The git revision that the templates are compared with, as it was given."""
    inputs: tuple[InputSummary, ...]
    skips: tuple[SkipCount, ...]
    requests: int
    days: float | None
    templates: int
    """Templates as they are now."""
    changed: int
    """Templates whose text is another than at the base, both versions known."""
    tied: int
    """Of these, templates that were found in the traffic."""
    total: Difference
    workloads: tuple[Difference, ...]
    """Workloads that hold text of a changed template, the largest difference first."""
    causes: tuple[Cause, ...]
    """The weightiest first."""
    reasons: tuple[Reason, ...] = ()
    """What is not by a value, by workload."""
    notes: tuple[ChangeNote, ...]
    evidence: Evidence | None = None
    """Weakest evidence among the token counts."""
