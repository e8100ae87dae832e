"""Metrics in the text format of Prometheus, for a textfile collector or a push gateway.

The format is version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cachelens.model.metrics import MetricsResult
from cachelens.reports.base import ReportOptions
from cachelens.reports.figures import plain
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

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_SECOND = 1_000_000
_UNITS = {"{USD}": "_usd"}
"""What the name of a metric says of its unit beyond the field's own name."""


class MetricsPrometheus:
    """One family for each figure and kind of group: `cachelens_workload_read_tokens_total{workload="support"}`."""

    id = "metrics-prometheus"

    def render(self, result: MetricsResult, options: ReportOptions) -> str:
        """Return the exposition, ended by a newline."""
        return "".join(f"{line}\n" for kind in KINDS for line in _of_kind(kind, labelled(result, kind)))


def _of_kind(kind: str, rows: list[Labelled]) -> Iterator[str]:
    for family in FAMILIES:
        name = _name(kind, family)
        samples = [(row, value) for row in rows if (value := value_of(family, row.figures)) is not None]
        if samples:
            yield f"# HELP {name} {family.meaning}"
            yield f"# TYPE {name} {family.kind}"
            for row, value in samples:
                yield f"{name}{_labels(row)} {_number(value)}"
    name = f"cachelens_{kind}_{TTFT}_seconds"
    if any(list(row.spreads) for row in rows):
        yield f"# HELP {name} {TTFT_MEANING}"
        yield f"# TYPE {name} summary"
        for row in rows:
            for cache, times in row.spreads:
                for quantile, value_us in (("0.5", times.p50_us), ("0.95", times.p95_us)):
                    yield f"{name}{_labels(row, cache=cache, quantile=quantile)} {_number(value_us / _SECOND)}"
                yield f"{name}_sum{_labels(row, cache=cache)} {_number(times.sum_us / _SECOND)}"
                yield f"{name}_count{_labels(row, cache=cache)} {times.count}"


def _name(kind: str, family: Family) -> str:
    suffix = "_total" if family.kind is Kind.COUNTER else ""
    return f"cachelens_{kind}_{family.field}{_UNITS.get(family.unit, '')}{suffix}"


def _labels(row: Labelled, **more: str) -> str:
    pairs = {row.kind: row.name, **more}
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs.items()) + "}"


def _number(value: float | Decimal) -> str:
    return plain(value) if isinstance(value, Decimal) else repr(value)
