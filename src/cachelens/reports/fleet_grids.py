"""The tables of a fleet report, as headings and words; text and Markdown lay them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from cachelens.model.fleet import FleetResult, FleetRun, Spread
from cachelens.reports import fleet_words as words
from cachelens.reports.figures import UNKNOWN, count, money, plural, share, tokens
from cachelens.reports.fleet_pick import best, is_saturated, ranked


class Cell(NamedTuple):
    """A column: its full term, its heading line by line, and how soon it makes room."""

    label: str
    heading: tuple[str, ...]
    tier: int = 0


class Line(NamedTuple):
    """A row; `is_best` marks the one that is advised."""

    name: str
    cells: tuple[str, ...]
    is_best: bool = False


class Grid(NamedTuple):
    """A table."""

    title: str
    heading: str
    columns: tuple[Cell, ...]
    lines: tuple[Line, ...]


_SPLIT = (
    Cell("token hit rate", ("token", "hit rate")),
    Cell("lost to routing", ("lost to", "routing")),
    Cell("lost to computing", ("lost to", "comput.")),
    Cell("lost to eviction", ("lost to", "eviction")),
    Cell("lost to workload", ("lost to", "workload")),
    Cell("imbalance", ("imba-", "lance")),
    Cell("duplicates", ("dupli-", "cates"), 1),
    Cell("utilisation", ("cache", "used"), 2),
    Cell("request hit rate", ("request", "hit rate"), 3),
)
_TIME = (
    Cell("TTFT mean", ("TTFT", "mean")),
    Cell("P50", ("", "P50")),
    Cell("P95", ("", "P95")),
    Cell("P99", ("", "P99")),
    Cell("of it queueing, mean", ("of it", "queue")),
    Cell("offered load", ("offered", "load")),
    Cell("offered load, mean of the replicas", ("mean", "load"), 3),
    Cell("busy imbalance", ("busy", "imbal."), 2),
    Cell("rejected", ("", "rejected"), 2),
    Cell("started again", ("", "again"), 2),
    Cell("GPU-hours", ("GPU-", "hours"), 3),
    Cell("cost", ("", "cost"), 1),
)


def grids(result: FleetResult, *, detail: bool) -> Iterator[Grid]:
    """Return the tables: over all fleet sizes first, then the largest fleet in full; every fleet with `detail`."""
    for _, group in groupby(sorted(result.runs, key=_blocks), key=_blocks):
        runs = sorted(group, key=lambda run: run.replicas)
        sizes = sorted({run.replicas for run in runs})
        if len(sizes) > 1:
            yield _over_sizes("Token hit rate", runs, sizes, result)
            if result.timed:
                yield _over_sizes("TTFT P95", runs, sizes, result)
        for size in sizes if detail else sizes[-1:]:
            same = [run for run in runs if run.replicas == size]
            yield _split(same, result)
            if result.timed:
                yield _times(same, result)


def _blocks(run: FleetRun) -> int:
    return -1 if run.kv_blocks is None else run.kv_blocks


def _over_sizes(what: str, runs: Sequence[FleetRun], sizes: Sequence[int], result: FleetResult) -> Grid:
    """Set policies against fleet sizes, ordered by the largest fleet."""
    largest = [run for run in runs if run.replicas == sizes[-1]]
    chosen = best(largest, result)
    rows = {(run.policy, run.replicas): run for run in runs}
    cell = _rate if what == "Token hit rate" else _p95
    return Grid(
        f"{what} by replicas, {words.cache(runs[0].kv_blocks)}",
        "Policy",
        tuple(Cell(plural(size, "replica"), (str(size),)) for size in sizes),
        tuple(
            Line(run.policy, tuple(cell(rows[run.policy, size]) for size in sizes), run is chosen)
            for run in ranked(largest)
        ),
    )


def _rate(run: FleetRun) -> str:
    return share(run.token_hit_rate)


def _p95(run: FleetRun) -> str:
    times = None if run.timing is None else run.timing.ttft
    return _marked(UNKNOWN if times is None else words.time(times.p95), run)


def _marked(text: str, run: FleetRun) -> str:
    return f"{text} {words.SATURATED_SIGN}" if is_saturated(run) else text


def _split(runs: Sequence[FleetRun], result: FleetResult) -> Grid:
    chosen = best(runs, result)
    lines = []
    for run in ranked(runs):
        parts = run.losses
        cells = (
            share(run.token_hit_rate),
            share(None if parts is None else parts.routing_share),
            share(None if parts is None else parts.computing_share) if result.timed else "",
            share(None if parts is None else parts.eviction_share),
            share(None if parts is None else parts.workload_share),
            words.times(run.uncached_imbalance),
            share(run.duplicate_share),
            words.NO_LIMIT if run.utilisation is None else share(run.utilisation),
            share(run.request_hit_rate),
        )
        lines.append(Line(run.policy, cells, run is chosen))
    return _told(Grid(f"Where the input tokens go: {words.fleet(runs[0])}", "Policy", _SPLIT, tuple(lines)))


def _times(runs: Sequence[FleetRun], result: FleetResult) -> Grid:
    chosen = best(runs, result)
    lines = []
    for run in ranked(runs):
        timing = run.timing
        if timing is None:
            continue
        ttft = _spread(timing.ttft)
        cells = (
            _marked(ttft[0], run),
            *ttft[1:],
            _spread(timing.queueing)[0],
            words.times(timing.offered_load),
            words.times(timing.offered_load_mean),
            words.times(timing.busy_imbalance),
            count(run.rejected) if run.rejected else "",
            count(timing.restarted) if timing.restarted else "",
            f"{timing.gpu_hours:,.2f}",
            "" if timing.cost is None else money(timing.cost),
        )
        lines.append(Line(run.policy, cells, run is chosen))
    return _told(Grid(f"Time to first token: {words.fleet(runs[0])}", "Policy", _TIME, tuple(lines)))


def _told(grid: Grid) -> Grid:
    """Leave out columns in which no row says anything."""
    kept = [index for index in range(len(grid.columns)) if any(line.cells[index] for line in grid.lines)]
    return grid._replace(
        columns=tuple(grid.columns[index] for index in kept),
        lines=tuple(line._replace(cells=tuple(line.cells[index] for index in kept)) for line in grid.lines),
    )


def _spread(times: Spread | None) -> tuple[str, str, str, str]:
    if times is None:
        return (UNKNOWN,) * 4
    mean, p50, p95, p99 = map(words.time, (times.mean, times.p50, times.p95, times.p99))
    return mean, p50, p95, p99


def targets(result: FleetResult) -> Iterator[Grid]:
    """Return the smallest fleets that meet the target."""
    if not result.targets:
        return
    columns = (
        Cell("cache", ("cache",), 1),
        Cell("replicas", ("replicas",)),
        Cell("GPUs", ("GPUs",)),
        Cell(f"TTFT P{result.ttft_percentile}", (f"TTFT P{result.ttft_percentile}",)),
        Cell("cost an hour", ("cost an hour",)),
    )
    lines = [
        Line(
            row.policy,
            (
                words.NO_LIMIT if row.kv_blocks is None else plural(row.kv_blocks, "block"),
                f"over {row.tried}" if row.replicas is None else count(row.replicas),
                "" if row.gpus is None else count(row.gpus),
                "" if row.ttft_us is None else words.time(row.ttft_us),
                "" if row.cost_per_hour is None else money(row.cost_per_hour),
            ),
        )
        for row in sorted(result.targets, key=lambda row: (row.replicas is None, row.replicas or 0))
    ]
    title = f"Smallest fleet with a {words.target(result)}"
    yield Grid(title, "Policy", columns, tuple(lines))


def interference(result: FleetResult, most: int) -> Iterator[Grid]:
    """Return which workloads evict which, for the advised policy on the largest fleet."""
    run = best([run for run in result.runs if run.replicas == result.runs[-1].replicas], result)
    if run is None or result.workloads < 2 or not run.interference:  # noqa: PLR2004  nobody to interfere with
        return
    columns = (Cell("of", ("of",)), Cell("blocks", ("blocks",)), Cell("share", ("share",)))
    lines = tuple(
        Line(row.by or "(unnamed)", (row.of or "(unnamed)", tokens(row.blocks), share(row.share)))
        for row in run.interference[:most]
    )
    yield Grid(f"Who evicts whose blocks: {run.policy}, {words.fleet(run)}", "Room for", columns, lines)
