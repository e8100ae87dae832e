"""Capacity curves as JSON, in the shape `cachelens.fleet-curve/v1`: a contract of its own, apart from internal types.

Within v1 fields may be added; none is removed, renamed or given another meaning. Ratios are rounded to six digits.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from cachelens.model.fleet_curve import CurveResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.fleet_shape import Share
from cachelens.reports.json_documents import json_report, published, schema_text
from cachelens.reports.shapes import Count, InputV1, Shape, SkipV1

SCHEMA_ID: Final = "cachelens.fleet-curve/v1"


class PointV1(Shape, frozen=True, kw_only=True):
    """What caches of `kv_blocks` blocks each find."""

    kv_blocks: Count
    token_hit_rate: Share


class CurveV1(Shape, frozen=True, kw_only=True):
    """One policy on one fleet; `policy` is null for a single replica, where all are equal."""

    policy: str | None
    replicas: Count
    points: tuple[PointV1, ...]
    token_hit_rate: Annotated[float, msgspec.Meta(ge=0, le=1, description="Of caches without limit, of 1.")]
    blocks_for_most: Annotated[int, msgspec.Meta(ge=0, description="Blocks that find nine tenths of that.")]


class FleetCurveV1(Shape, frozen=True, kw_only=True):
    """Token hit rate against cache size; the first curve is that of a single replica."""

    schema: Literal["cachelens.fleet-curve/v1"] = SCHEMA_ID
    version: str
    inputs: tuple[InputV1, ...]
    skips: tuple[SkipV1, ...]
    requests: Count
    input_tokens: Count
    block_size: Count
    longest_blocks: Annotated[int, msgspec.Meta(ge=1, description="What the longest request needs.")]
    asked: tuple[Count, ...]
    curves: tuple[CurveV1, ...]
    policies: dict[str, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]


class FleetCurveJson:
    """One document for programs, valid under `docs/schemas/fleet-curve.v1.json`."""

    id = "fleet-curve-json"

    def render(self, result: CurveResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/fleet-curve.v1.json`."""
    return schema_text(FleetCurveV1, SCHEMA_ID)


def to_shape(result: CurveResult) -> FleetCurveV1:
    """Convert a result to the published shape, which bears the same names."""
    return msgspec.convert(published(msgspec.to_builtins(result)), FleetCurveV1)
