"""Sweeps of fleets: their curves, the sizes that were chosen, and every run."""

from __future__ import annotations

from cachelens.reports import figures
from cachelens.reports.document.blocks import Block, Cell, Listing, Prose, Table
from cachelens.reports.document.cells import count, length, money, share, words
from cachelens.reports.document.fleet_curves import ENDLESS, curves
from cachelens.reports.document.results import Results
from cachelens.reports.fleet_shape import FleetV1, RunV1, TargetV1

_MOST_ROWS = 600


def blocks(results: Results) -> tuple[Block, ...]:
    """Return for each sweep its curves, the chosen sizes and all runs."""
    found: list[Block] = []
    for number, source in enumerate(results.of(FleetV1), start=1):
        result = source.result
        if not result.runs:
            found.append(Prose(lines=(f"{source.path}: no fleet was replayed.",)))
            continue
        found.append(Prose(lines=(_of(source.path, result),)))
        found += curves(number, result)
        found.append(_table(f"fleet-{number}", source.path, result))
        if result.targets:
            found.append(_targets(f"sizes-{number}", source.path, result))
        if result.notes:
            found.append(Listing(title="Mind", items=result.notes))
    return tuple(found)


def _of(path: str, result: FleetV1) -> str:
    timed = "with a model of time" if result.timed else "without time, so hit rates only"
    return (
        f"{path}: {figures.plural(result.requests, 'request')}, {figures.tokens(result.input_tokens)} input tokens, "
        f"engine {result.engine} with blocks of {result.block_size} tokens, {timed}. "
        f"One cache without limit for all: {figures.share(result.single_token_hit_rate)} of tokens read."
    )


def _table(identifier: str, path: str, result: FleetV1) -> Table:
    runs = result.runs[:_MOST_ROWS]
    return Table(
        id=identifier,
        caption=f"Runs of {path}",
        headings=(
            *("policy", "replicas", "blocks", "token hit rate", "request hit rate", "TTFT P95", "utilisation"),
            *("evicted blocks", "imbalance", "cost"),
        ),
        rows=tuple(_row(run, result) for run in runs),
        left_out=len(result.runs) - len(runs),
    )


def _row(run: RunV1, result: FleetV1) -> tuple[Cell, ...]:
    timing, imbalance = run.timing, run.uncached_imbalance
    return (
        words(run.policy + (" (ceiling)" if run.policy in result.ceilings else "")),
        count(run.replicas),
        _blocks(run.kv_blocks),
        share(run.token_hit_rate),
        share(run.request_hit_rate),
        length(timing.ttft.p95 if timing is not None and timing.ttft is not None else None),
        share(run.utilisation),
        count(run.evicted_blocks),
        Cell(text=figures.UNKNOWN if imbalance is None else f"{imbalance:.2f}", rank=imbalance),
        money(timing.cost if timing is not None else None),
    )


def _blocks(blocks: int | None) -> Cell:
    return Cell(text=ENDLESS, rank=float("inf")) if blocks is None else count(blocks)


def _targets(identifier: str, path: str, result: FleetV1) -> Table:
    return Table(
        id=identifier,
        caption=f"Smallest fleet that meets the target, {path}",
        headings=("policy", "blocks", "replicas", "GPUs", "TTFT P95", "cost per hour", "tried up to"),
        rows=tuple(map(_target, result.targets)),
    )


def _target(row: TargetV1) -> tuple[Cell, ...]:
    return (
        words(row.policy),
        _blocks(row.kv_blocks),
        Cell(text="none does") if row.replicas is None else count(row.replicas),
        count(row.gpus),
        length(row.ttft_us),
        money(row.cost_per_hour),
        count(row.tried),
    )
