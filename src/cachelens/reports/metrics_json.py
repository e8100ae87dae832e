"""The JSON report of metrics: all of it, in the shape `cachelens.metrics/v1`."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.metrics import MetricsResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.json_documents import json_report, published, schema_text
from cachelens.reports.metrics_shape import SCHEMA_ID, MetricsV1


class MetricsJson:
    """One document for programs, valid under `docs/schemas/metrics.v1.json`."""

    id = "metrics-json"

    def render(self, result: MetricsResult, options: ReportOptions) -> str:
        """Return the indented document, fields in the order of the shape, ended by a newline."""
        return json_report(to_shape(result))


def schema_document() -> str:
    """Return the JSON Schema of the report, as it stands in `docs/schemas/metrics.v1.json`."""
    return schema_text(MetricsV1, SCHEMA_ID)


def to_shape(result: MetricsResult) -> MetricsV1:
    """Convert a result to the published shape, which bears the same names."""
    fields = msgspec.to_builtins(result, builtin_types=(Decimal,))
    return msgspec.convert(published(fields), MetricsV1)
