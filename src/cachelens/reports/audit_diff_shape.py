"""The shape `cachelens.audit-diff/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Money is a decimal string
in US dollars with at most twelve decimals; lines, columns and tokens count from 1 and 0; `null` means unknown.
"""

from __future__ import annotations

from typing import Final, Literal

from cachelens.reports.audit_shape import FilePlaceV1
from cachelens.reports.shapes import Count, InputV1, Money, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.audit-diff/v1"


class SideV1(Shape, frozen=True, kw_only=True):
    """Some requests under one version of the templates; costs over the traffic, output included."""

    input_tokens: Count
    read_tokens: Count | None
    token_hit_rate: float | None
    cost: Money | None
    cost_per_month: Money | None


class DifferenceV1(Shape, frozen=True, kw_only=True):
    """Some requests under both versions; `changed` of them hold text of a changed template."""

    workload: str
    requests: Count
    changed: Count
    before: SideV1
    after: SideV1
    delta: Money | None
    delta_per_month: Money | None
    delta_share: float | None


class CauseV1(Shape, frozen=True, kw_only=True):
    """A value that is why; shares are of requests in which it differs from the request before."""

    expression: str
    location: FilePlaceV1
    workload: str
    move: Literal["new", "gone", "earlier", "later", "oftener", "rarer"]
    token_before: Count | None
    token_after: Count | None
    share_before: float | None
    share_after: float | None


class ReasonV1(Shape, frozen=True, kw_only=True):
    """Why a workload costs more or less where it is not by a value.

    For a crossed minimum the tokens are those that a request shares with earlier ones, else all of a request.
    """

    why: Literal["below-minimum", "above-minimum", "shorter", "longer", "unknown"]
    workload: str
    tokens_before: Count
    tokens_after: Count
    minimum: Count | None


class NoteV1(Shape, frozen=True, kw_only=True):
    """What was left out or taken for granted."""

    code: str
    message: str
    location: FilePlaceV1 | None


class AuditDiffV1(Shape, frozen=True, kw_only=True):
    """What a change of templates costs at recorded traffic, against the git revision `base`."""

    schema: Literal["cachelens.audit-diff/v1"] = SCHEMA_ID
    version: str
    base: str
    requests: Count
    days: float | None
    templates: Count
    changed: Count
    tied: Count
    evidence: Literal["recorded", "exact", "fitted", "estimated"] | None
    total: DifferenceV1
    workloads: tuple[DifferenceV1, ...]
    causes: tuple[CauseV1, ...]
    reasons: tuple[ReasonV1, ...]
    notes: tuple[NoteV1, ...]
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
