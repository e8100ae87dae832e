"""The shape `cachelens.audit/v1` of the JSON report: a contract of its own, apart from the internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Money is a decimal string
in US dollars with at most twelve decimals; lines, columns and places count from 1; `null` means unknown, never zero.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from cachelens.reports.shapes import Count, InputV1, Money, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.audit/v1"

Number = Annotated[int, msgspec.Meta(ge=1)]
SeverityName = Literal["high", "medium", "low", "info"]
ConfidenceName = Literal["high", "medium", "low"]


class SeveritiesV1(Shape, frozen=True, kw_only=True):
    """Findings that count, by severity."""

    high: Count
    medium: Count
    low: Count
    info: Count


class SummaryV1(Shape, frozen=True, kw_only=True):
    """What was looked at, and how much was found; `known` findings stand in the baseline and are not listed."""

    findings: Count
    severities: SeveritiesV1
    suppressed: Count
    known: Count
    requests: Count
    workloads: Count
    templates: Count
    files: Count
    rules: tuple[str, ...]


class FilePlaceV1(Shape, frozen=True, kw_only=True, tag_field="kind", tag="file"):
    """A stretch of a file; columns count characters, the end is exclusive."""

    path: str
    line: Number
    column: Number
    end_line: Number
    end_column: Number


class TrafficPlaceV1(Shape, frozen=True, kw_only=True, tag_field="kind", tag="traffic"):
    """A place in a workload's requests, such as `system 1`, empty for all of it; tokens from the start to it."""

    workload: str
    place: str
    token: Count | None


class FindingV1(Shape, frozen=True, kw_only=True):
    """One fault; `traffic` is where traffic shows a fault of a file.

    `values` are masked unless they were asked for, `suppression` is the reason given, or empty.
    """

    rule: str
    severity: SeverityName
    confidence: ConfidenceName
    message: str
    location: FilePlaceV1 | TrafficPlaceV1
    traffic: TrafficPlaceV1 | None = None
    advice: str
    stranded_tokens: Count | None
    cost: Money | None
    cost_per_month: Money | None
    values: tuple[str, ...]
    fixable: bool
    fingerprint: str
    suppression: str


class ProblemV1(Shape, frozen=True, kw_only=True):
    """Something in a template or source that could not be read or followed."""

    location: FilePlaceV1
    code: str
    message: str


class StretchV1(Shape, frozen=True, kw_only=True):
    """A stretch of a prompt: tokens in front of it and behind it, how often it changes, and what its values are.

    `kind` is empty where it is no value within fixed text.
    """

    place: str
    scope: Literal["static", "deploy", "day", "tenant", "session", "request", "session or request"]
    kind: str
    first_token: Count
    last_token: Count


class MarkV1(Shape, frozen=True, kw_only=True):
    """A cache mark by its number from the front: where it stands on average, and how many requests have so many."""

    token: Count
    requests: Count


class MapV1(Shape, frozen=True, kw_only=True):
    """A workload's typical prompt in average tokens of the reference tokenizer, from first to last.

    `minimum` is the least that its model caches; `read_tokens` how far reuse goes by replay, `readable_tokens` how far
    it would go in a cache without limits.
    """

    workload: str
    requests: Count
    tokens: Count
    minimum: Count | None
    read_tokens: Count | None
    readable_tokens: Count | None
    stretches: tuple[StretchV1, ...]
    marks: tuple[MarkV1, ...]


class AuditV1(Shape, frozen=True, kw_only=True):
    """Everything that was found, the gravest first."""

    schema: Literal["cachelens.audit/v1"] = SCHEMA_ID
    version: str
    summary: SummaryV1
    findings: tuple[FindingV1, ...]
    suppressed: tuple[FindingV1, ...]
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    problems: tuple[ProblemV1, ...]
    maps: tuple[MapV1, ...] = ()
