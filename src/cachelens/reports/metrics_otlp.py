"""Metrics as an OTLP request in JSON, for the `/v1/metrics` of an OpenTelemetry collector.

Spelt as the JSON form of the protocol wants it: lowerCamelCase, 64-bit integers as text, enumerations as numbers.
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
Times are the first and last request of the log. Times to first token are exponential histograms of scale 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cachelens.model.metrics import MetricsResult, Spread
from cachelens.reports.base import ReportOptions
from cachelens.reports.json_documents import json_report
from cachelens.reports.metrics_families import (
    FAMILIES,
    KINDS,
    TTFT,
    TTFT_MEANING,
    Family,
    Kind,
    Labelled,
    labelled,
    value_of,
)

_CUMULATIVE = 2
HISTOGRAM_SCALE = 5
_NANOS = 1_000
_SECOND = 1_000_000
Json = dict[str, object]


class MetricsOtlp:
    """One `ExportMetricsServiceRequest`; every metric has the attribute `workload`, `model`, `tenant` or `replica`."""

    id = "metrics-otlp"

    def render(self, result: MetricsResult, options: ReportOptions) -> str:
        """Return the indented document, ended by a newline."""
        scope = {
            "scope": {"name": "cachelens", "version": result.version},
            "metrics": [metric for kind in KINDS for metric in _of_kind(kind, result)],
        }
        resource = {"attributes": [_attribute("service.name", "cachelens")]}
        return json_report({"resourceMetrics": [{"resource": resource, "scopeMetrics": [scope]}]})


def _of_kind(kind: str, result: MetricsResult) -> Iterator[Json]:
    rows = labelled(result, kind)
    times: Json = {
        "startTimeUnixNano": str((result.first_us or 0) * _NANOS),
        "timeUnixNano": str((result.last_us or 0) * _NANOS),
    }
    for family in FAMILIES:
        points = [
            {"attributes": [_attribute(kind, row.name)], **times, **_number(value)}
            for row in rows
            if (value := value_of(family, row.figures)) is not None
        ]
        if points:
            yield _metric(f"cachelens.{kind}.{family.field}", family.unit, family.meaning) | _data(family, points)
    points = [_histogram(row, cache, spread, times) for row in rows for cache, spread in row.spreads]
    if points:
        data = {"exponentialHistogram": {"aggregationTemporality": _CUMULATIVE, "dataPoints": points}}
        yield _metric(f"cachelens.{kind}.{TTFT}", "s", TTFT_MEANING) | data


def _metric(name: str, unit: str, meaning: str) -> Json:
    return {"name": name, "unit": unit, "description": meaning}


def _data(family: Family, points: list[Json]) -> Json:
    if family.kind is Kind.GAUGE:
        return {"gauge": {"dataPoints": points}}
    return {"sum": {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": points}}


def _histogram(row: Labelled, cache: str, spread: Spread, times: Json) -> Json:
    return {
        "attributes": [_attribute(row.kind, row.name), _attribute("cache", cache)],
        **times,
        "count": str(spread.count),
        "sum": spread.sum_us / _SECOND,
        "scale": HISTOGRAM_SCALE,
        "zeroCount": "0",
        "positive": {"offset": spread.offset, "bucketCounts": [str(count) for count in spread.buckets]},
    }


def _attribute(key: str, value: str) -> Json:
    return {"key": key, "value": {"stringValue": value}}


def _number(value: float | Decimal) -> Json:
    return {"asInt": str(value)} if isinstance(value, int) else {"asDouble": float(value)}
