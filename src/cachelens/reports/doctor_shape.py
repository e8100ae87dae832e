"""The shape `cachelens.doctor/v1` of the JSON report. Within v1 fields may be added; none is removed or renamed."""

from __future__ import annotations

from typing import Final, Literal

from cachelens.reports.shapes import Count, Shape

SCHEMA_ID: Final = "cachelens.doctor/v1"


class CheckV1(Shape, frozen=True, kw_only=True):
    """One thing that was looked at; an absent part is optional."""

    section: str
    name: str
    state: Literal["ok", "absent", "old", "broken"]
    value: str
    hint: str


class AgeV1(Shape, frozen=True, kw_only=True):
    """When entries of the price files were last compared with their sources; days count to `day`."""

    kind: Literal["prices", "rules"]
    entries: Count
    oldest: str
    newest: str
    days: int
    due: Count


class DoctorV1(Shape, frozen=True, kw_only=True):
    """What was found about an installation; `healthy` is false where something is old or broken."""

    schema: Literal["cachelens.doctor/v1"] = SCHEMA_ID
    version: str
    python: str
    platform: str
    day: str
    older_than: Count
    healthy: bool
    ages: tuple[AgeV1, ...]
    checks: tuple[CheckV1, ...]
