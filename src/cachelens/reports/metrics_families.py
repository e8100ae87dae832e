"""The metrics that monitoring systems get: one table for all of them."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from cachelens.model.metrics import Figures, Group, MetricsResult, Spread, Workload
from cachelens.reports.escaping import visible


class Kind(enum.StrEnum):
    """What a number can do over time."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Family(NamedTuple):
    """One metric. Its value is a field of `Figures`; what the log does not say has no sample."""

    field: str
    kind: Kind
    unit: str
    """In the words of UCUM, as OpenTelemetry asks for."""
    meaning: str


FAMILIES = (
    Family("requests", Kind.COUNTER, "{request}", "Requests in the log."),
    Family("silent_requests", Kind.COUNTER, "{request}", "Requests that do not say what they read from cache."),
    Family("input_tokens", Kind.COUNTER, "{token}", "Input tokens."),
    Family("read_tokens", Kind.COUNTER, "{token}", "Input tokens read from cache."),
    Family("written_tokens", Kind.COUNTER, "{token}", "Input tokens written to cache."),
    Family("output_tokens", Kind.COUNTER, "{token}", "Output tokens."),
    Family("token_hit_rate", Kind.GAUGE, "1", "Read tokens / input tokens, of requests that report reads."),
    Family("request_hit_rate", Kind.GAUGE, "1", "Requests that read from cache / requests that report reads."),
    Family("cost", Kind.COUNTER, "{USD}", "US dollars at the prices of each request's day, where it has one."),
    Family("unpriced_requests", Kind.COUNTER, "{request}", "Requests without a price."),
)
TTFT = "ttft"
TTFT_MEANING = "Time to first token, of requests that read from cache (hit) and that read nothing (miss)."


class Labelled(NamedTuple):
    """The figures of one group, and what it is called."""

    kind: str
    """`workload`, `model`, `tenant` or `replica`."""
    name: str
    figures: Figures

    @property
    def spreads(self) -> Iterator[tuple[str, Spread]]:
        """Yield the times to first token that are known, with `hit` or `miss`."""
        for name, times in (("hit", self.figures.ttft_hits), ("miss", self.figures.ttft_misses)):
            if times is not None:
                yield name, times


_WORKLOAD = "workload"
KINDS = (_WORKLOAD, "model", "tenant", "replica")


def labelled(result: MetricsResult, kind: str) -> list[Labelled]:
    """Return the groups of one kind, named as may be shown."""
    groups = {"model": result.models, "tenant": result.tenants, "replica": result.replicas}
    rows: Sequence[Workload | Group] = result.workloads if kind == _WORKLOAD else groups[kind]
    return [Labelled(kind, visible(row.name), row.figures) for row in rows]


def value_of(family: Family, figures: Figures) -> int | float | Decimal | None:
    """Return a figure; `None` where the log does not say."""
    value: int | float | Decimal | None = getattr(figures, family.field)
    return value
