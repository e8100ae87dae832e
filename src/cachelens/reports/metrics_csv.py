"""The CSV report of metrics: one row for each group of requests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from cachelens.model.metrics import Figures, MetricsResult, Spread, Unread
from cachelens.reports.base import ReportOptions
from cachelens.reports.csv_values import csv_value

_FIGURES = (
    *("requests", "silent_requests", "input_tokens", "read_tokens", "written_tokens", "output_tokens"),
    *("token_hit_rate", "request_hit_rate", "read_share"),
)
_HEADER = (
    *("kind", "name", "verdict", *_FIGURES, "unread_write_tokens", "unread_write_share"),
    *("ttft_hits_p50_us", "ttft_hits_p95_us", "ttft_misses_p50_us", "ttft_misses_p95_us"),
    *("cost_usd", "unpriced_requests", "cost_at_most"),
)


class MetricsCsv:
    """A table for spreadsheets. An empty cell means that the log does not say; shares are of 1."""

    id = "metrics-csv"

    def render(self, result: MetricsResult, options: ReportOptions) -> str:
        """Return RFC 4180 text with a header row."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_HEADER)
        writer.writerows([csv_value(value) for value in row] for row in _rows(result))
        return out.getvalue()


def _rows(result: MetricsResult) -> Iterator[list[object]]:
    yield _row("all", "", result.verdict.value, result.total, result.unread_writes)
    for workload in result.workloads:
        yield _row("workload", workload.name, workload.verdict.value, workload.figures, workload.unread_writes)
    kinds = (("model", result.models), ("tenant", result.tenants), ("day", result.days), ("replica", result.replicas))
    for kind, groups in kinds:
        for group in groups:
            yield _row(kind, group.name, None, group.figures, None)


def _row(kind: str, name: str, verdict: str | None, figures: Figures, unread: Unread | None) -> list[object]:
    return [
        *(kind, name, verdict),
        *(getattr(figures, field) for field in _FIGURES),
        *((None, None) if unread is None else (unread.unread_tokens, unread.share)),
        *_percentiles(figures.ttft_hits),
        *_percentiles(figures.ttft_misses),
        *(figures.cost, figures.unpriced_requests, figures.cost_at_most),
    ]


def _percentiles(times: Spread | None) -> tuple[int | None, int | None]:
    return (None, None) if times is None else (times.p50_us, times.p95_us)
