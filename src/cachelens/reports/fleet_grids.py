"""The tables of a fleet report, as headings and words; text and Markdown lay them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelens.model.fleet import FleetResult, FleetRun, Spread
from cachelens.reports import fleet_words as words
from cachelens.reports.figures import UNKNOWN, count, money, plural, share, tokens
from cachelens.reports.fleet_pick import AFFINITY, BASELINE, best, is_saturated, ranked
from cachelens.reports.grids import Grid, Head, Line

_MOST_POLICIES = 10
"""Policies that are all shown."""
_FIRST = 5
"""Policies that are shown of more, from the best on."""
_MOST_RATES, _MOST_TIMES = 8, 5
"""Columns that fit beside the names of policies."""


_SPLIT = (
    Head("token hit rate", ("token", "hit rate")),
    Head("lost to routing", ("lost to", "routing")),
    Head("lost to computing", ("lost to", "comput.")),
    Head("lost to eviction", ("lost to", "eviction")),
    Head("lost to workload", ("lost to", "workload")),
    Head("imbalance", ("imba-", "lance")),
    Head("duplicates", ("dupli-", "cates"), 1),
    Head("utilisation", ("cache", "used"), 2),
    Head("request hit rate", ("request", "hit rate"), 3),
)
_TIME = (
    Head("TTFT mean", ("TTFT", "mean")),
    Head("P50", ("", "P50")),
    Head("P95", ("", "P95")),
    Head("P99", ("", "P99")),
    Head("of it queueing, mean", ("of it", "queue")),
    Head("offered load", ("offered", "load")),
    Head("offered load, mean of the replicas", ("mean", "load"), 3),
    Head("busy imbalance", ("busy", "imbal."), 2),
    Head("rejected", ("", "rejected"), 2),
    Head("started again", ("", "again"), 2),
    Head("GPU-hours", ("GPU-", "hours"), 3),
    Head("cost", ("", "cost"), 1),
)


def grids(result: FleetResult, *, detail: bool) -> Iterator[Grid]:
    """Return the tables: over all fleet and cache sizes first, then the largest fleet in full.

    With `detail` every fleet is shown in full, and every policy; else the best and the worst of many.
    """
    caches = list(dict.fromkeys(map(_blocks, result.runs)))
    runs = sorted(result.runs, key=lambda run: (caches.index(_blocks(run)), run.replicas))
    fleets = dict.fromkeys((_blocks(run), run.replicas) for run in runs)
    largest = (_blocks(result.runs[-1]), result.runs[-1].replicas)
    kept, hidden = _kept([run for run in runs if (_blocks(run), run.replicas) == largest], result, detail=detail)
    shown = [run for run in runs if run.policy in kept]
    yield from _overview("Token hit rate", _MOST_RATES, shown, result, hidden)
    if result.timed:
        yield from _overview("TTFT P95", _MOST_TIMES, shown, result, hidden)
    for fleet in fleets if detail else (largest,):
        same = [run for run in shown if (_blocks(run), run.replicas) == fleet]
        yield _split(same, result, hidden)
        if result.timed:
            yield _times(same, result, hidden)


def _blocks(run: FleetRun) -> int:
    return -1 if run.kv_blocks is None else run.kv_blocks


def _kept(runs: Sequence[FleetRun], result: FleetResult, *, detail: bool) -> tuple[set[str], int]:
    """Return the policies to show and how many are not: of many the first few, the last, and those people ask for."""
    names = [run.policy for run in ranked(runs)]
    if detail or len(names) <= _MOST_POLICIES:
        return set(names), 0
    chosen = best(runs, result)
    asked = {BASELINE, AFFINITY, *result.ceilings, *(name for name in names if ":" in name)} & set(names)
    kept = {*names[:_FIRST], names[-1], *asked, *([] if chosen is None else [chosen.policy])}
    return kept, len(names) - len(kept)


def _note(hidden: int) -> str:
    return f"{hidden} more: --detail shows all policies" if hidden else ""


def _overview(what: str, most: int, runs: Sequence[FleetRun], result: FleetResult, hidden: int) -> Iterator[Grid]:
    """Set policies against fleet and cache sizes: in one table if there are at most so many, else one a cache size."""
    fleets = dict.fromkeys((_blocks(run), run.replicas) for run in runs)
    if len(fleets) == 1:
        return
    caches = dict.fromkeys(map(_blocks, runs))
    for part in [list(caches)] if len(fleets) <= most else [[blocks] for blocks in caches]:
        yield _over_sizes(what, [run for run in runs if _blocks(run) in part], result, hidden)


def _over_sizes(what: str, runs: Sequence[FleetRun], result: FleetResult, hidden: int) -> Grid:
    """Set policies against fleets, ordered by the largest."""
    fleets = list(dict.fromkeys((_blocks(run), run.replicas) for run in runs))
    cells = {(run.policy, _blocks(run), run.replicas): run for run in runs}
    largest = [run for run in runs if (_blocks(run), run.replicas) == fleets[-1]]
    chosen = best(largest, result)
    cell = _rate if what == "Token hit rate" else _p95
    one = len({blocks for blocks, _ in fleets}) == 1
    title = f"{what} by replicas, {words.cache(runs[0].kv_blocks)}" if one else f"{what} by blocks of each and replicas"
    return Grid(
        title,
        "Policy",
        tuple(_fleet_cell(fleets, place, one=one) for place in range(len(fleets))),
        tuple(
            Line(run.policy, tuple(cell(cells[run.policy, *fleet]) for fleet in fleets), run is chosen)
            for run in ranked(largest)
        ),
        _note(hidden),
    )


def _fleet_cell(fleets: Sequence[tuple[int, int]], place: int, *, one: bool) -> Head:
    """Head a column with the number of replicas, and above the first of each cache size with its blocks."""
    blocks, replicas = fleets[place]
    if one:
        return Head(plural(replicas, "replica"), (str(replicas),))
    above = "" if place and fleets[place - 1][0] == blocks else count(blocks)
    return Head(f"{plural(replicas, 'replica')}, {words.cache(blocks)}", (above, str(replicas)))


def _rate(run: FleetRun) -> str:
    return share(run.token_hit_rate)


def _p95(run: FleetRun) -> str:
    times = None if run.timing is None else run.timing.ttft
    return _marked(UNKNOWN if times is None else words.time(times.p95), run)


def _marked(text: str, run: FleetRun) -> str:
    return f"{text} {words.SATURATED_SIGN}" if is_saturated(run) else text


def _split(runs: Sequence[FleetRun], result: FleetResult, hidden: int) -> Grid:
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
    return _told(
        Grid(f"Where the input tokens go: {words.fleet(runs[0])}", "Policy", _SPLIT, tuple(lines), _note(hidden))
    )


def _times(runs: Sequence[FleetRun], result: FleetResult, hidden: int) -> Grid:
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
    return _told(Grid(f"Time to first token: {words.fleet(runs[0])}", "Policy", _TIME, tuple(lines), _note(hidden)))


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
        Head("cache", ("cache",), 1),
        Head("replicas", ("replicas",)),
        Head("GPUs", ("GPUs",)),
        Head(f"TTFT P{result.ttft_percentile}", (f"TTFT P{result.ttft_percentile}",)),
        Head("cost an hour", ("cost an hour",)),
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
    columns = (Head("of", ("of",)), Head("blocks", ("blocks",)), Head("share", ("share",)))
    lines = tuple(
        Line(row.by or "(unnamed)", (row.of or "(unnamed)", tokens(row.blocks), share(row.share)))
        for row in run.interference[:most]
    )
    yield Grid(f"Who evicts whose blocks: {run.policy}, {words.fleet(run)}", "Room for", columns, lines)
