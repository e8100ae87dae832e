"""The CSV report of a fleet: one row a run, the grid of a sweep for plots."""

from __future__ import annotations

import csv
import io

from cachelens.model.fleet import FleetResult, FleetRun, Losses, Spread
from cachelens.reports.base import ReportOptions
from cachelens.reports.csv_values import csv_value

_RUN = (
    *("policy", "replicas", "kv_blocks", "block_size", "engine", "timed", "speed", "served", "rejected"),
    *("rejected_tokens", "input_tokens", "hit_tokens", "loaded_tokens", "token_hit_rate", "request_hit_rate"),
)
_LOSSES = ("routing", "eviction", "workload", "computing")
_CACHES = ("utilisation", "evicted_blocks", "held_blocks", "duplicate_blocks", "duplicate_share", "uncached_imbalance")
_SPREADS = ("ttft", "queueing", "prefill")
_SPREAD = ("mean", "p50", "p95", "p99")
_TIMING = (
    *("offered_load", "offered_load_mean", "is_saturated", "busy_imbalance", "duration_us", "restarted", "gpu_hours"),
    "cost",
)
_HEADER = (
    *_RUN,
    *(f"lost_to_{name}_tokens" for name in _LOSSES),
    *(f"lost_to_{name}" for name in _LOSSES),
    *_CACHES,
    *(f"{spread}_{part}_us" for spread in _SPREADS for part in _SPREAD),
    *(name if name != "cost" else "cost_usd" for name in _TIMING),
)


class FleetCsv:
    """A table for plots. An empty cell means unknown, or no limit; shares are of 1."""

    id = "fleet-csv"

    def render(self, result: FleetResult, options: ReportOptions) -> str:
        """Return RFC 4180 text with a header row."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_HEADER)
        writer.writerows([csv_value(value) for value in _row(run, result)] for run in result.runs)
        return out.getvalue()


def _row(run: FleetRun, result: FleetResult) -> list[object]:
    about = {"block_size": result.block_size, "engine": result.engine, "timed": result.timed, "speed": result.speed}
    row: list[object] = [about[name] if name in about else getattr(run, name) for name in _RUN]
    row += _losses(run.losses)
    row += [getattr(run, name) for name in _CACHES]
    timing = run.timing
    for name in _SPREADS:
        row += _times(None if timing is None else getattr(timing, name))
    return row + [None if timing is None else getattr(timing, name) for name in _TIMING]


def _losses(losses: Losses | None) -> list[object]:
    if losses is None:
        return [None for _ in (*_LOSSES, *_LOSSES)]
    return [getattr(losses, name) for name in _LOSSES] + [getattr(losses, f"{name}_share") for name in _LOSSES]


def _times(times: Spread | None) -> list[object]:
    return [None if times is None else getattr(times, part) for part in _SPREAD]
